"""Labelled sets looked after: unpacked, examined, described, filtered, split, exported, made."""
