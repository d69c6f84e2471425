"""Showing outcomes to a person: a live table, a summary, a page."""
