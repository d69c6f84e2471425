"""Measuring a detector on media whose label is known."""
