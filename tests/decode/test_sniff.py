from __future__ import annotations

import pytest

from tests.support.media import image_file, video_file
from worker.decode.sniff import sniff
from worker.domain.failure import Poison, Reason


@pytest.mark.parametrize(
    ("form", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("AVIF", "image/avif"),
        ("HEIF", "image/heif"),
    ],
)
def test_images_are_known_by_their_bytes(form: str, mime: str) -> None:
    assert sniff(image_file(0.5, form)).mime == mime


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("mov", "libx264", "video/quicktime"),
        ("webm", "libvpx-vp9", "video/webm"),
        ("matroska", "libx264", "video/x-matroska"),
    ],
)
def test_videos_are_known_by_their_bytes(container: str, codec: str, mime: str) -> None:
    assert sniff(video_file(0.5, container=container, codec=codec, frames=4)).mime == mime


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"#EXTM3U\n#EXT-X-VERSION:3\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"RIFF\x00\x00\x00\x00AVI LIST",
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Poison) as refused:
        sniff(data)
    assert refused.value.reason is Reason.MEDIA_UNSUPPORTED
