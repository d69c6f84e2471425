"""What a metric is: an instrument, its unit, and labels that cannot grow without end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import prod


class Kind(StrEnum):
    """OpenTelemetry instrument kinds in use."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Label:
    """An attribute of a metric, with what its values may be.

    Either ``values`` lists them all, or ``bound`` names what there are no more of than: the
    topics of the settings, the GPUs of the machine. Never an id, an offset, a tenant or a URL:
    what strangers can make more of would make series without end. Raises ``ValueError`` for one
    with neither, or with both.
    """

    name: str
    values: frozenset[str] = frozenset()
    bound: str = ""

    def __post_init__(self) -> None:
        if bool(self.values) == bool(self.bound):
            raise ValueError(f"label {self.name!r} needs its values, or else what bounds them")

    @classmethod
    def of(cls, name: str, values: type[StrEnum]) -> Label:
        """One whose values are those of an enumeration."""
        return cls(name, frozenset(one.value for one in values))

    @classmethod
    def flag(cls, name: str) -> Label:
        """One that is true or false."""
        return cls(name, frozenset(("true", "false")))


@dataclass(frozen=True, slots=True)
class Metric:
    """One instrument: what it counts, in which unit (UCUM), under which labels."""

    name: str
    kind: Kind
    unit: str
    description: str
    labels: tuple[Label, ...] = ()
    bounds: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, in its unit; none for the default ones."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of its labels."""
        return tuple(label.name for label in self.labels)

    @property
    def closed(self) -> bool:
        """Whether the code lists every value of every label."""
        return all(label.values for label in self.labels)

    @property
    def most_series(self) -> int:
        """As many as a closed one can have."""
        return prod(len(label.values) for label in self.labels)


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one concern, as the documents show them."""

    title: str
    about: str
    metrics: tuple[Metric, ...]


def metrics_in(names: dict[str, object]) -> tuple[Metric, ...]:
    """All metrics among a module's names, in the order in which they stand there.

    A table that is typed by hand forgets some.
    """
    return tuple(value for value in names.values() if isinstance(value, Metric))
