"""The dashboard of room: what is full, what waits for what, and how much more goes in."""
