"""Fitting raw scores to a labelled set, so that they keep their word as probabilities."""
