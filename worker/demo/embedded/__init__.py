"""A broker, a Redis and a file server from Python wheels: enough to show a worker at work."""
