"""`ivy-worker train`: from labelled media to a checkpoint that the worker serves."""
