"""How many machines a stream of uploads needs: what an item costs, a plan, and a check of it."""
