"""The model behind a server that speaks OpenAI's API: vLLM's own, a router, or another."""
