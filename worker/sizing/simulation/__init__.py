"""A fleet of workers, event by event: whether a plan holds.

Why not SimPy: a process for each upload makes some ten thousand uploads a second on a slow core.
Here a worker is one loop over two heaps, and workers are independent of one another but for the
partitions that move between them.
"""
