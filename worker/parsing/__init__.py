"""From the model's words to an answer with a score."""
