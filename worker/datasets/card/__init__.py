"""A data card: what a labelled set is made of, for people."""
