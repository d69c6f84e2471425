"""What uploads go through on their way, done to the media of a set: by name, the same each time."""
