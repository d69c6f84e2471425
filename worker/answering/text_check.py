"""The same media without the text in it, to see whether the answer hangs on that."""

from __future__ import annotations

import numpy as np

from worker.domain.answer import Answer, Score, TextCheck
from worker.domain.media import PreparedMedia
from worker.domain.typography import TextSeen
from worker.process.shared_memory import map_pixels, share


def without_text(media: PreparedMedia, seen: TextSeen) -> PreparedMedia:
    """A copy with the text masked in every frame; the caller closes it."""
    # It brings OpenCV, which a worker that never masks need not load.
    from worker.typography.mask import mask_text

    frames = mask_text(np.array(map_pixels(media.fd, media.shape)), seen.regions)
    return PreparedMedia(
        fd=share(frames, "masked"),
        facts=media.facts,
        frames=media.frames,
        height=media.height,
        width=media.width,
        sampling=media.sampling,
        span=media.span,
    )


def with_check(answer: Answer, seen: TextSeen, again: Answer | None) -> Answer:
    """The answer with what was seen, and the score of the second question where there was one."""
    masked: Score | None = again.score if again is not None else None
    update: dict[str, object] = {"text": TextCheck(seen=seen, masked=masked)}
    if again is not None:
        update["prompt_tokens"] = answer.prompt_tokens + again.prompt_tokens
        update["completion_tokens"] = answer.completion_tokens + again.completion_tokens
    return answer.model_copy(update=update)
