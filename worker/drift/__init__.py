"""Whether the scores of today are still those that the thresholds were chosen on."""
