"""The tables of the Ivy-Fake paper, so that a run on the real data stands beside what it prints."""
