"""What the worker says about itself: metrics, logs, health."""
