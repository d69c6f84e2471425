"""vLLM's offline ``LLM.generate`` in a process of its own: the ceiling that nothing is above.

The parent writes a folder of ``.npy`` pixels on a line; this process loads them into memory, asks
about all at once, and writes how long the asking took. It ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from worker.detector.verdict_position import LabelTokens
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.engine import engine_arguments
from worker.detector.vllm.question import prompts, question
from worker.domain.media import MediaKind
from worker.models.spec import load_spec
from worker.models.weights import find_weights


def main() -> None:
    """``offline SPEC SETTINGS``; SETTINGS are the engine's, as JSON."""
    from vllm import LLM, SamplingParams

    spec = load_spec(sys.argv[1])
    settings = EngineConfig.model_validate_json(sys.argv[2])
    # The same arguments as the worker's, in batches of one priority.
    llm = LLM(**engine_arguments(spec, settings, find_weights(spec)))
    text = prompts(spec, llm.renderer)[MediaKind.IMAGE]
    labels = LabelTokens.of(spec.labels, llm.get_tokenizer())
    sampling = SamplingParams(
        temperature=spec.sampling.temperature,
        max_tokens=spec.sampling.max_tokens,
        logprob_token_ids=labels.ids,
    )
    _say({"ready": True})
    for line in sys.stdin:
        pixels = [np.load(file) for file in sorted(Path(line.strip()).glob("*.npy"))]
        asked: Any = [question(MediaKind.IMAGE, text, one, None) for one in pixels]
        begun = time.perf_counter()
        answers = llm.generate(asked, sampling, use_tqdm=False)
        took = time.perf_counter() - begun
        _say({"seconds": took, "texts": [answer.outputs[0].text for answer in answers]})


def _say(told: dict[str, Any]) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
