"""The models that the worker knows how to ask: one YAML file each."""
