"""Throughput of the worker's detector on one GPU, over what can be set."""
