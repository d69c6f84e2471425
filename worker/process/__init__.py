"""Child processes: how they start, end and talk, and how they hand over memory."""
