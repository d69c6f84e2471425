"""Settings of the decoder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from worker.decode.protocol import MediaLimits
from worker.decode.sandbox.protections import REQUIRED, Protection
from worker.process.cores import usable_cores
from worker.typed import comma_separated, from_json


class DecodeConfig(BaseModel):
    """Processes, and what each may use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    processes: int = Field(
        # One is enough to keep a small machine's engine busy; more than 8 outrun one GPU.
        default_factory=lambda: max(1, min(8, usable_cores() - 1)),
        ge=1,
        description="Most decode processes; by default one for each core but one that this worker"
        " may use, at most 8. So many run as keep the engine busy.",
    )
    min_processes: int = Field(
        default=1, ge=1, description="Fewest decode processes, and how many there are at the start."
    )
    timeout_s: float = Field(
        default=30.0, gt=0, description="Wall-clock seconds for one media; then it is killed."
    )
    memory_bytes: int = Field(
        default=2 * 1024**3, gt=0, description="Memory one process may add to what it starts with."
    )
    max_uses: int = Field(
        default=1000, ge=1, description="Media after which a process is replaced by a fresh one."
    )
    recycle_above_bytes: int = Field(
        default=512 * 1024**2,
        gt=0,
        description="Memory that a process may hold on to after a media, beyond what it began with;"
        " with more it is replaced by a fresh one.",
    )
    require_protections: Annotated[tuple[Protection, ...], BeforeValidator(comma_separated)] = (
        Field(
            default=REQUIRED,
            description="Protections without which the worker does not start; `ivy-worker doctor`"
            " tells which hold here.",
        )
    )
    provenance: bool = Field(
        default=True, description="Read what a file says of its own origin: C2PA, XMP, EXIF ..."
    )
    trust_anchors: Path | None = Field(
        default=None,
        description="PEM file of certificate authorities for C2PA; without one no signature is"
        " called trusted.",
    )
    text: bool = Field(
        default=True,
        description="Look for text in pictures, which can steer the model, and ask again without"
        " it where there is some.",
    )
    limits: MediaLimits = Field(
        default_factory=MediaLimits, description="What one source may cost."
    )
    tenants: dict[str, MediaLimits] = Field(
        default_factory=dict,
        description="Limits in place of some of `decode.limits` for a tenant: in YAML a mapping"
        " from its name to `{image, video}`, in the environment JSON.",
    )

    @field_validator("tenants", mode="before")
    @classmethod
    def _fill_up(cls, tenants: Any, info: ValidationInfo) -> Any:
        """What a tenant's limits leave out is as for everybody."""
        tenants = from_json(tenants)
        everybody = info.data.get("limits")
        if not isinstance(everybody, MediaLimits) or not isinstance(tenants, dict):
            return tenants  # to be refused by what is wrong with it
        return {name: _merged(everybody, own) for name, own in tenants.items()}

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        # ``processes`` comes from the machine where it is not set.
        if "processes" in self.model_fields_set and self.min_processes > self.processes:
            raise ValueError("min_processes is more than processes")
        return self

    def limits_of(self, tenant: str | None) -> MediaLimits:
        """What a source of this tenant may cost."""
        return self.tenants.get(tenant, self.limits) if tenant is not None else self.limits


def _merged(everybody: MediaLimits, own: Any) -> Any:
    if not isinstance(own, dict):
        return own
    filled = dict(own)
    for kind in ("image", "video"):
        if isinstance(own.get(kind, {}), dict):
            filled[kind] = {**getattr(everybody, kind).model_dump(), **own.get(kind, {})}
    return filled
