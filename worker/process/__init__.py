"""Child processes and what passes between us and them: small JSON packets, and memory by descriptor."""
