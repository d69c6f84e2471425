"""What vLLM is told about media beside them, with each request or when it is started."""

from __future__ import annotations

import json

from worker.detector.processor_options import processor_options
from worker.domain.recipe import DecodeRecipe


def server_flags(recipe: DecodeRecipe) -> str:
    """The flags of vLLM's server that make it leave our media as they are: one of two ways."""
    told = json.dumps(processor_options(recipe))
    return f"--trust-request-mm-kwargs, or --mm-processor-kwargs '{told}'"
