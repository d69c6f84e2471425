"""Measuring what an item costs here, through the worker's own parts."""
