"""Media whose label is known, from folders or from a list."""
