"""What a file says of its own origin, read out of its bytes without a look at the pixels."""
