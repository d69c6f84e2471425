"""What a model's reasoning says about the picture, dimension by dimension."""
