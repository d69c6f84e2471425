"""The health server: what a supervisor, a scraper and a person on call ask of a worker."""
