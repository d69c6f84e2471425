"""Files that py7zr writes to: drafts until their checksum was found right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from worker.datasets.volumes import ArchiveUnusable

DRAFT = ".ivy-part"
"""The end of a draft's name; a run that was killed may leave one, and the next writes over it."""


class Writers:
    """One file after the other, in the order of the archive.

    py7zr closes a file before it compares its checksum: the draft is renamed when the next file
    begins, or all are done. A context manager; left by an exception, the last draft is removed.
    """

    def __init__(self, sizes: Mapping[str, int], done: Callable[[int], None]) -> None:
        self._sizes = sizes
        self._done = done
        self._draft: Path | None = None
        self._file: IO[bytes] | None = None
        self._left = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._publish()
            return
        self._close()
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)

    def factory(self) -> Any:
        """As py7zr takes it: it asks for a writer by a file's name."""
        from py7zr import Py7zIO, WriterFactory

        writers = self

        class Writer(Py7zIO):  # type: ignore[misc]
            """Writes to the open draft."""

            def write(self, data: bytes | bytearray) -> int:
                return writers._write(data)

            def read(self, _size: int | None = None) -> bytes:
                return b""

            def seek(self, _offset: int, _whence: int = 0) -> int:
                return 0

            def flush(self) -> None:
                """Closing flushes."""

            def size(self) -> int:
                return 0

            def close(self) -> None:
                writers._close()

        class Factory(WriterFactory):  # type: ignore[misc]
            """Begins the next file."""

            def create(self, filename: str) -> Writer:
                writers._begin(filename)
                return Writer()

        return Factory()

    def _begin(self, name: str) -> None:
        self._publish()
        self._left = self._sizes[name]
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._draft = path.with_name(path.name + DRAFT)
        # No link is written through, whoever left it there.
        self._draft.unlink(missing_ok=True)
        fd = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        self._file = os.fdopen(fd, "wb")

    def _write(self, data: bytes | bytearray) -> int:
        assert self._file is not None
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveUnusable(f"{self._draft} grows larger than its archive says")
        self._done(len(data))
        return self._file.write(data)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _publish(self) -> None:
        self._close()
        if self._draft is not None:
            self._draft.replace(self._draft.with_name(self._draft.name.removesuffix(DRAFT)))
            self._draft = None
