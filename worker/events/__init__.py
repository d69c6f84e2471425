"""Events as bytes: plain JSON, or CloudEvents 1.0 in binary or structured mode."""
