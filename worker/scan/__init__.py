"""`ivy-worker scan`: the same pipeline on files and URLs, without a stream."""
