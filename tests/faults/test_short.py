"""The short form of the fault suite: what every change must pass. `make faults` is the long one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.lab import Lab, opened
from tests.faults.registry import SCENARIOS, Scenario, chosen, run
from tests.faults.size import Size
from tests.support.vllm_server import VllmServer
from worker.stream.config import Client

pytestmark = [
    pytest.mark.faults,
    pytest.mark.e2e,
    pytest.mark.kafka,
    pytest.mark.redis,
    pytest.mark.vllm,
]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, vllm_server: VllmServer) -> Iterator[Lab]:
    """One for all scenarios; each leaves it whole."""
    with opened(tmp_path_factory.mktemp("lab") / "lab", engine=vllm_server) as whole:
        yield whole


OF_CONFLUENT = ((1, "at_least_once"), (7, "dead_letter"), (9, "transactional"))
"""What is also run through the other client: a death, damage, transactions that fail. The others
are about the group and the brokers, and take longer: `python -m scripts.faults --client confluent`.
"""

RUNS: list[tuple[Client, Scenario, str]] = [
    *(("kafka-python", scenario, form) for scenario, form in chosen((), Size.SHORT)),
    *(("confluent", SCENARIOS[number], form) for number, form in OF_CONFLUENT),
]


@pytest.mark.timeout(900)  # the first waits for the brokers and for the engine, too
@pytest.mark.parametrize(
    ("client", "scenario", "form"),
    RUNS,
    ids=lambda value: value.name.replace(" ", "-") if isinstance(value, Scenario) else value,
)
def test_nothing_is_lost(lab: Lab, client: Client, scenario: Scenario, form: str) -> None:
    lab.client = client
    result = run(lab, scenario, Size.SHORT, form)
    assert result.good, result
    assert result.events >= 1_900
