"""The dashboard for a person on call: is anything wrong, and where."""
