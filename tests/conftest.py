"""Fixtures for the whole suite: each real part is started once, when the first test asks for it."""

pytest_plugins: list[str] = []
