"""Reading the dead-letter topic, and bringing events back from it."""
