"""How answers become verdicts in one worker."""

from __future__ import annotations

from dataclasses import dataclass, field

from worker.domain.calibration import Calibrations
from worker.domain.upload import UploadEvent
from worker.domain.verdict import Mode, ThresholdRule, Thresholds


@dataclass(frozen=True, slots=True)
class VerdictPolicy:
    """How answers become verdicts here."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    rules: tuple[ThresholdRule, ...] = ()
    calibrations: Calibrations = field(default_factory=Calibrations)
    mode: Mode = Mode.LIVE

    def thresholds_for(self, upload: UploadEvent) -> Thresholds:
        """Those of the first rule that fits, or else the common ones."""
        for rule in self.rules:
            if rule.fits(upload.tenant, upload.surface):
                return rule.thresholds
        return self.thresholds
