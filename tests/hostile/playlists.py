"""Texts that make a careless program open other files, or the network."""

from __future__ import annotations

from tests.hostile.case import UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import bmff, ebml

FFCONCAT = b"ffconcat version 1.0\nfile /etc/hostname\n"
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
HLS = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://169.254.169.254/latest/meta-data/\n"
DASH = (
    b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
    b"<BaseURL>http://169.254.169.254/</BaseURL></Period></MPD>"
)
SVG = (
    b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
)
XXE = b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/URI/URI(http://169.254.169.254/)>>>>endobj\n%%EOF"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n(/etc/passwd) (r) file\n"
MVG = (
    b"push graphic-context\nviewbox 0 0 9 9\nfill 'url(https://127.0.0.1/)'\npop graphic-context\n"
)
ASX = b"<asx version='3.0'><entry><ref href='http://169.254.169.254/'/></entry></asx>"
WPL = b"[playlist]\nFile1=http://169.254.169.254/\nNumberOfEntries=1\n"
SMIL = b"<smil><body><video src='file:///etc/passwd'/></body></smil>"
RTSP = b"RTSPtextrtsp://127.0.0.1/\r\n"
HTML = b"<!doctype html><img src=x onerror=alert(1)>"


def _text(name: str, data: bytes, mime: str = "image/jpeg") -> Case:
    return Case(name, lambda: data, UNSUPPORTED, mime)


def _rmra(url: bytes) -> bytes:
    """A reference movie of QuickTime, which names another file."""
    alias = bmff.box(b"rdrf", bytes(4), b"url ", len(url).to_bytes(4), url)
    return bmff.file_type(b"qt  ") + bmff.box(b"moov", bmff.box(b"rmra", bmff.box(b"rmda", alias)))


CASES = (
    _text("ffconcat", FFCONCAT, "video/mp4"),
    _text("sdp", SDP, "video/mp4"),
    _text("hls", HLS, "video/mp4"),
    _text("hls: under its own type", HLS, "application/vnd.apple.mpegurl"),
    _text("dash", DASH, "application/dash+xml"),
    _text("svg: as image/jpeg", SVG),
    _text("svg: under its own type", SVG, "image/svg+xml"),
    _text("svg: an external entity", XXE),
    _text("pdf: as image/jpeg", PDF),
    _text("eps: as image/jpeg", EPS),
    _text("mvg: as image/jpeg", MVG),
    _text("html: as image/jpeg", HTML),
    _text("asx", ASX, "video/mp4"),
    _text("pls", WPL, "video/mp4"),
    _text("smil", SMIL, "video/mp4"),
    _text("rtsp text of QuickTime", RTSP, "video/quicktime"),
    _text("with a byte order mark before it", b"\xef\xbb\xbf" + HLS),
    Case("ffconcat: behind an EBML header", lambda: ebml.head() + FFCONCAT, UNDECODABLE),
    Case("ffconcat: behind EBML's four bytes", lambda: b"\x1aE\xdf\xa3" + FFCONCAT, UNDECODABLE),
    Case("ffconcat: behind an ftyp", lambda: bmff.file_type() + FFCONCAT, UNDECODABLE),
    Case("hls: behind an ftyp", lambda: bmff.file_type() + HLS, UNDECODABLE),
    Case("sdp: behind an ftyp", lambda: bmff.file_type() + SDP, UNDECODABLE),
    Case("mov: names another file", lambda: _rmra(b"file:///etc/hostname"), UNDECODABLE),
    Case("mov: names a URL", lambda: _rmra(b"http://169.254.169.254/x.mov"), UNDECODABLE),
)
