"""Small stand-ins of published sets, each in its own layout: real encoded media, made here."""
