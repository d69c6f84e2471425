"""How things go wrong. What the pipeline does about a failure follows from its type alone."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an event has no verdict: a closed list, fit for a metric label and for a filter."""

    NOT_JSON = "not_json"
    SCHEMA_INVALID = "schema_invalid"
    URL_FORBIDDEN = "url_forbidden"
    MEDIA_NOT_FOUND = "media_not_found"
    MEDIA_EXPIRED = "media_expired"
    MEDIA_EMPTY = "media_empty"
    MEDIA_TOO_LARGE = "media_too_large"
    MEDIA_UNSUPPORTED = "media_unsupported"
    MEDIA_UNDECODABLE = "media_undecodable"
    MEDIA_OVER_BUDGET = "media_over_budget"
    FETCH_FAILED = "fetch_failed"
    FETCH_TIMEOUT = "fetch_timeout"
    DECODER_FAILED = "decoder_failed"
    DECODER_TIMEOUT = "decoder_timeout"
    ENGINE_REJECTED = "engine_rejected"
    ENGINE_FAILED = "engine_failed"
    ENGINE_DEAD = "engine_dead"
    ENGINE_KILLED = "engine_killed"
    EVENT_TIMEOUT = "event_timeout"
    CORRUPT_RECORDS = "corrupt_records"
    DEAD_LETTER_LIMIT = "dead_letter_limit"
    CACHE_UNAVAILABLE = "cache_unavailable"
    STREAM_FAILED = "stream_failed"
    OUTCOME_TOO_LARGE = "outcome_too_large"
    INTERNAL = "internal"


class Failure(Exception):
    """Something that kept a verdict from being made.

    ``detail`` is written by us and safe to publish: never a decoder's own words, which may carry
    heap addresses (CVE-2026-22778), and never a whole URL, which may carry a signature.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Poison(Failure):
    """The event can never succeed, here or anywhere: it goes to the dead letters at once."""


class Expired(Failure):
    """The event was sound, and its time is over, such as a presigned URL's.

    A dead letter at once, and no poison: with a new URL the same event succeeds.
    """


class Transient(Failure):
    """The same event may succeed later: it is tried again, a bounded number of times.

    ``retry_after`` is the other side's own wish, in seconds, where it stated one.
    """

    def __init__(self, reason: Reason, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after


class Systemic(Failure):
    """No event can succeed: the worker stops, commits nothing more and leaves it to its supervisor.

    To go on would turn a broken engine or broker into a topic full of dead letters.
    """
