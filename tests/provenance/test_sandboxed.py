"""As it runs for real: in a process that gave up its network, its files and most of its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.c2pa_signer import Signer, created
from tests.support.media import encode, image_file, video_file
from worker.domain.provenance import Indication, Provenance, ValidationState
from worker.provenance.reader import read_provenance

ROOT = Path(__file__).parents[2]
PROGRAM = """
import resource, sys
from worker.decode import sandbox
sandbox.leave_network()
sandbox.drop_privileges()
from worker.provenance.reader import prepare, read_provenance
mime, anchors, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
prepare(anchors)
sandbox.limit_resources(memory_bytes=2 << 30, output_bytes=1 << 30)
# No file can be opened from here on, but for those that are open.
resource.setrlimit(resource.RLIMIT_NOFILE, (3 + 4, 3 + 4))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
data = sys.stdin.buffer.read(size)
print(read_provenance(data, mime, trust_anchors=anchors).model_dump_json())
"""


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/heif", "video/mp4"])
def test_behind_the_decode_processs_limits(mime: str, signer: Signer) -> None:
    form = mime.rpartition("/")[2].upper()
    original = video_file(0.5, frames=4) if form == "MP4" else image_file(0.5, form)
    data = signer.sign(original, mime, [created("digitalCapture")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, mime, signer.anchor, str(len(data))],
        input=data,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr.decode()
    found = Provenance.model_validate_json(done.stdout)
    assert found.signals[0].validation_state is ValidationState.TRUSTED
    assert found.indication is Indication.CAPTURED


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_without_metadata_takes_milliseconds(form: str) -> None:
    """12 megapixels. The bound is far above what was measured, and far below a decoding."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (60, 80, 3), np.uint8))
    quick = {"compress_level": 1} if form == "PNG" else {}
    photo = encode(coarse.resize((4000, 3000), Image.Resampling.BICUBIC), form, **quick)
    mime = f"image/{form.lower()}"
    times = []
    for _ in range(5):
        began = time.thread_time()
        assert read_provenance(photo, mime) == Provenance()
        times.append(time.thread_time() - began)
    assert min(times) < 0.02
