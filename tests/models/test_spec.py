from __future__ import annotations

from pathlib import Path

import pytest

from worker.domain.media import MediaKind
from worker.models.spec import SpecInvalid, load_spec, shipped, version_of
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
    spec = load_spec("tiny").model_copy(update={"source": str(tmp_path)})
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = find_weights(spec).revision
    assert find_weights(spec).revision == first
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert find_weights(spec).revision != first


def test_weights_that_are_nowhere_say_what_to_check() -> None:
    spec = load_spec("tiny").model_copy(update={"source": "nobody/no-such-model"})
    with pytest.raises(WeightsMissing, match=r"model\.source.*HF_TOKEN"):
        find_weights(spec)
