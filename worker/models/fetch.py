"""Weights from a hub into a folder: pinned, checked, and not twice."""

from __future__ import annotations

import fcntl
import fnmatch
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.models.fetched import (
    MARKER,
    Fetched,
    FetchedFile,
    FetchFailed,
    check_sums,
    digests,
    is_whole,
    read_marker,
    read_sums,
    write_marker,
)
from worker.models.hub import PARTS, Hub, HubFile
from worker.models.spec import ModelSpec
from worker.units import as_bytes

COMMIT = re.compile(r"^[0-9a-f]{40}$")

WANTED = ("*.safetensors", "*.json", "*.jinja", "merges.txt", "vocab.txt", "*.model", "*.tiktoken")
"""Weights, configuration, tokenizer, chat template. No pickles (``*.bin``, ``*.pt``): they run code
when they are loaded; and no Python files."""

ROOM_LEFT_BYTES = 64 * 1024 * 1024
"""Free space that must be left: for the marker, the client's own files, the file system's."""

LOCK = ".ivy-worker-fetch.lock"
"""Held while fetching (flock(2)); the kernel lets go of it when the process ends."""

WAITING = "Waiting for another command that fetches into the same folder"
"""The step that a watcher is told then."""

LOOK_EVERY_S = 0.5
"""How often the bytes on disk are counted, for the progress."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be fetched."""

    source: str
    """OWNER/NAME."""
    revision: str
    into: Path
    checksums: Path | None = None
    allow_moving: bool = False
    """Take a branch or a tag, too: whatever it names now."""
    verify: bool = False
    """Read a folder that is complete, too."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how far it is: a step with its bytes in all, then how many are done."""

    step: Callable[[str, int], None] = lambda _name, _total: None
    done: Callable[[int], None] = lambda _bytes: None


def source_of(spec: ModelSpec) -> str:
    """The repository of a model spec. Raises ``FetchFailed`` if its weights are in a folder."""
    if spec.folder is not None:
        raise FetchFailed(
            f"the weights of {spec.id} are in a folder, {spec.folder}: there is nothing to fetch"
        )
    return spec.source


def check_revision(wish: Wish) -> None:
    """Raises ``FetchFailed`` unless it can only ever mean one thing."""
    if not COMMIT.match(wish.revision) and not wish.allow_moving:
        raise FetchFailed(
            f"--revision {wish.revision!r} is no commit (40 hexadecimal digits), and may mean other"
            " weights tomorrow. Pin a commit, or say --allow-moving"
        )


def fetch(wish: Wish, watcher: Watcher | None = None, endpoint: str | None = None) -> bool:
    """Fetch, check, mark. False if the folder was complete already.

    After an interruption the next call keeps the files that are whole. Raises ``FetchFailed``, and
    ``OSError`` where the folder cannot be written.
    """
    watcher = watcher or Watcher()
    check_revision(wish)
    sums = read_sums(wish.checksums) if wish.checksums else None
    hub = Hub(wish.source, endpoint)
    pinned = COMMIT.match(wish.revision) is not None
    if pinned and _is_there(wish, sums, watcher):
        return False
    revision = hub.resolve(wish.revision)
    if pinned and revision != wish.revision:
        raise FetchFailed(f"{hub.address} gives {revision} where {wish.revision} was asked for")
    files = _wanted(hub.files(revision), wish, revision)
    wish.into.mkdir(parents=True, exist_ok=True)
    with _alone(wish.into, watcher):
        if pinned and _is_there(wish, sums, watcher):
            return False  # the one we waited for fetched the same
        _check_others(wish, files)
        _check_room(wish.into, files)
        (wish.into / MARKER).unlink(missing_ok=True)  # not whole from here to the end
        with _watched(wish.into, files, watcher):
            hub.download(revision, [file.name for file in files], wish.into)
        found = _checked(wish.into, files, watcher)
        if sums is not None:
            check_sums({name: file.sha256 for name, file in found.items()}, sums)
        write_marker(wish.into, Fetched(source=wish.source, revision=revision, files=found))
    return True


@contextmanager
def _alone(into: Path, watcher: Watcher) -> Iterator[None]:
    """Nobody else fetches into the folder; what one that was killed had begun is removed.

    Pods that share a volume begin at once, and all but one wait here.
    The client (huggingface_hub 2) begins a file anew in each process, under a name of its own: what
    is left of another's is of no use and takes room.
    """
    with (into / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            watcher.step(WAITING, 0)
            fcntl.flock(file, fcntl.LOCK_EX)
        for begun in into.joinpath(*PARTS).glob("*.incomplete"):
            begun.unlink(missing_ok=True)
        yield


def _is_there(wish: Wish, sums: dict[str, str] | None, watcher: Watcher) -> bool:
    """Whether the folder is marked as complete with just this. Raises ``FetchFailed``."""
    known = read_marker(wish.into)
    if known is None:
        return False
    if (known.source, known.revision) != (wish.source, wish.revision):
        raise FetchFailed(
            f"{wish.into} holds {known.source} at {known.revision}: name another folder for each"
            " revision, or empty this one"
        )
    if not is_whole(wish.into, known):
        return False
    if sums is not None:
        check_sums({name: file.sha256 for name, file in known.files.items()}, sums)
    if wish.verify:
        watcher.step("Checking", sum(file.size for file in known.files.values()))
        for name, file in known.files.items():
            if digests(wish.into / name, watcher.done)[0] != file.sha256:
                _forget(wish.into, name)
                raise FetchFailed(
                    f"{name} in {wish.into} has changed since it was fetched, and was removed: run"
                    " this again to have it anew"
                )
    return True


def _wanted(files: Sequence[HubFile], wish: Wish, revision: str) -> list[HubFile]:
    """Those at the top: that is where an engine looks."""
    found = [
        file
        for file in files
        if "/" not in file.name and any(fnmatch.fnmatch(file.name, one) for one in WANTED)
    ]
    if not any(file.name.endswith(".safetensors") for file in found):
        raise FetchFailed(
            f"{wish.source} at {revision} has no *.safetensors, and pickled weights are not taken:"
            " they run code when they are loaded"
        )
    return sorted(found, key=lambda file: file.name)


def _check_others(wish: Wish, files: Sequence[HubFile]) -> None:
    """An engine would load what lies beside the weights, too."""
    names = {file.name for file in files}
    strange = sorted(
        path.name
        for path in wish.into.iterdir()
        if path.is_file() and not path.name.startswith(".") and path.name not in names
    )
    if strange:
        raise FetchFailed(
            f"{wish.into} has files that are not of {wish.source} at {wish.revision}:"
            f" {', '.join(strange[:5])}. Name an empty folder"
        )


def _check_room(into: Path, files: Sequence[HubFile]) -> None:
    missing = sum(file.size for file in files) - _on_disk(into, files)
    free = shutil.disk_usage(into).free
    if missing > 0 and missing + ROOM_LEFT_BYTES > free:
        raise FetchFailed(
            f"{into} has {as_bytes(free)} free, and {as_bytes(missing + ROOM_LEFT_BYTES)} are"
            " needed: give the volume more room"
        )


def _on_disk(into: Path, files: Sequence[HubFile]) -> int:
    """Bytes that are there: whole files, and the begun ones that the client keeps."""
    total = 0
    begun = into.joinpath(*PARTS)
    for path in (*(into / file.name for file in files), *begun.glob("*.incomplete")):
        try:
            total += path.stat().st_size
        except OSError:  # renamed just now, or not begun
            continue
    return total


@contextmanager
def _watched(into: Path, files: Sequence[HubFile], watcher: Watcher) -> Iterator[None]:
    """Count the bytes on disk while they come: the client has no better word for it."""
    watcher.step("Fetching", sum(file.size for file in files))
    over = threading.Event()

    def look() -> None:
        before, last = 0, False
        while not last:
            last = over.wait(LOOK_EVERY_S)
            now = _on_disk(into, files)
            watcher.done(now - before)
            before = now

    thread = threading.Thread(target=look, name="fetch-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _checked(into: Path, files: Sequence[HubFile], watcher: Watcher) -> dict[str, FetchedFile]:
    """Every file against the hub's own word of it. One that differs is removed."""
    watcher.step("Checking", sum(file.size for file in files))
    found: dict[str, FetchedFile] = {}
    for file in files:
        path = into / file.name
        size = path.stat().st_size
        sha256, blob_id = digests(path, watcher.done)
        if (sha256 != file.sha256) if file.sha256 else (blob_id != file.blob_id):
            _forget(into, file.name)
            raise FetchFailed(
                f"{file.name} is not what the hub says it is, and was removed: run this again. If"
                " that does not help, what stands between here and the hub changes files"
            )
        found[file.name] = FetchedFile(size=size, sha256=sha256)
    return found


def _forget(into: Path, name: str) -> None:
    """A file, and what the client remembers of it: else it would take it for good."""
    (into / name).unlink(missing_ok=True)
    into.joinpath(*PARTS, f"{name}.metadata").unlink(missing_ok=True)
