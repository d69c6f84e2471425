"""Loading a person's own running deployment from outside, and saying how it bears it."""
