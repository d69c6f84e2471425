"""All rows, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.bench.ceiling import ceiling, ceiling_with_text
from scripts.bench.decode_image import decode_image
from scripts.bench.decode_video import decode_video, decode_video_readers
from scripts.bench.lag import lag
from scripts.bench.latency import latency
from scripts.bench.memory import memory
from scripts.bench.peers.rows import PEERS, against
from scripts.bench.plumbing import cached, plumbing
from scripts.bench.row import Row
from scripts.bench.scaling import scaling
from scripts.bench.seed import seed_batched, seed_singly
from scripts.bench.start import start

ROWS: Mapping[str, Row] = {
    "engine-ceiling": ceiling,
    "engine-ceiling-text": ceiling_with_text,
    "plumbing": plumbing,
    "cached": cached,
    **{f"peers-{peer}": against(peer) for peer in PEERS},
    **{f"peers-{peer}-confluent": against(peer, "confluent") for peer in PEERS},
    "scaling": scaling,
    "memory": memory,
    "latency": latency,
    "start": start,
    "lag": lag,
    "seed-singly": seed_singly,
    "seed-batched": seed_batched,
    "decode-image": decode_image,
    "decode-video": decode_video,
    "decode-video-readers": decode_video_readers,
}
