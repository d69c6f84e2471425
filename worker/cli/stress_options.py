"""Options of `ivy-worker stress`, and what they mean together."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import typer

from worker.cli.exits import Exit, fail
from worker.cli.lengths import length
from worker.domain.lane import Lane
from worker.settings.settings import Settings
from worker.stress.expectation import Expectation, ExpectationInvalid
from worker.stress.outcome import Run
from worker.stress.schedule import Arrivals, Schedule
from worker.stress.server import prefix_of, url_of
from worker.stress.wish import Wish

Rate = Annotated[float, typer.Option(metavar="N", min=0.01, help="Uploads a second.")]
Duration = Annotated[
    float, typer.Option(parser=length, metavar="TIME", help="How long to send: 30s, 2m, 1h.")
]
Ramp = Annotated[
    float,
    typer.Option(
        parser=length,
        metavar="TIME",
        help="Part of it in which the rate rises; its uploads count, their latencies do not.",
    ),
]
ArrivalsOption = Annotated[
    Arrivals, typer.Option("--arrivals", help="How uploads are spread over time.")
]
ImageShare = Annotated[
    float | None, typer.Option(metavar="SHARE", min=0, max=1, help="Of drawn media.")
]
ClipShare = Annotated[
    float | None,
    typer.Option(metavar="SHARE", min=0, max=1, help="Likewise; 0.1 where neither is given."),
]
Duplicates = Annotated[
    float,
    typer.Option(
        metavar="SHARE", min=0, max=1, help="Uploads that show what the run showed before."
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", exists=True, file_okay=False, help="Your own files, not drawn ones."
    ),
]
ServeAt = Annotated[
    str | None,
    typer.Option(
        "--serve",
        metavar="HOST:PORT",
        help="Serve the media from here; HOST is the address of this machine for the workers.",
    ),
]
MediaUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Where workers find what --serve serves, or the files of --folder, if elsewhere.",
    ),
]
Tenant = Annotated[str, typer.Option(metavar="NAME", help="Whose uploads they are.")]
LaneOption = Annotated[
    Lane, typer.Option("--lane", help="kafka.topics.uploads, or kafka.topics.backfill.")
]
Timeout = Annotated[
    float,
    typer.Option(
        parser=length, metavar="TIME", help="For an outcome; then the upload counts as lost."
    ),
]
Expect = Annotated[
    list[str] | None,
    typer.Option(
        "--expect",
        metavar="BOUND",
        help="Such as p99_ms<=5000, dead_letters<=0.1%, lost==0; repeatable. Exit code 4 if one"
        " does not hold.",
        show_default="lost==0, refused==0, wrong==0, contradicting==0",
    ),
]
Seed = Annotated[
    int, typer.Option(metavar="N", min=0, help="Of times, kinds, sizes and repetitions.")
]

RUN_BYTES = 4
"""Random bytes of a run's name."""

MOST_INLINE = 700 * 1024
"""Bytes of media inside an event that a topic of Kafka's default max.message.bytes takes: base64
makes four thirds of it, and the event needs some hundred more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options as they were typed."""

    rate: float
    duration: float
    ramp: float
    arrivals: Arrivals
    image_share: float | None
    clip_share: float | None
    duplicates: float
    folder: Path | None
    serve: str | None
    media_url: str | None
    tenant: str
    lane: Lane
    timeout: float
    expect: list[str] | None
    seed: int

    def check(self) -> tuple[Expectation, ...]:
        """Ends the command where they make no sense, before any settings are read."""
        if self.duration <= 0:
            _refuse("--duration: nothing can be sent in no time")
        if self.ramp >= self.duration:
            _refuse("--ramp must be shorter than --duration: latencies are of what comes after it")
        if self.timeout <= 0:
            _refuse("--timeout: an outcome takes longer than no time")
        if not self.tenant:
            _refuse("--tenant: a name is needed")
        if self.folder is not None and not (self.image_share is None and self.clip_share is None):
            _refuse("--image-share and --clip-share are of drawn media, not of --folder")
        self._shares()
        if self.serve is not None:
            _address(self.serve)
        if self.media_url is not None:
            self._check_url(self.media_url)
        elif self.serve is not None and _address(self.serve)[0] in {"0.0.0.0", "::"}:  # noqa: S104
            _refuse("--serve: workers cannot call an address that means all; add --media-url")
        try:
            return tuple(Expectation.parse(text) for text in self.expect or ())
        except ExpectationInvalid as error:
            _refuse(f"--expect: {error}")

    def _check_url(self, url: str) -> None:
        if urlsplit(url).scheme not in {"http", "https", "s3", "gs"}:
            _refuse(f"--media-url: {url} is no http(s)://, s3:// or gs:// URL")
        if self.serve is None and self.folder is None:
            _refuse("--media-url: for drawn media add --serve; for your own files there, --folder")

    def _shares(self) -> float:
        """That of clips."""
        image, clip = self.image_share, self.clip_share
        if image is None:
            return CLIP_SHARE if clip is None else clip
        if clip is not None and abs(image + clip - 1) > 1e-9:
            _refuse("--image-share and --clip-share do not add up to 1")
        return 1 - image

    def wish(self, settings: Settings, expectations: tuple[Expectation, ...]) -> Wish:
        """Ends the command where the settings lack what is asked for."""
        if self.lane is Lane.BACKFILL and settings.kafka.topics.backfill is None:
            _refuse("--lane backfill: kafka.topics.backfill is not set")
        run = Run(f"stress-{secrets.token_hex(RUN_BYTES)}", self.tenant)
        prefix = self.media_url
        if self.serve is not None:
            prefix = prefix_of(prefix or url_of(*_address(self.serve)), run.name)
        return Wish(
            kafka=settings.kafka,
            run=run,
            schedule=Schedule(self.rate, self.duration, self.ramp, self.arrivals, self.seed),
            lane=self.lane,
            clip_share=self._shares(),
            duplicates=self.duplicates,
            timeout_s=self.timeout,
            folder=self.folder,
            serve=self.serve,
            prefix=prefix,
            largest=(
                None if prefix is not None else min(MOST_INLINE, settings.fetch.max_inline_bytes)
            ),
            expectations=expectations,
        )


CLIP_SHARE = 0.1
"""Assumed, as in docs/sizing.md: nobody's traffic was measured for it."""


def _address(text: str) -> tuple[str, int]:
    """Host and port of ``--serve``."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 2**16:
        _refuse(f"--serve: {text!r} is no HOST:PORT such as 10.0.0.5:8099")
    return host.strip("[]"), int(port)


def address_of(wish: Wish) -> tuple[str, int] | None:
    """Where to serve, if anywhere."""
    return None if wish.serve is None else _address(wish.serve)


def _refuse(message: str) -> NoReturn:
    fail(message, Exit.USAGE)
