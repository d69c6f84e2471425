"""rapidocr's two networks, each on its own and told everything explicitly.

Its own front end looks up models by name, downloads what is missing and logs to the console. Here
both networks come by their paths inside of the installed package, so none of that can happen. And
the runtime below it reports nothing.
Sources: rapidocr 3.10, ``ch_ppocr_det/main.py``, ``ch_ppocr_rec/main.py`` and
``inference_engine/onnxruntime/main.py``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecognizer

DETECTOR = "PP-OCRv6_det_small.onnx"
READER = "PP-OCRv6_rec_small.onnx"
"""They lie in the wheel."""

MAX_CANDIDATES = 400
"""Spots looked at in one frame. Each costs some 0.2 ms in Python; a full page has 100 lines."""

ENGINE = {
    # One file at a time and a process for each core: more threads would only get in each other's
    # way, and each of them maps memory that counts against the process's limit.
    "intra_op_num_threads": 1,
    "inter_op_num_threads": 1,
    # The arena keeps the memory of the largest frame for good.
    "enable_cpu_mem_arena": False,
    "cpu_ep_cfg": {"arena_extend_strategy": "kSameAsRequested"},
    "use_cuda": False,
    "use_dml": False,
    "use_cann": False,
    "use_coreml": False,
}


def load() -> tuple[TextDetector, TextRecognizer]:
    """Both networks in memory: 1.5 s of one core, 150 MB. Opens no file afterwards."""
    os.environ[NO_TELEMETRY] = "1"
    import cv2
    import onnxruntime

    # Before the package's own modules speak: the runtime at its start, rapidocr at each step.
    onnxruntime.set_default_logger_severity(FATAL)
    logging.getLogger("RapidOCR").disabled = True
    from omegaconf import OmegaConf
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecognizer
    from rapidocr.utils.typings import EngineType, LangRec

    cv2.setNumThreads(1)
    common: dict[str, Any] = {"engine_type": EngineType.ONNXRUNTIME, "engine_cfg": ENGINE}
    detector = OmegaConf.create(
        {
            **common,
            "model_path": str(_models() / DETECTOR),
            # Frames come in a size that fits; nothing is to be resized any more.
            "limit_type": "max",
            "limit_side_len": 1 << 20,
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "thresh": 0.3,
            "box_thresh": 0.5,
            "max_candidates": MAX_CANDIDATES,
            "unclip_ratio": 1.6,
            "use_dilation": True,
            "score_mode": "fast",
        }
    )
    reader = OmegaConf.create(
        {
            **common,
            "model_path": str(_models() / READER),
            "lang_type": LangRec.CH,  # one model for all that it reads: Latin, Chinese, Japanese
            "rec_batch_num": 1,
            "rec_img_shape": [3, 48, 320],
            "font_path": None,
        }
    )
    return TextDetector(detector), TextRecognizer(reader)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Has the libraries say ``MemoryError``. Their own words are dropped: they are tracebacks.

    Given pixels of a size that it takes, a network fails only where it gets no memory.
    """
    import cv2
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

    try:
        yield
    except (ONNXRuntimeError, cv2.error):
        raise MemoryError from None


NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Since 1.29 onnxruntime on Linux reports to its maker by default: names and hashes of models, by a
thread that keeps a database in the user's cache folder. Its ``disable_telemetry_events()`` comes
too late for the first report; this does not, where it is set before the runtime is imported
(``Privacy.md`` in its wheel)."""

FATAL = 4
"""onnxruntime's severity; what fails is raised as well, and its words may name paths."""


def _models() -> Path:
    import rapidocr

    return Path(rapidocr.__file__).parent / "models"
