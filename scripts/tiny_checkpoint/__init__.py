"""Building the tiny checkpoint: a Qwen2.5-VL of 187 k parameters that knows red from blue."""
