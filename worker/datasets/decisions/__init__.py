"""What people decided about a platform's own uploads, joined with the verdicts on them."""
