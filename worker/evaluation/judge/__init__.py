"""A language model that marks how good a reasoning is, held against the annotator's."""
