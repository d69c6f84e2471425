"""Whether a figure may come of something else than of what it is said to measure."""
