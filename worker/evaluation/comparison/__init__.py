"""Two runs about the same media."""
