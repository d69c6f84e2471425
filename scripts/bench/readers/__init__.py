"""Other libraries that take frames out of videos."""
