"""Cheap detectors in the same harness: what a large model must be better than to be worth it."""
