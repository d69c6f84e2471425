"""`ivy-worker demo`: the whole worker on sample media, with every part embedded."""
