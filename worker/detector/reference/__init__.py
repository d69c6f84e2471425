"""The model on transformers, step by step as its authors run it: what others are held against."""
