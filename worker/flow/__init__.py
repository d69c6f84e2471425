"""How much is under way at once, for how long it is tried, and what is known of each event."""
