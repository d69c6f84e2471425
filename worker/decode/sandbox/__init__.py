"""What a decode process takes away from itself before it sees a stranger's file."""
