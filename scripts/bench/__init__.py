"""`make bench`: how fast we are, as ratios to a reference that is measured beside us."""
