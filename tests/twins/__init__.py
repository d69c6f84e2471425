"""Parts in memory that pass the same contract as the real ones, and make unit tests fast."""
