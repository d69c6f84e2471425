"""Shadow mode: what a second model says of the same uploads, held against the first."""
