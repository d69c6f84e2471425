"""Ivy Worker: tells AI-generated images and videos from real ones on a Kafka stream, and says why."""

__version__ = "0.1.0"
