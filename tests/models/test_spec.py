from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from tests.support.checkpoints import change_tensors, copy_checkpoint, spec_of
from worker.domain.media import MediaKind
from worker.models.spec import EngineExtras, SpecInvalid, load_spec, shipped, version_of
from worker.models.weights import WeightsMissing, find_weights


def test_every_shipped_spec_loads() -> None:
    assert {"ivy-fake", "ivy-fake-paper", "tiny"} < set(shipped())
    for name in shipped():
        assert load_spec(name).golden


def test_the_media_stands_before_the_question_and_the_system_prompt_first() -> None:
    system, user = load_spec("ivy-fake").prompt.messages(MediaKind.VIDEO)
    assert system["role"] == "system"
    assert [part["type"] for part in user["content"]] == ["video", "text"]
    assert user["content"][1]["text"] == "Is this video real or fake?"


def test_the_papers_prompt_is_another_version_of_the_same_model() -> None:
    card, paper = load_spec("ivy-fake"), load_spec("ivy-fake-paper")
    assert card.source == paper.source
    assert version_of(card.prompt) != version_of(paper.prompt)
    assert paper.prompt.system is not None
    assert "must begin with <think>\n and end with </conclusion>." in paper.prompt.system
    assert paper.prompt.system.endswith("choose the most likely class.")


def test_a_version_changes_with_what_it_names() -> None:
    prompt = load_spec("tiny").prompt
    assert version_of(prompt) == version_of(prompt.model_copy())
    assert version_of(prompt) != version_of(prompt.model_copy(update={"image": "Well?"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (": [", "not YAML"),
        ("id: x", "not valid"),
        ("[]", "not valid"),
        (None, "neither one of .*ivy-fake"),
    ],
)
def test_a_spec_that_cannot_be_used_says_why(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "mine.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecInvalid, match=said):
        load_spec(str(file))


def test_weights_in_a_folder_are_known_by_every_byte(tmp_path: Path) -> None:
    folder = copy_checkpoint(tmp_path / "weights")
    first = find_weights(spec_of(folder)).revision
    assert find_weights(spec_of(folder)).revision == first
    change_tensors(folder, lambda tensors: {**tensors, "model.more": torch.zeros(1)})
    assert find_weights(spec_of(folder)).revision != first


def test_fields_of_a_recipe_that_are_newer_leave_older_versions_alone() -> None:
    older = load_spec("ivy-fake").recipe
    assert "even" not in older.model_dump_json()
    newer = load_spec("qwen3-vl-4b-instruct").recipe
    assert newer.model_validate_json(newer.model_dump_json()) == newer
    assert newer.sampling.even is False


def test_arguments_of_the_engine_are_a_closed_set() -> None:
    extras = EngineExtras(hf_overrides={"a": 1}, attention_backend="FLASH_ATTN")
    assert extras.arguments == {"attention_backend": "FLASH_ATTN"}
    with pytest.raises(ValidationError, match="trust_remote_code"):
        EngineExtras.model_validate({"trust_remote_code": True})


def test_a_base_models_notice_says_that_it_was_not_trained_for_this() -> None:
    for name in shipped():
        spec = load_spec(name)
        if spec.id.startswith("Qwen/"):
            assert "not trained to tell AI-generated media from real ones" in (spec.notice or "")


def test_weights_that_are_nowhere_say_what_to_check() -> None:
    spec = load_spec("tiny").model_copy(update={"source": "nobody/no-such-model"})
    with pytest.raises(WeightsMissing, match=r"model\.source.*HF_TOKEN"):
        find_weights(spec)
