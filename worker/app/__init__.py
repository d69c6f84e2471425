"""Where the parts are chosen, started, joined and ended."""
