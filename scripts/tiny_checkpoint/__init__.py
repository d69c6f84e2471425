"""Building the tiny checkpoint: a Qwen2.5-VL of 182 k parameters that knows red from blue."""
