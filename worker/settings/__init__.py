"""What a person can set, where it comes from, and whether it fits together."""
