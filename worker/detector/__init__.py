"""From pixels to the model's words."""
