"""Our names are OpenTelemetry's."""

from __future__ import annotations

from types import ModuleType

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, messaging_attributes
from opentelemetry.semconv.attributes import error_attributes, server_attributes, url_attributes

from worker.telemetry import genai, messaging


def names(module: ModuleType) -> set[str]:
    return {value for name, value in vars(module).items() if name.isupper() and "." in str(value)}


THEIRS = {
    value
    for module in (
        gen_ai_attributes,
        messaging_attributes,
        error_attributes,
        server_attributes,
        url_attributes,
    )
    for value in names(module)
}
"""The names that come with the SDK, of the same conventions."""


@pytest.mark.parametrize("module", [messaging, genai])
def test_each_name_is_a_convention_or_is_marked_as_ours(module: ModuleType) -> None:
    ours = {name for name in names(module) if name.startswith("ivy.")}
    assert names(module) - ours <= THEIRS
    assert names(module) - ours


def test_the_operations_have_the_types_of_the_conventions() -> None:
    known = {member.value for member in messaging_attributes.MessagingOperationTypeValues}
    assert set(messaging.TYPES.values()) <= known
    assert messaging_attributes.MessagingSystemValues.KAFKA.value == messaging.KAFKA
