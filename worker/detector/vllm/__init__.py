"""The model behind vLLM's AsyncLLM, in a process of its own."""
