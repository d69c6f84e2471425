"""Text that stands in a picture and may steer the model: found, and taken out."""
