"""What an uploader can bring about."""

from __future__ import annotations

from worker.domain.failure import Reason

IN_AN_UPLOADERS_HAND = frozenset(
    {
        # Claims that a platform may pass on unread: a MIME type of 300 characters, a file's name
        # in a path, a caption that makes the verdict too large for its topic.
        Reason.SCHEMA_INVALID,
        Reason.URL_FORBIDDEN,
        Reason.OUTCOME_TOO_LARGE,
        # An upload deleted before it was looked at.
        Reason.MEDIA_NOT_FOUND,
        # The file itself.
        Reason.MEDIA_EMPTY,
        Reason.MEDIA_TOO_LARGE,
        Reason.MEDIA_UNSUPPORTED,
        Reason.MEDIA_UNDECODABLE,
        Reason.MEDIA_OVER_BUDGET,
        # A file made to kill or to stall what reads it.
        Reason.DECODER_FAILED,
        Reason.DECODER_TIMEOUT,
        Reason.ENGINE_REJECTED,
        Reason.ENGINE_KILLED,
        # The longest files are the slowest. A part that hangs has a timeout and a reason of its
        # own (fetch_timeout, engine_failed), and those are not here.
        Reason.EVENT_TIMEOUT,
    }
)
"""Reasons that one person with an account can bring about at will.

Where in doubt a reason belongs here. A dead letter that is not counted is still kept and can be
replayed; a worker that a stranger can stop, and again after each restart, moderates nothing.
"""
