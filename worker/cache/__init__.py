"""Answers already known, by content; and who is working on the others."""
