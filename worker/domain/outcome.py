"""What becomes of one delivery."""

from __future__ import annotations

from worker.domain.dead_letter import DeadLetter
from worker.domain.postponement import Diversion, Postponement
from worker.domain.verdict import VerdictEvent

Outcome = VerdictEvent | DeadLetter | Postponement | Diversion
"""Each is published before the delivery counts as done."""
