"""Signed files are made once: the key and its certificate are new for each run."""

from __future__ import annotations

import pytest

from tests.support.c2pa_signer import Signer


@pytest.fixture(scope="session")
def signer() -> Signer:
    """Somebody whom the tests may trust."""
    return Signer.make()


@pytest.fixture(scope="session")
def stranger() -> Signer:
    """Somebody else."""
    return Signer.make("Stranger")
