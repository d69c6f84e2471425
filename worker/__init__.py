"""Ivy Worker: tells AI-generated media from real ones on a Kafka stream, and says why."""

__version__ = "0.1.0"
