"""From a reference to bytes."""
