"""The ways in which published sets lay out their media and labels, one a file."""
