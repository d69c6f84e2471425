"""Pictures and clips with known artifacts, drawn by script: proof that a training run learns."""
