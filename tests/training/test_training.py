"""A few steps of each kind of training, on the real trainers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from worker.domain.media import MediaKind
from worker.labelled.reader import read_labelled
from worker.labelled.written import write_listing
from worker.models.checkpoint import inspect_checkpoint
from worker.models.spec import load_spec
from worker.training.examples import kind_of, question, read_examples
from worker.training.features import asked, together
from worker.training.loading import freeze, load, part_of
from worker.training.measuring import Said, answers, formed, named, right
from worker.training.media import look
from worker.training.run import train
from worker.training.stage import Budgets, Part, Stage, StageInvalid, Task

# TRL warns of a vLLM newer than those that it knows, and it is not asked to use it.
pytestmark = pytest.mark.filterwarnings("ignore:TRL currently supports vLLM:UserWarning")


def stage(**fields: Any) -> Stage:
    plain: dict[str, Any] = {
        "name": "try",
        "model": "",
        "data": [{"set": "items", "split": "train", "task": "explanation"}],
        "learning_rate": 3e-3,
        "schedule": "constant",
        "batch": 8,
        "max_steps": 2,
        "checkpointing": False,
        "bf16": False,
    }
    return Stage.model_validate({**plain, **fields})


def weights_of(spec: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    folder = load_spec(str(spec)).folder
    assert folder is not None
    return dict(load_file(folder / "model.safetensors"))


def changed(before: Path, after: Path) -> set[Part]:
    old, new = weights_of(before), weights_of(after)
    assert old.keys() == new.keys()
    return {part_of(name) for name in old if not torch.equal(old[name], new[name])}


def test_a_stage_trains_what_is_not_frozen_and_its_export_loads(
    drawn: Path, begun: Path, tmp_path: Path
) -> None:
    trained = train(stage(frozen=["vision"]), tmp_path, sets={"items": drawn}, model=str(begun))
    assert trained.metrics["steps"] == 2
    assert changed(begun, trained.spec) == {Part.PROJECTOR, Part.LANGUAGE}
    folder = tmp_path / "model" / "weights"
    assert inspect_checkpoint(folder, {}).warnings == ()
    assert json.loads((folder / "config.json").read_text())["tie_word_embeddings"] is True
    assert "fingerprint" in (folder / "README.md").read_text().lower()
    test = read_labelled(drawn).items[-3:]
    assert len(answers(trained.spec, test, Task.EXPLANATION, most_tokens=2)) == 3


def test_adapters_are_merged(drawn: Path, begun: Path, tmp_path: Path) -> None:
    adapted = stage(lora={"rank": 4, "dropout": 0.0}, frozen=["vision", "projector"])
    trained = train(adapted, tmp_path, sets={"items": drawn}, model=str(begun))
    assert changed(begun, trained.spec) == {Part.LANGUAGE}


def test_a_run_that_was_broken_off_ends_as_one_that_was_not(
    drawn: Path, begun: Path, tmp_path: Path
) -> None:
    sets, half = {"items": drawn}, stage(max_steps=4, save_every=2)
    whole = train(half, tmp_path / "whole", sets=sets, model=str(begun))
    broken = tmp_path / "broken"
    broken.mkdir()
    shutil.copy(tmp_path / "whole" / "run.json", broken)
    shutil.copytree(
        tmp_path / "whole" / "checkpoints" / "checkpoint-2", broken / "checkpoints" / "checkpoint-2"
    )
    gone_on = train(half, broken, sets=sets, model=str(begun))
    assert gone_on.metrics["steps"] == whole.metrics["steps"] == 4
    assert changed(whole.spec, gone_on.spec) == set()
    assert changed(begun, gone_on.spec) == set(Part)


def test_a_run_goes_on_only_as_what_it_was(drawn: Path, begun: Path, tmp_path: Path) -> None:
    sets = {"items": drawn}
    first = train(stage(max_steps=1), tmp_path, sets=sets, model=str(begun))
    (tmp_path / "metrics.json").unlink()
    again = train(stage(max_steps=1), tmp_path, sets=sets, model=str(begun))
    assert first.metrics["steps"] == again.metrics["steps"] == 1
    with pytest.raises(StageInvalid, match="stage"):
        train(stage(max_steps=1, seed=5), tmp_path, sets=sets, model=str(begun))


@pytest.mark.parametrize("kind", ["image", "video"])
def test_grpo_begins_where_its_reference_is(
    drawn: Path, begun: Path, tmp_path: Path, kind: str
) -> None:
    only = tmp_path / "only.jsonl"
    items = [item for item in read_labelled(drawn).items if kind_of(item.path).value == kind]
    write_listing(items, only)
    grpo = stage(method="grpo", max_steps=1, grpo={"group": 4, "max_answer_tokens": 6})
    trained = train(grpo, tmp_path / "run", sets={"items": only}, model=str(begun))
    # Else the media, or their places in time, got to one of the two passes only.
    assert abs(trained.metrics["kl"]) < 1e-6
    assert trained.metrics["rewards/accuracy_reward/mean"] >= 0


def test_the_reference_sees_clips_at_the_same_times(
    drawn: Path, begun: Path, tmp_path: Path
) -> None:
    from worker.training.reinforcement import grpo_trainer

    spec, grpo = load_spec(str(begun)), stage(method="grpo", grpo={"group": 4})
    model, processor, _ = load(grpo, spec)
    examples = read_examples(grpo, {"items": drawn})
    trainer = grpo_trainer(grpo, model, processor, spec.prompt, spec.recipe, examples, tmp_path)
    clip = next(one for one in examples if kind_of(one.path) is MediaKind.VIDEO)
    chat = question(spec.prompt, MediaKind.VIDEO, Task.EXPLANATION)
    row = asked(processor, chat, look(clip.path, spec.recipe))
    names = ("input_ids", "mm_token_type_ids", "video_grid_thw", "second_per_grid_ts")
    inputs = {name: row[name] for name in names}
    policy, reference = (
        one.model.get_rope_index(**inputs)[0] for one in (trainer.model, trainer.ref_model)
    )
    assert torch.equal(policy, reference)
    after = int(row["mm_token_type_ids"][0].nonzero().max()) + 1
    assert policy[0, 0, after] == policy[..., :after].max() + 1


def test_no_answer_is_drawn_with_media_in_it(drawn: Path, begun: Path, tmp_path: Path) -> None:
    from worker.training.reinforcement import grpo_trainer

    spec, grpo = load_spec(str(begun)), stage(method="grpo", grpo={"group": 4})
    model, processor, _ = load(grpo, spec)
    examples = read_examples(grpo, {"items": drawn})
    trainer = grpo_trainer(grpo, model, processor, spec.prompt, spec.recipe, examples, tmp_path)
    names = ("<|image_pad|>", "<|video_pad|>")
    media = {processor.tokenizer.convert_tokens_to_ids(name) for name in names}
    assert media <= set(trainer.generation_config.suppress_tokens)


def test_a_mixed_batch_says_what_each_media_alone_says(drawn: Path, begun: Path) -> None:
    spec = load_spec(str(begun))
    model, processor, _ = load(stage(), spec)
    rows = []
    for example in read_examples(stage(), {"items": drawn})[:6]:
        pixels = look(example.path, spec.recipe)
        chat = question(spec.prompt, pixels.facts.kind, example.task)
        rows.append(asked(processor, chat, pixels))
    assert {"pixel_values" in row for row in rows} == {True, False}
    batch = together(rows, processor.tokenizer.pad_token_id, side="left")
    with torch.inference_mode():
        whole = model(**batch).logits[:, -1]
        alone = torch.cat([model(**row).logits[:, -1] for row in rows])
    torch.testing.assert_close(whole, alone, atol=1e-4, rtol=1e-3)


def test_vllm_is_not_given_clips(drawn: Path, begun: Path, tmp_path: Path) -> None:
    rolled = stage(method="grpo", grpo={"group": 4, "vllm": "colocate"})
    with pytest.raises(StageInvalid, match="clips"):
        train(rolled, tmp_path, sets={"items": drawn}, model=str(begun))


def test_a_batch_is_of_whole_groups(drawn: Path, begun: Path, tmp_path: Path) -> None:
    with pytest.raises(StageInvalid, match="whole groups"):
        train(
            stage(method="grpo", grpo={"group": 3}),
            tmp_path,
            sets={"items": drawn},
            model=str(begun),
        )


def test_freezing_all_is_refused(begun: Path) -> None:
    model, _, _ = load(stage(), load_spec(str(begun)))
    with pytest.raises(StageInvalid, match="nothing to learn"):
        freeze(model, list(Part))


def test_budgets_only_narrow(drawn: Path, begun: Path) -> None:
    from worker.training.media import narrowed

    recipe = load_spec(str(begun)).recipe
    tight = narrowed(recipe, Budgets(image_pixels=6272, frames=2))
    assert tight.image.max_pixels == 6272
    assert tight.sampling.max_frames == 2
    assert narrowed(recipe, Budgets(image_pixels=10**9, frames=99)) == recipe


def test_shares_count_failures_as_errors() -> None:
    from worker.labelled.items import Truth

    good = "<think>Localized Blur: One part is blurred.</think><conclusion>fake</conclusion>"
    said = [
        Said(good, Truth.FAKE, "localized_blur"),
        Said(good, Truth.FAKE, "abnormal_texture"),
        Said("nothing", Truth.REAL, "clean"),
    ]
    assert (right(said).count, right(said).of) == (2, 3)
    assert (formed(said).count, formed(said).of) == (2, 3)
    assert (named(said).count, named(said).of) == (1, 2)
