"""What is measured, each with its interval; arrays in, numbers out."""
