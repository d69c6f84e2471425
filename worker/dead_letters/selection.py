"""The letters that are meant, out of all that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from worker.dead_letters.filters import LetterFilter
from worker.dead_letters.letter import Letter, read_letter
from worker.domain.record import Record
from worker.stream.kafka.topic_reader import Span, TopicReader

CLOCKS_APART = timedelta(hours=1)
"""How far the topic's timestamps may lie before the failure that a letter tells of. They are taken
after it; but by the broker's clock where the topic says so, and clocks differ."""


def spans_of(reader: TopicReader, wanted: LetterFilter) -> tuple[Span, ...]:
    """Where the letters may stand that are meant, as the topic is now. Raises ``Systemic``."""
    since = wanted.since - CLOCKS_APART if wanted.since is not None else None
    spans = reader.spans(partition=wanted.partition, since=since)
    if wanted.offset is None:
        return spans
    only = wanted.offset
    return tuple(
        Span(span.partition, only, only + 1) for span in spans if span.start <= only < span.end
    )


def go_on_from_group(
    reader: TopicReader, spans: tuple[Span, ...], tell: Callable[[str], None]
) -> tuple[Span, ...]:
    """What of the spans the reader's group has not passed yet. Raises ``Systemic``.

    ``tell`` hears of a partition where the group's place is none any more.
    """
    found = []
    for span in spans:
        place = reader.committed(span.partition)
        if place is not None and place > span.end:
            tell(
                f"{reader.topic}[{span.partition}] ends at {span.end}, and the group was at {place}"
                " already: the topic is another one now, and is read from its beginning"
            )
            place = None
        start = span.start if place is None else max(span.start, place)
        found.append(Span(span.partition, start, span.end))
    return tuple(found)


def damage_text(record: Record) -> str:
    """Where something cannot be read, and why."""
    return f"{record.coordinates} cannot be read ({record.damage}); {record.span} offset(s) of it"


class Selection:
    """Counts what it passes over. ``damaged`` hears of batches that no client can read."""

    def __init__(
        self, reader: TopicReader, wanted: LetterFilter, damaged: Callable[[Record], None]
    ) -> None:
        self._reader = reader
        self._wanted = wanted
        self._damaged = damaged
        self.foreign = 0
        """Records that no worker wrote."""
        self.damaged = 0

    def letters(self, limit: int | None = None) -> Iterator[Letter]:
        """The letters, partition by partition, oldest first. Raises ``Systemic``."""
        given = 0
        for record in self._reader.read(spans_of(self._reader, self._wanted)):
            if record.damage is not None:
                self.damaged += 1
                self._damaged(record)
                continue
            letter = read_letter(record)
            self.foreign += letter is None
            if letter is not None and self._wanted.fits(letter):
                yield letter
                given += 1
                if given == limit:
                    return
