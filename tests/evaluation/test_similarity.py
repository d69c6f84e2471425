"""Similarities by a real encoder, of few and random parameters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizerFast
from typer.testing import CliRunner, Result

from tests.evaluation.made import drawn, manifest
from worker.cli.main import app
from worker.evaluation.columns import read_columns
from worker.evaluation.journal import Journal
from worker.evaluation.similarity.encoder import Encoder, EncoderUnusable
from worker.evaluation.similarity.measures import bertscore, measured, sentence_similarity

WORDS = ["the", "skin", "looks", "is", "waxy", "hand", "has", "six", "fingers", "."]


def make_encoder(folder: Path, seed: int = 0) -> Path:
    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=66,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("encoders") / "one")


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return Encoder(folder, "--sentence-model")


@pytest.mark.parametrize("measure", [sentence_similarity, bertscore])
def test_a_text_is_nearest_to_itself(encoder: Encoder, measure: object) -> None:
    gold = "the skin looks waxy ."
    same = measured(encoder, measure, gold, gold)  # type: ignore[arg-type]
    near = measured(encoder, measure, gold, "the skin is waxy .")  # type: ignore[arg-type]
    far = measured(encoder, measure, gold, "six fingers has")  # type: ignore[arg-type]
    assert same == pytest.approx(1.0, abs=1e-5)
    assert same > near > far


def test_bertscore_by_hand() -> None:
    gold = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32), np.array([True, True, False])
    said = np.array([[2, 0], [1, -1]], dtype=np.float32), np.array([True, False])
    # Recall: (1 + 0) / 2, for the second token is at 0 to the first, and below 0 to the other one.
    # Precision: 1, for only the first token of the model's counts, and equals the first of gold.
    assert bertscore(gold, said) == pytest.approx(2 * 1 * 0.5 / 1.5, abs=1e-6)
    nothing = np.zeros((1, 2), dtype=np.float32) + 1, np.array([False])
    assert bertscore(gold, nothing) == 0.0


def test_padding_changes_nothing_and_long_texts_are_cut(encoder: Encoder) -> None:
    short, long = "waxy skin", " ".join(WORDS * 20)
    alone = encoder.encode([short])[0]
    beside = encoder.encode([short, long])
    assert alone[0] == pytest.approx(beside[0][0], abs=1e-5)
    assert beside[0][1].tolist() == [False, True, True, False]
    assert len(beside[1][0]) == 64


def test_what_is_no_encoder(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(EncoderUnusable, match=r"--bertscore-model: there is no model in .*nowhere"):
        Encoder(tmp_path / "nowhere", "--bertscore-model")
    with pytest.raises(EncoderUnusable, match="has 3 layers, and no 9th"):
        Encoder(folder, "--bertscore-model", 9)
    assert Encoder(folder, "--bertscore-model", 2).layer == 2


def ivy(*arguments: str | Path) -> Result:
    words = ["eval", *(str(argument) for argument in arguments)]
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, words)


def test_columns_of_a_run_and_by_which_encoder(tmp_path: Path, folder: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    manifest(20).save(run)
    with Journal(run) as journal:
        journal.append(drawn(20))
    assert ivy("similarity", run).exit_code == 2
    ended = ivy("similarity", run, "--sentence-model", tmp_path / "none")
    assert ended.exit_code == 2
    assert "Nothing is downloaded" in ended.output
    both = ("--sentence-model", folder, "--bertscore-model", folder, "--layer", "2")
    ended = ivy("similarity", run, *both)
    assert ended.exit_code == 0, ended.output
    before = read_columns(run)
    assert {name: len(column) for name, column in before.items()} == {"sentence_sim": 20, "sim": 20}
    ended = ivy("report", run, "--json", "--resamples", "100")
    section = json.loads(ended.stdout)["sections"][0]
    assert {one["column"] for one in section["explained"]} == {"rouge_l", "sentence_sim", "sim"}
    assert "sim: BERTScore's F1" in section["explained_notes"][1]
    assert "layer 2" in section["explained_notes"][1]
    other = make_encoder(tmp_path / "other", seed=1)
    assert ivy("similarity", run, "--bertscore-model", other).exit_code == 0
    after = read_columns(run)
    assert after["sentence_sim"] == before["sentence_sim"]
    assert after["sim"] != before["sim"]
