from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from accelerate import FullyShardedDataParallelPlugin

from worker.labelled.items import Truth
from worker.training.examples import read_examples
from worker.training.stage import (
    STAGES,
    Part,
    Stage,
    StageInvalid,
    Task,
    load_stage,
    shipped_stages,
)

LAUNCH = STAGES.parent / "launch"


@pytest.mark.parametrize("name", shipped_stages())
def test_shipped_stages_are_valid(name: str) -> None:
    assert load_stage(name).name == name


def test_grpo_is_as_published() -> None:
    stage = load_stage("grpo")
    assert (stage.learning_rate, stage.warmup, stage.epochs) == (1e-5, 0.01, 1)
    assert (stage.grpo.group, stage.grpo.temperature) == (8, 0.9)
    assert stage.grpo.beta > 0
    assert stage.grpo.epsilon_high > stage.grpo.epsilon
    assert Part.VISION in stage.frozen


def test_an_unknown_stage_names_those_there_are() -> None:
    with pytest.raises(StageInvalid, match=r"'nope'.*sft-cold-start"):
        load_stage("nope")


@pytest.mark.parametrize(
    ("line", "said"),
    [("packing: true", "packing"), ("learning_rate: 0", "learning_rate"), ("speed: 3", "speed")],
)
def test_a_stage_that_cannot_be_says_why(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "stage.yaml"
    rate = "" if "rate" in line else "learning_rate: 1.0e-5\n"
    file.write_text(f"name: a\nmodel: m\ndata: [{{set: s, task: conclusion}}]\n{rate}{line}\n")
    with pytest.raises(StageInvalid, match=said):
        load_stage(str(file))


def stage(**fields: object) -> Stage:
    plain = {
        "name": "a",
        "model": "m",
        "learning_rate": 1e-3,
        "data": [{"set": "items", "split": "train", "task": "explanation"}],
    }
    return Stage.model_validate({**plain, **fields})


def test_answers_end_with_the_label(drawn: Path) -> None:
    for example in read_examples(stage(), {"items": drawn}):
        assert example.answer.startswith("<think>")
        assert example.answer.endswith(f"</think>\n<conclusion>{example.label}</conclusion>")


def test_a_conclusion_is_the_conclusion_alone(drawn: Path) -> None:
    data = [{"set": "items", "split": "train", "task": "conclusion"}]
    examples = read_examples(stage(data=data), {"items": drawn})
    assert {one.answer for one in examples} == {
        f"<conclusion>{label}</conclusion>" for label in Truth
    }


def test_grpo_is_given_no_gold_text(drawn: Path) -> None:
    examples = read_examples(stage(method="grpo"), {"items": drawn})
    assert len(examples) == 20
    assert {one.answer for one in examples} == {""}


def test_the_same_seed_gives_the_same_order(drawn: Path) -> None:
    first, again, other = (
        [one.path for one in read_examples(stage(seed=seed), {"items": drawn})]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert sorted(first) == sorted(other)


def test_nothing_to_learn_from_is_said(drawn: Path) -> None:
    data = [{"set": "items", "split": "val", "task": Task.CONCLUSION}]
    with pytest.raises(StageInvalid, match="val"):
        read_examples(stage(data=data), {"items": drawn})


@pytest.mark.parametrize("file", sorted(LAUNCH.glob("*.yaml")), ids=lambda file: file.stem)
def test_accelerate_reads_the_launch_files(file: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(file))
    assert config.num_processes == 8
    if config.distributed_type == "FSDP":
        known = {field.name for field in dataclasses.fields(FullyShardedDataParallelPlugin)}
        given = {name.removeprefix("fsdp_") for name in config.fsdp_config} - {"version"}
        assert given - {"offload_params"} <= known
