"""No baseline is measured on what it was fitted to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from worker.evaluation.baselines.fit import Fit, FitInvalid
from worker.labelled.items import LabelledItem

NAMED = 3


def refuse_overlap(fit: Fit, items: Iterable[LabelledItem], done: Callable[[], None]) -> None:
    """Reads all files. Raises ``FitInvalid`` if the bytes of one were fitted to.

    The same picture in other bytes is not found: `ivy-worker data check` finds near-duplicates.
    """
    seen = frozenset(fit.contents)
    both = []
    for item in items:
        try:
            with item.path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError):
            continue  # its outcome will say so
        finally:
            done()
        if found in seen:
            both.append(item.name)
    if both:
        raise FitInvalid(
            f"{len(both)} media of this set are among those that the baseline was fitted to, such"
            f" as {', '.join(both[:NAMED])}: part the set first (ivy-worker data split), and fit to"
            " the training part"
        )
