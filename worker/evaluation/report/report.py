"""All that a run says, as data: printed as JSON, drawn as a page and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from worker import __version__
from worker.domain.generation import AnswerForm
from worker.evaluation.columns import Column
from worker.evaluation.controls.floor import Floor, floors
from worker.evaluation.controls.probe import Probe, probes
from worker.evaluation.cost import Cost, cost_of
from worker.evaluation.held_out import HeldOut, leave_one_out
from worker.evaluation.manifest import Manifest
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.summary import Summary, summarise
from worker.evaluation.outcome import Outcome
from worker.evaluation.paper.tables import PaperTable, paper_tables
from worker.evaluation.report.errors import Error, silent, worst
from worker.evaluation.report.explanation import Explained, explain
from worker.evaluation.report.groups import (
    Generator,
    Group,
    by_generator,
    by_kind,
    by_resolution,
)
from worker.evaluation.report.notices import run_notices, section_notices
from worker.evaluation.report.variation import Variation, variations
from worker.evaluation.sessions import Session
from worker.evaluation.variant import ORIGINAL
from worker.evaluation.variants.registry import CANONICAL

RESAMPLES = 1000
"""Of a bootstrap: the ends of a 95 % interval then vary by some 3 % of its width."""

SILENT_SHOWN = 10


class Section(BaseModel):
    """All about the answers of one form, to the media as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: AnswerForm
    overall: Summary
    kinds: list[Group]
    generators: list[Generator]
    resolutions: list[Group] = Field(description="By the shorter side in pixels.")
    variations: list[Variation] = Field(description="A row for each variant but the original.")
    probes: list[Probe] = Field(description="The labels told by facts of the file alone.")
    probe_notes: list[str]
    floors: list[Floor] = Field(description="Real media against real media.")
    held_out: list[HeldOut]
    held_out_notes: list[str]
    explained: list[Explained]
    explained_notes: list[str] = Field(description="Who marked, and by what was measured.")
    papers: list[PaperTable]
    errors: list[Error]
    silent: list[Error]
    notices: list[str]


class Report(BaseModel):
    """What a run says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made_at: AwareDatetime
    made_by: str
    run: Manifest
    outcomes: int
    cost: Cost
    resamples: int
    seed: int
    sections: list[Section]
    notices: list[str]


class Wish(BaseModel):
    """What a person asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resamples: int = RESAMPLES
    seed: int = 0
    errors: int = 12
    gpu_hour_price: float | None = None
    gpus: int = 1
    papers: tuple[str, ...] = ()


def make_report(
    manifest: Manifest,
    outcomes: Sequence[Outcome],
    columns: Mapping[str, Column],
    sessions: Sequence[Session],
    wish: Wish,
    now: datetime,
    *,
    notes: Sequence[str] = (),
) -> Report:
    """Everything of a run. The same run, wish and time give the same report.

    ``notes`` say where the columns come from.
    """
    forms = [form for form in AnswerForm if any(one.form is form for one in outcomes)]
    return Report(
        made_at=now,
        made_by=f"ivy-worker {__version__}",
        run=manifest,
        outcomes=len(outcomes),
        cost=cost_of(outcomes, sessions, gpu_hour_price=wish.gpu_hour_price, gpus=wish.gpus),
        resamples=wish.resamples,
        seed=wish.seed,
        sections=[
            _section(
                manifest, form, [one for one in outcomes if one.form is form], columns, notes, wish
            )
            for form in forms
            if any(one.form is form and one.answered for one in outcomes)
        ],
        notices=list(run_notices(manifest, outcomes)),
    )


def _section(
    manifest: Manifest,
    form: AnswerForm,
    outcomes: Sequence[Outcome],
    columns: Mapping[str, Column],
    notes: Sequence[str],
    wish: Wish,
) -> Section:
    asked = [one for one in outcomes if one.answered]
    answered = [one for one in asked if one.variant == ORIGINAL]
    chance = {"resamples": wish.resamples, "seed": wish.seed}
    overall = summarise(Answers.of(answered), **chance)
    kinds = by_kind(answered, **chance)
    generators = by_generator(answered, **chance)
    held_out, held_out_notes = leave_one_out(answered)
    explained = explain(answered, columns, **chance)
    names = manifest.question.variants
    probed, probe_notes = probes(
        asked, [name for name in (ORIGINAL, CANONICAL) if name in names], **chance
    )
    return Section(
        form=form,
        overall=overall,
        kinds=kinds,
        generators=generators,
        resolutions=by_resolution(answered, **chance),
        variations=variations(asked, names, **chance),
        probes=probed,
        probe_notes=probe_notes,
        floors=floors(answered, **chance),
        held_out=held_out,
        held_out_notes=held_out_notes,
        explained=explained,
        explained_notes=list(notes) if explained else [],
        papers=paper_tables(
            manifest.question.set,
            manifest.model.id,
            answered,
            overall,
            kinds,
            generators,
            explained,
            wish.papers,
        ),
        errors=worst(answered, wish.errors),
        silent=silent(answered, SILENT_SHOWN),
        notices=list(section_notices(answered)),
    )
