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
from worker.decode.decode_process import ONE_THREAD
from worker.domain.provenance import Indication, Provenance, ValidationState
from worker.provenance.reader import read_provenance

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
from functools import partial
from worker.decode.sandbox.sandbox import Sandbox
from worker.decode.sandbox.system_calls import restrict
sandbox = Sandbox()
sandbox.leave()
from worker.decode import rehearsal
from worker.provenance.manifest_process import ManifestProcess
from worker.provenance.reader import prepare, read_provenance
mime, anchors, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
prepare(anchors)
rehearsal.load()
for sample in rehearsal.samples().values():
    read_provenance(sample, "image/heif")
    read_provenance(sample, "image/jpeg")
sandbox.limit(memory_bytes=2 << 30, output_bytes=1 << 30)
assert sandbox.close_files(lambda: None)
manifests = ManifestProcess.start(
    anchors, confine_itself=partial(restrict, forks=True), confine_forks=restrict
)
sandbox.restrict()
assert all(sandbox.protections.values()), sandbox.protections
data = sys.stdin.buffer.read(size)
found = read_provenance(data, mime, trust_anchors=anchors, read_store=manifests.read_store)
print(found.model_dump_json(), flush=True)
os._exit(0)
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
        env={"PATH": os.environ["PATH"], **ONE_THREAD},
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
