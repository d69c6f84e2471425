"""Asking a model about media whose label is known elsewhere."""
