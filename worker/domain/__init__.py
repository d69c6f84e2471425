"""What the worker is about, in words that no broker, cache or engine knows."""
