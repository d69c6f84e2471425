"""Streams: other sizes on the way, no pictures, and every odd kind of coding."""

from __future__ import annotations

import io

import av

from tests.hostile import samples
from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import ebml
from tests.hostile.samples import coded, packets, sound
from tests.support.media import image_file, video_file


def _changes(width: int, height: int, codec: str = "libvpx", name: str = "V_VP8") -> bytes:
    """Four frames, and then four of another size."""
    frames = [*packets(codec), *packets(codec, 4, width, height)]
    blocks = [ebml.block(data, 500 * n, n % 4 == 0) for n, data in enumerate(frames)]
    tracks = ebml.element(ebml.TRACKS, ebml.video_track(codec=name))
    return ebml.matroska(ebml.info(4000), tracks, ebml.cluster(*blocks))


def _vp8_of(width: int, height: int) -> bytes:
    """A key frame that says it is of another size: 14 bits a side (RFC 6386, 9.1)."""
    first = packets()[0]
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    blocks = [ebml.block(first[:6] + size + first[10:])]
    tracks = ebml.element(ebml.TRACKS, ebml.video_track())
    return ebml.matroska(ebml.info(500), tracks, ebml.cluster(*blocks))


def _subtitles() -> bytes:
    track = ebml.element(
        ebml.TRACK_ENTRY,
        ebml.unsigned(ebml.TRACK_NUMBER, 1),
        ebml.unsigned(ebml.TRACK_UID, 1),
        ebml.unsigned(ebml.TRACK_TYPE, 17),
        ebml.text(ebml.CODEC_ID, "S_TEXT/UTF8"),
    )
    tracks = ebml.element(ebml.TRACKS, track)
    return ebml.matroska(
        ebml.info(500), tracks, ebml.cluster(ebml.block(b"<b>x</b>")), kind="matroska"
    )


def _song_with_cover() -> bytes:
    packed = io.BytesIO()
    with av.open(packed, "w", format="mp4") as out, av.open(io.BytesIO(sound())) as source:
        stream = out.add_stream_from_template(source.streams.audio[0])
        cover = out.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 120, 90, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        packet = av.Packet(image_file(0.5, "PNG"))
        packet.stream, packet.pts, packet.dts = cover, 0, 0
        out.mux(packet)
        for audio in source.demux():
            if audio.dts is not None:
                audio.stream = stream
                out.mux(audio)
    return packed.getvalue()


def _damaged(every: int) -> bytes:
    """One in so many bytes of the data is another."""
    data = bytearray(samples.clip(frames=24))
    begin = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    for at in range(begin + 800, end, every):
        data[at] ^= 0x5A
    return bytes(data)


def _zeroed() -> bytes:
    """All of the data is zeros."""
    data = samples.clip()
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    return data[:begin] + bytes(end - begin) + data[end:]


CASES = (
    Case("vp8: another size on the way", lambda: _changes(64, 48), UNSUPPORTED),
    Case(
        "vp9: another size on the way", lambda: _changes(64, 48, "libvpx-vp9", "V_VP9"), UNSUPPORTED
    ),
    Case("vp8: a narrow size on the way", lambda: _changes(802, 4), OVER_BUDGET),
    Case("vp8: a key frame of 16,383 x 16,383", lambda: _vp8_of(16_383, 16_383), UNDECODABLE),
    Case("vp8: a key frame of 0 x 0", lambda: _vp8_of(0, 0), UNDECODABLE),
    Case("sound only: mp4", sound, UNSUPPORTED),
    Case("sound only: webm", lambda: sound("webm", "libopus"), UNSUPPORTED),
    Case("sound and a cover", _song_with_cover, UNSUPPORTED),
    Case("subtitles only", _subtitles, UNSUPPORTED),
    Case("h264: lossless", lambda: coded("libx264", qp="0", preset="ultrafast"), ANSWERED),
    Case("h264: 4:4:4", lambda: coded("libx264", form="yuv444p"), ANSWERED),
    Case("h264: 4:2:2", lambda: coded("libx264", form="yuv422p"), ANSWERED),
    Case("h264: 10 bits", lambda: coded("libx264", form="yuv420p10le"), ANSWERED),
    Case("h264: grey", lambda: coded("libx264", form="gray"), ANSWERED),
    Case("h264: interlaced", lambda: coded("libx264", flags="+ilme+ildct"), ANSWERED),
    Case("h264: one frame", lambda: video_file(0.5, frames=1), ANSWERED),
    Case(
        "h264: more frames than may be decoded",
        lambda: video_file(0.5, frames=700, fps=24, width=32, height=32, gop=1000),
        OVER_BUDGET,
    ),
    Case(
        "h264: 11 minutes", lambda: video_file(0.5, frames=12, fps=1, width=32, height=32), ANSWERED
    ),
    Case("h264: damaged here and there", lambda: _damaged(997), ANSWERED),
    Case("h264: damaged everywhere", lambda: _damaged(7), UNDECODABLE),
    Case("h264: zeros for data", _zeroed, UNDECODABLE),
    Case("hevc: 10 bits", lambda: coded("libx265", form="yuv420p10le"), ANSWERED),
    Case("hevc: 4:4:4 of 12 bits", lambda: coded("libx265", form="yuv444p12le"), ANSWERED),
    Case("vp9: 4:4:4", lambda: coded("libvpx-vp9", "webm", "yuv444p"), ANSWERED),
    Case("vp9: with transparency", lambda: coded("libvpx-vp9", "webm", "yuva420p"), ANSWERED),
    Case("av1: 10 bits", lambda: coded("libsvtav1", form="yuv420p10le"), ANSWERED),
    Case("mpeg4: in mp4", lambda: coded("mpeg4"), ANSWERED),
    Case("mjpeg: in mov", lambda: coded("mjpeg", "mov", "yuvj420p"), UNSUPPORTED),
    Case("ffv1: in matroska", lambda: coded("ffv1", "matroska"), UNSUPPORTED),
    Case("png: in mov", lambda: coded("png", "mov", "rgb24"), UNSUPPORTED),
    Case("mpeg2: in a transport stream", lambda: coded("mpeg2video", "mpegts"), UNSUPPORTED),
    Case("flv", lambda: coded("flv", "flv"), UNSUPPORTED),
    Case("avi", lambda: coded("mpeg4", "avi"), UNSUPPORTED),
    Case("ogg", lambda: sound("ogg", "libopus"), UNSUPPORTED),
)
