"""What is found wrong with a checkpoint before anything loads it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.checkpoints import (
    INDEX,
    WEIGHTS,
    Tensors,
    change_config,
    change_tensors,
    copy_checkpoint,
    newly_named,
    shard,
    spec_of,
)
from worker.models.checkpoint import Checkpoint, inspect_checkpoint
from worker.models.spec import EngineExtras
from worker.models.tensors import MAX_INDEX_BYTES, CheckpointBroken, read_tensors
from worker.models.weights import find_weights

BOTH = {"tie_word_embeddings": True, "text_config": {"tie_word_embeddings": True}}
NEITHER = {"tie_word_embeddings": False, "text_config": {"tie_word_embeddings": False}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_checkpoint(tmp_path / "weights")


def found(folder: Path, **overrides: Any) -> Checkpoint:
    return inspect_checkpoint(folder, overrides)


def with_head(difference: float) -> Callable[[Tensors], Tensors]:
    def change(tensors: Tensors) -> Tensors:
        head = tensors["model.embed_tokens.weight"].clone()
        head[-1, -1] += difference
        return {**tensors, "lm_head.weight": head}

    return change


@pytest.mark.parametrize("change", [lambda _: None, shard])
def test_with_a_whole_checkpoint_there_is_nothing_to_say(
    folder: Path, change: Callable[[Path], object]
) -> None:
    change(folder)
    assert found(folder) == Checkpoint({}, ())
    assert len(read_tensors(folder)) > 50


def test_a_missing_tie_flag_is_repaired_in_both_places(folder: Path) -> None:
    change_config(folder, {"tie_word_embeddings": None})
    checkpoint = found(folder)
    assert checkpoint.overrides == BOTH
    (warning,) = checkpoint.warnings
    assert "no lm_head" in warning
    assert "repaired, tie_word_embeddings is taken for true" in warning
    assert str(folder) in warning


def test_a_false_tie_flag_without_an_lm_head_is_repaired_too(folder: Path) -> None:
    change_config(folder, {"tie_word_embeddings": False})
    assert found(folder).overrides == BOTH
    assert found(folder).warnings


def test_a_flag_in_one_place_is_put_into_both_without_a_word(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    change_config(folder, {"tie_word_embeddings": None, "text_config": config})
    assert found(folder) == Checkpoint(BOTH, ())


def test_the_specs_own_word_on_the_flag_counts(folder: Path) -> None:
    change_config(folder, {"tie_word_embeddings": None})
    asked: dict[str, Any] = {"text_config": {"tie_word_embeddings": False}, "rms_norm_eps": 1e-5}
    assert found(folder, **asked) == Checkpoint(asked, ())
    beside = found(folder, text_config={"rms_norm_eps": 1e-5})
    assert beside.overrides == {
        "tie_word_embeddings": True,
        "text_config": {"tie_word_embeddings": True, "rms_norm_eps": 1e-5},
    }


def test_an_lm_head_that_differs_is_used_whatever_the_flag_says(folder: Path) -> None:
    change_tensors(folder, with_head(1.0))
    checkpoint = found(folder)
    assert checkpoint.overrides == NEITHER
    assert "one that is different: the one in the file is used" in checkpoint.warnings[0]


def test_an_lm_head_that_is_the_embeddings_is_nothing_to_speak_of(folder: Path) -> None:
    change_tensors(folder, with_head(0.0))
    assert found(folder) == Checkpoint({}, ())


def test_an_lm_head_beside_a_flag_that_is_false_is_as_it_should_be(folder: Path) -> None:
    change_tensors(folder, with_head(1.0))
    change_config(folder, {"tie_word_embeddings": False})
    assert found(folder) == Checkpoint({}, ())


def test_newer_names_are_understood(folder: Path) -> None:
    change_tensors(folder, newly_named)
    change_config(folder, {"tie_word_embeddings": None})
    assert found(folder).overrides == BOTH
    change_config(folder, {"num_hidden_layers": 3})
    with pytest.raises(CheckpointBroken, match="of two models"):
        found(folder)


def test_without_settings_for_videos_it_warns(folder: Path) -> None:
    (folder / "video_preprocessor_config.json").unlink()
    (warning,) = found(folder).warnings
    assert "no video_preprocessor_config.json" in warning
    (folder / "processor_config.json").write_text('{"video_processor": {"do_resize": true}}')
    assert found(folder).warnings == ()


def missing_shard(folder: Path) -> None:
    shard(folder)[1].unlink()


def cut_off(folder: Path) -> None:
    os.truncate(folder / WEIGHTS, 100_000)


def cut_off_in_its_header(folder: Path) -> None:
    os.truncate(folder / WEIGHTS, 5)


def empty(folder: Path) -> None:
    os.truncate(folder / WEIGHTS, 0)


def pointer(folder: Path) -> None:
    (folder / WEIGHTS).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    )


def tensor_elsewhere(folder: Path) -> None:
    shard(folder)
    index = json.loads((folder / INDEX).read_text())
    index["weight_map"]["model.more.weight"] = "model-00001-of-00002.safetensors"
    (folder / INDEX).write_text(json.dumps(index))


def index_without_a_map(folder: Path) -> None:
    shard(folder)
    (folder / INDEX).write_text('{"weight_map": []}')


def index_that_leads_out(folder: Path) -> None:
    """Only names count: a path of a stranger's is not followed."""
    shard(folder)
    index = json.loads((folder / INDEX).read_text())
    index["weight_map"]["model.norm.weight"] = "../../other.safetensors"
    (folder / INDEX).write_text(json.dumps(index))


def endless_index(folder: Path) -> None:
    shard(folder)
    os.truncate(folder / INDEX, MAX_INDEX_BYTES + 1)


def older_format(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")


def without(*names: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def config(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "config.json").write_text(text)

    return write


def of_another(**values: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        change_config(folder, values)

    return change


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a shard is missing": (missing_shard, r"lacks 1 of the 2 files.*model-00002-of-00002"),
    "cut off": (cut_off, r"model\.safetensors is no whole safetensors file, at 100000 bytes"),
    "cut off early": (cut_off_in_its_header, "no whole safetensors file, at 5 bytes"),
    "empty": (empty, "no whole safetensors file, at 0 bytes"),
    "not fetched by git-lfs": (pointer, "git lfs pull"),
    "not as indexed": (tensor_elsewhere, r"has no tensor model\.more\.weight"),
    "an index of nothing": (index_without_a_map, "has no weight_map"),
    "an index that leads out": (index_that_leads_out, r"1 of the 3 files.*other\.safetensors"),
    "an endless index": (endless_index, "this is no such file"),
    "older format": (older_format, r"pytorch_model\.bin.*to be converted"),
    "no config": (without("config.json"), r"config\.json is missing"),
    "a config that is cut": (config('{"architectures": ['), "is not JSON"),
    "a config that is a list": (config("[]"), "not a JSON object"),
    "a deep config": (config("[" * 100_000), "is not JSON"),
    "no tokens": (without("tokenizer.json"), r"tokenizer\.json, or vocab\.json with merges\.txt"),
    "no image processor": (without("preprocessor_config.json"), "how pixels are normalised"),
    "no template": (without("chat_template.jinja"), r"no chat template \(chat_template\.jinja\)"),
    "other embeddings": (of_another(hidden_size=128), r"embed_tokens\.weight is \(\d+, 128\)"),
    "more words": (of_another(vocab_size=152064), r"\(152064, 64\), in the weights \(\d+, 64\)"),
    "more layers": (of_another(num_hidden_layers=28), "layers are 28, in the weights 2"),
    "wider layers": (of_another(intermediate_size=18944), r"gate_proj\.weight is \(18944, 64\)"),
    "another eye": (of_another(vision_config={"depth": 32}), "blocks are 32, in the weights 2"),
    "a wider eye": (of_another(vision_config={"hidden_size": 1280}), r"is \(1280,\)"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_broken_is_named(folder: Path, name: str) -> None:
    damage, said = DAMAGE[name]
    damage(folder)
    with pytest.raises(CheckpointBroken, match=said) as refused:
        find_weights(spec_of(folder))
    assert str(folder) in str(refused.value)


@pytest.mark.parametrize(
    "holder", ["chat_template.json", "tokenizer_config.json", "processor_config.json"]
)
def test_a_chat_template_is_looked_for_in_older_places(folder: Path, holder: str) -> None:
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").unlink()
    file = folder / holder
    content = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**content, "chat_template": template}))
    assert found(folder).warnings == ()


def test_packed_weights_are_not_measured(folder: Path) -> None:
    def pack(tensors: Tensors) -> Tensors:
        name = "model.layers.0.mlp.gate_proj.weight"
        return {**tensors, name: torch.zeros(8, 8, dtype=torch.int32)}

    change_tensors(folder, pack)
    assert found(folder).warnings == ()


def test_weights_come_with_what_was_found(folder: Path) -> None:
    change_config(folder, {"tie_word_embeddings": None})
    extras = EngineExtras(hf_overrides={"rms_norm_eps": 1e-5})
    weights = find_weights(spec_of(folder, engine=extras))
    assert weights.overrides == {"rms_norm_eps": 1e-5, **BOTH}
    assert len(weights.warnings) == 1
