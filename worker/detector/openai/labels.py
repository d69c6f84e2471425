"""The label words' token ids, without the weights."""

from __future__ import annotations

import asyncio

import structlog

from worker.detector.openai.server import Server
from worker.detector.verdict_position import LabelTokens, NoLabelToken
from worker.domain.failure import Reason, Systemic
from worker.models.spec import ModelSpec

log = structlog.get_logger(__name__)


async def find_labels(spec: ModelSpec, server: Server) -> LabelTokens:
    """From the server's own tokenizer, or else from the tokenizer's files alone.

    Raises ``Systemic`` where neither is to be had, or has no single token for a class.
    """
    known: dict[str, list[int]] = {}
    for word in (*spec.labels.authentic, *spec.labels.ai_generated):
        ids = await server.encode(word)
        if ids is None:
            log.info("tokenizer_from_files", source=spec.location)
            return await asyncio.to_thread(_from_files, spec)
        known[word] = ids
    try:
        return LabelTokens.encoded(spec.labels, known)
    except NoLabelToken as error:
        raise Systemic(Reason.ENGINE_DEAD, str(error)) from error


def _from_files(spec: ModelSpec) -> LabelTokens:
    """Of a hub model some megabytes are downloaded, and no weights."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(spec.location, revision=spec.revision)
    except (OSError, ValueError) as error:
        raise Systemic(
            Reason.ENGINE_DEAD,
            f"the server has no /tokenize, and there is no tokenizer at {spec.location!r}"
            f" (model.source): {type(error).__name__}",
        ) from error
    try:
        return LabelTokens.of(spec.labels, tokenizer)
    except NoLabelToken as error:
        raise Systemic(Reason.ENGINE_DEAD, str(error)) from error
