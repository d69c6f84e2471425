"""One person's decision about one upload."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from worker.labelled.items import Truth

SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")

WHO = 16
"""Hexadecimal digits of the hash that stands for a reviewer: 64 bits, so that two of a platform's
reviewers never meet."""


class NotADecision(Exception):
    """A line or record is none; the text says why."""


def _hash_of(value: Any) -> Any:
    found = SHA256.fullmatch(value.lower()) if isinstance(value, str) else None
    return found[1] if found else value


class Decision(BaseModel):
    """As a review tool writes it, one JSON object a line or record. Further fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    verdict_id: str | None = Field(default=None, max_length=200)
    sha256: Annotated[str | None, BeforeValidator(_hash_of)] = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="Of the bytes."
    )
    decision: Truth
    decided_by: str = Field(min_length=1, max_length=1_000, description="Kept as a hash alone.")
    decided_at: AwareDatetime

    @model_validator(mode="after")
    def _about_something(self) -> Decision:
        if self.verdict_id is None and self.sha256 is None:
            raise ValueError("neither verdict_id nor sha256 says what it is about")
        return self

    def reviewer(self, salt: str) -> str:
        """Who decided, as a keyed hash: the same person, and not who it is.

        Without ``salt`` a short list of names would be enough to find the person again (BLAKE2b,
        keyed: RFC 7693).
        """
        key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
        return hashlib.blake2b(self.decided_by.encode(), key=key).hexdigest()[:WHO]


def read_decision(data: bytes | None) -> Decision:
    """A decision out of a record's value or a line: plain JSON, or the data of a CloudEvent.

    Raises ``NotADecision``.
    """
    if not data:
        raise NotADecision("there is nothing in it")
    try:
        found = json.loads(data)
        if isinstance(found, dict) and "specversion" in found:
            found = found.get("data")
        return Decision.model_validate(found)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise NotADecision(f"{where + ': ' if where else ''}{fault['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise NotADecision("it is not JSON") from error
