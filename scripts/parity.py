"""Reference against vLLM, sample by sample: python scripts/parity.py [SPEC] [FOLDER].

The same pixels go to the model on transformers, step by step as its authors run it, and to vLLM.
For each media: whether both read the same number of tokens and say the same words, and how far
their P(AI-generated) lie apart. Ends with 1 if one says something else, or by more than 0.01.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.demo.samples import find_samples, make_samples
from worker.demo.show import SMALL_ENGINE
from worker.detector.protocol import Detector
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.vllm.detector import VllmDetector
from worker.domain.generation import Generation
from worker.domain.media import Content
from worker.models.spec import load_spec
from worker.parsing.score import score
from worker.settings.settings import load_settings
from worker.telemetry.logs import LogFormat, configure_logs

MOST_APART = 0.01
"""bfloat16 rounds in another order in another batch; on the tiny checkpoint less than this."""


async def main() -> int:
    """Compare, print, and tell by the exit status."""
    name = sys.argv[1] if len(sys.argv) > 1 else "tiny"
    configure_logs("error", LogFormat.CONSOLE)
    console, spec = Console(), load_spec(name)
    settings = load_settings(assignments=SMALL_ENGINE if name == "tiny" else ())
    reference, vllm = ReferenceDetector(spec), VllmDetector(spec, settings.engine)
    pool = DecodePool(DecodeConfig(processes=1))
    table = Table("media", "tokens", "same words", "P reference", "P vLLM", "apart")
    apart, worst = 0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        samples = (
            find_samples(Path(sys.argv[2])) if len(sys.argv) > 2 else make_samples(Path(scratch))
        )
        try:
            await asyncio.gather(pool.start(), reference.start(), vllm.start())
            for sample in samples:
                content = Content.of(sample.path.read_bytes())
                one, other = await _both(content, pool, reference, vllm)
                difference = abs(_p(one) - _p(other))
                worst = max(worst, difference)
                same = one.text == other.text and one.prompt_tokens == other.prompt_tokens
                apart += not same or difference > MOST_APART
                table.add_row(
                    sample.path.name,
                    str(one.prompt_tokens),
                    "yes" if same else f"[red]no[/]: {one.text!r} / {other.text!r}",
                    f"{_p(one):.4f}",
                    f"{_p(other):.4f}",
                    f"{difference:.4f}",
                )
        finally:
            await asyncio.gather(pool.close(), reference.close(), vllm.close())
    console.print(table)
    console.print(f"{len(samples)} media, {apart} apart; P differs by at most {worst:.4f}")
    return 1 if apart else 0


async def _both(
    content: Content, pool: DecodePool, reference: Detector, vllm: Detector
) -> tuple[Generation, Generation]:
    with await pool.decode(content, reference.recipe) as media:
        return await reference.generate(media), await vllm.generate(media)


def _p(generation: Generation) -> float:
    value = score(generation.label_logprobs).value
    return -1.0 if value is None else value


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
