"""Other stream libraries at the same no-op job, each in an environment and a process of its own."""
