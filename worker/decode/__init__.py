"""From untrusted bytes to pixels on the model's grid, in processes that may crash."""
