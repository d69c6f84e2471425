"""`render`: the real `helm template`, as a fixture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.chart import rendering


@pytest.fixture(scope="session")
def render() -> Callable[..., list[dict[str, Any]]]:
    """``render(values, *, files, kube_version, api_versions) -> documents``."""
    return rendering.render
