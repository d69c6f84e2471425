"""Explanations of known labels from a teacher, checked before any is learnt from."""
