"""From the media to the model's answer: as a whole or in windows, in one pass or in two."""
