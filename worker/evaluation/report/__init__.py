"""What a run says, as data, as a page and as text."""
