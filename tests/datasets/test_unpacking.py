"""Split 7z archives: unpacked whole, in several goes, and within bounds."""

from __future__ import annotations

import shutil
import struct
import zlib
from pathlib import Path

import py7zr
import pytest
from multivolumefile import MultiVolume

from scripts.stand_ins.ivy_fake import archived
from tests.support.stand_ins import StandIn
from worker.datasets.unpacking import survey, unpack
from worker.datasets.volumes import ArchiveUnusable, Volumes, archives_in

ENOUGH = 10**9


@pytest.fixture(scope="session")
def packed(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Ivy-Fake whose media are in archives of several volumes."""
    root = tmp_path_factory.mktemp("packed") / "ivy-fake"
    shutil.copytree(stand_in("ivy-fake"), root)
    archived(root)
    return root


def pack(to: Path, **files: bytes) -> Volumes:
    with py7zr.SevenZipFile(to, "w") as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return Volumes(to, (to,))


def quiet(_: int) -> None:
    """Told of progress."""


def test_all_media_come_out_as_they_were(packed: Path, stand_in: StandIn, tmp_path: Path) -> None:
    whole = stand_in("ivy-fake") / "media"
    archives = archives_in(packed)
    assert [one.base.name for one in archives] == [
        *("image_test.7z", "image_train.7z", "video_test.7z", "video_train.7z")
    ]
    assert all(one.split for one in archives)
    for one in archives:
        told: list[int] = []
        members = survey(one, ENOUGH)
        found = unpack(one, members, tmp_path / one.base.parent.name, told.append)
        assert sum(told) == found.nbytes == sum(member.nbytes for member in members)
    files = [file for file in whole.rglob("*") if file.is_file()]
    for file in files:
        assert (tmp_path / file.relative_to(whole)).read_bytes() == file.read_bytes()
    assert sum(file.is_file() for file in tmp_path.rglob("*")) == len(files)


def test_a_run_that_was_broken_off_goes_on(packed: Path, tmp_path: Path) -> None:
    (volumes,) = archives_in(packed / "media" / "image" / "image_test.7z.001")
    members = survey(volumes, ENOUGH)

    def interrupt(_: int) -> None:
        if len(list(tmp_path.rglob("*.jpg"))) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(volumes, members, tmp_path, interrupt)
    there = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    assert [file.suffix for file in there] == [".jpg"] * 2, "no half file, and no draft"
    found = unpack(volumes, members, tmp_path, quiet)
    assert (found.there, found.written) == (2, 4)
    assert {file: file.stat().st_mtime_ns for file in there} == there


def test_a_file_of_another_size_is_unpacked_again(tmp_path: Path) -> None:
    volumes = pack(tmp_path / "a.7z", **{"x/a.png": b"pixels"})
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.png").write_bytes(b"half")
    assert unpack(volumes, survey(volumes, ENOUGH), tmp_path, quiet).written == 1
    assert (tmp_path / "x" / "a.png").read_bytes() == b"pixels"


HARMLESS = "harmless_name.png"


@pytest.mark.parametrize("name", ["../", "x/../../", "c:/", "a\n", "/"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    volumes = renamed(tmp_path / "a.7z", name + HARMLESS[len(name) :])
    with pytest.raises(ArchiveUnusable, match="is no path below a folder"):
        survey(volumes, ENOUGH)
    assert [file.name for file in tmp_path.iterdir()] == ["a.7z"]


def test_a_harmless_name_is_not(tmp_path: Path) -> None:
    volumes = renamed(tmp_path / "a.7z", HARMLESS.upper())
    assert [one.name for one in survey(volumes, ENOUGH)] == [HARMLESS.upper()]


def renamed(to: Path, name: str) -> Volumes:
    """An archive whose only member is named so. The library itself refuses to write such names."""
    with py7zr.SevenZipFile(to, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"pixels", HARMLESS)
    whole = to.read_bytes().replace(HARMLESS.encode("utf-16-le"), name.encode("utf-16-le"))
    # The header's checksum, and that of the start header, which the first is part of.
    offset, size = struct.unpack_from("<QQ", whole, 12)
    header = whole[32 + offset : 32 + offset + size]
    start = struct.pack("<QQL", offset, size, zlib.crc32(header))
    to.write_bytes(whole[:8] + struct.pack("<L", zlib.crc32(start)) + start + whole[32:])
    return Volumes(to, (to,))


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to("/etc/passwd")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.write(tmp_path / "in" / "out", "out")
    with pytest.raises(ArchiveUnusable, match="'out', which is a link or no file"):
        survey(Volumes(tmp_path / "a.7z", (tmp_path / "a.7z",)), ENOUGH)


def test_a_link_that_stands_there_leads_nothing_out(tmp_path: Path) -> None:
    volumes = pack(tmp_path / "a.7z", **{"x/a.png": b"pixels"})
    (tmp_path / "outside").mkdir()
    to = tmp_path / "to"
    to.mkdir()
    (to / "x").symlink_to(tmp_path / "outside")
    with pytest.raises(ArchiveUnusable, match="which a link leads out of"):
        unpack(volumes, survey(volumes, ENOUGH), to, quiet)
    assert not any((tmp_path / "outside").iterdir())


def test_more_than_allowed_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    volumes = pack(tmp_path / "a.7z", a=bytes(600), b=bytes(600))
    with pytest.raises(ArchiveUnusable, match="unpacks to 1200 bytes, and 1000 are allowed"):
        survey(volumes, 1000)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.writestr(b"one", "a.png")
        archive.writestr(b"other", "a.png")
    with pytest.raises(ArchiveUnusable, match=r"'a\.png' twice"):
        survey(Volumes(tmp_path / "a.7z", (tmp_path / "a.7z",)), ENOUGH)


def test_damage_leaves_no_file_that_looks_whole(tmp_path: Path) -> None:
    volumes = pack(tmp_path / "a.7z", **{"a.png": bytes(range(256)) * 40})
    data = bytearray(volumes.base.read_bytes())
    data[40] ^= 0xFF
    volumes.base.write_bytes(data)
    with pytest.raises(ArchiveUnusable, match="is damaged, or its last volume is missing"):
        unpack(volumes, survey(volumes, ENOUGH), tmp_path / "to", quiet)
    assert not [file for file in (tmp_path / "to").rglob("*") if file.is_file()]


def test_a_missing_volume_is_named(tmp_path: Path) -> None:
    base = tmp_path / "a.7z"
    with (
        MultiVolume(base, mode="wb", volume=100, ext_digits=3) as target,
        py7zr.SevenZipFile(target, "w") as archive,
    ):
        archive.writestr(bytes(range(256)) * 4, "a.png")
    volumes = sorted(tmp_path.iterdir())
    assert len(volumes) >= 4
    kept = volumes[-1].read_bytes()
    volumes[-1].unlink()
    (found,) = archives_in(tmp_path)
    with pytest.raises(ArchiveUnusable, match="its last volume is missing"):
        survey(found, ENOUGH)
    volumes[-1].write_bytes(kept)
    volumes[1].unlink()
    with pytest.raises(ArchiveUnusable, match=r"a\.7z lacks volume 002"):
        archives_in(tmp_path)


def test_a_stray_file_beside_the_volumes_is_named(tmp_path: Path) -> None:
    for name in ("a.7z.001", "a.7z.md5"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ArchiveUnusable, match=r"a\.7z\.md5 is no volume of a\.7z"):
        archives_in(tmp_path / "a.7z.001")
    with pytest.raises(ArchiveUnusable, match=r"is no file named \.7z"):
        archives_in(tmp_path / "a.7z.md5")
    (tmp_path / "none").mkdir()
    with pytest.raises(ArchiveUnusable, match=r"there is no \.7z"):
        archives_in(tmp_path / "none")
