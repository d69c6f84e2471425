"""Baselines, on the real decoder: fitted to a training part, run on a test part."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection
from typer.testing import CliRunner, Result

from worker.cli.main import app
from worker.demo.pictures import clip, picture
from worker.domain.failure import Reason
from worker.drawn.video import write_video
from worker.evaluation.baselines.features import TooLittle
from worker.evaluation.baselines.fit import FitInvalid, fit_linear, load_fit
from worker.evaluation.baselines.image_encoder import ImageEncoder, ImageEncoderUnusable
from worker.evaluation.baselines.residual import Residual
from worker.evaluation.baselines.second_order import SecondOrder, second_order_spread
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import load_manifest

COUNT = 24


def ivy(*arguments: str | Path) -> Result:
    words = ["eval", *(str(argument) for argument in arguments)]
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, words)


def upsampled(rng: np.random.Generator) -> np.ndarray:
    """As a generator's last layer leaves it: each pixel four times."""
    small = picture(rng, float(rng.uniform(-0.5, 0.5)), 80, 64)
    return small.repeat(2, axis=0).repeat(2, axis=1)


def photo(rng: np.random.Generator) -> np.ndarray:
    return picture(rng, float(rng.uniform(-0.5, 0.5)), 160, 128)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures whose fakes are up-sampled, in two generators; and a training and a test part."""
    folder = tmp_path_factory.mktemp("set")
    rng = np.random.default_rng(8)
    for split, count in (("train", COUNT), ("test", 10)):
        for number in range(count):
            name = ("nearest-gan", "other-gan")[number % 2]
            for place, pixels in (
                (folder / split / "real" / "camera", photo(rng)),
                (folder / split / "fake" / name, upsampled(rng)),
            ):
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(place / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of few and random parameters: random features, on which a linear model works."""
    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    config = CLIPVisionConfig(
        hidden_size=64,
        intermediate_size=128,
        projection_dim=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=64,
        patch_size=8,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    size = {"shortest_edge": 64}
    CLIPImageProcessor(size=size, crop_size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def fitted(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("fits") / "residual.json"
    ended = ivy("fit", "residual", media, "--split", "train", "--to", to)
    assert ended.exit_code == 0, ended.output
    assert f"image: {COUNT} real and {COUNT} fake" in ended.output
    return to


def test_residuals_find_what_up_sampling_leaves(media: Path, fitted: Path, tmp_path: Path) -> None:
    to = tmp_path / "run"
    ended = ivy("run", media, "--split", "test", "--to", to, "--detector", f"baseline:{fitted}")
    assert ended.exit_code == 0, ended.output
    outcomes = list(read_outcomes(to))
    assert len(outcomes) == 20
    assert all(one.correct for one in outcomes)
    assert {one.form for one in outcomes} == {"verdict_first"}
    identity = load_manifest(to).model
    assert (identity.id, identity.revision) == ("baseline/residual", load_fit(fitted).revision)
    ended = ivy("report", to, "--json", "--resamples", "100")
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["sections"][0]["overall"]["auc"]["value"] == 1.0
    # After a JPEG the cells are no more of one colour: the same run tells what that costs.
    asked = ("run", media, "--split", "test", "--to", tmp_path / "jpeg")
    ended = ivy(*asked, "--detector", f"baseline:{fitted}", "--variant", "jpeg-30")
    assert ended.exit_code == 0, ended.output
    ended = ivy("report", tmp_path / "jpeg", "--json", "--resamples", "100")
    (row,) = json.loads(ended.stdout)["sections"][0]["variations"]
    assert (row["variant"], row["pairs"]) == ("jpeg-30", 20)


def test_what_was_fitted_to_is_not_measured_on(media: Path, fitted: Path, tmp_path: Path) -> None:
    to = tmp_path / "run"
    ended = ivy("run", media, "--to", to, "--detector", f"baseline:{fitted}")
    assert ended.exit_code == 2
    assert f"{2 * COUNT} media of this set are among those" in ended.output
    assert not to.exists()
    # By content: another name does not help.
    one = next((media / "train" / "real" / "camera").iterdir())
    place = tmp_path / "other" / "real"
    place.mkdir(parents=True)
    (place / "renamed.png").write_bytes(one.read_bytes())
    ended = ivy("run", tmp_path / "other", "--to", to, "--detector", f"baseline:{fitted}")
    assert ended.exit_code == 2
    assert "renamed.png" in ended.output


def test_the_same_set_gives_the_same_fit_and_a_generator_is_left_out(
    media: Path, fitted: Path, tmp_path: Path
) -> None:
    again, less = tmp_path / "again.json", tmp_path / "less.json"
    asked = ("fit", "residual", media, "--split", "train", "--to")
    assert ivy(*asked, again).exit_code == 0
    assert load_fit(again).revision == load_fit(fitted).revision
    ended = ivy(*asked, less, "--leave-out", "other-gan")
    assert ended.exit_code == 2
    assert f"{COUNT} real and {COUNT // 2} fake: of each label 20 are needed" in ended.output
    ended = ivy(*asked, less, "--leave-out", "Sora")
    assert ended.exit_code == 2
    assert "is none of its sources: camera, nearest-gan, other-gan" in ended.output


def test_a_linear_model_by_hand() -> None:
    rng = np.random.default_rng(0)
    fake = np.arange(200) % 2 == 1
    features = np.column_stack([rng.normal(fake * 2.0, 1), rng.normal(5, 3, 200), np.ones(200)])
    fit = fit_linear(features, fake, 0)
    assert 0.85 < fit.auc < 0.99
    assert abs(fit.weights[1]) < abs(fit.weights[0])
    middle = fit.probability(np.array([1.0, 5.0, 1.0]))
    assert middle == pytest.approx(0.5, abs=0.15)
    assert fit.probability(np.array([9.0, 5.0, 1.0])) > 0.95
    assert 0 < fit.probability(np.array([1e9, 0.0, 0.0])) < 1
    with pytest.raises(FitInvalid, match="of each label 20 are needed"):
        fit_linear(features[:20], fake[:20], 0)


def test_residuals_of_what_is_flat_small_or_odd() -> None:
    source = Residual()
    with pytest.raises(TooLittle):
        source.of(np.zeros((1, 16, 200, 3), dtype=np.uint8))
    flat = source.of(np.full((2, 33, 47, 3), 128, dtype=np.uint8))
    assert np.isfinite(flat).all()
    rng = np.random.default_rng(1)
    large = source.of(photo(rng)[None])
    assert large.shape == flat.shape
    assert np.isfinite(large).all()


# ---------------------------------------------------------------- with an encoder


def test_a_probe_on_clip(media: Path, encoder: Path, tmp_path: Path) -> None:
    to = tmp_path / "clip.json"
    asked = ("fit", "clip", media, "--split", "train", "--to", to)
    ended = ivy(*asked)
    assert ended.exit_code == 2
    assert "--encoder" in ended.output
    ended = ivy(*asked, "--encoder", encoder)
    assert ended.exit_code == 0, ended.output
    made = load_fit(to)
    assert made.encoder is not None
    assert len(made.parts["image"].weights) == 48  # type: ignore[index]
    run = tmp_path / "run"
    on_test, chosen = ("run", media, "--split", "test", "--to"), ("--detector", f"baseline:{to}")
    ended = ivy(*on_test, run, *chosen)
    assert ended.exit_code == 0, ended.output
    assert all(one.score.value is not None for one in read_outcomes(run))
    other = tmp_path / "other"
    torch.manual_seed(1)
    model = CLIPVisionModelWithProjection.from_pretrained(encoder)
    with torch.no_grad():
        model.visual_projection.weight.add_(1.0)
    model.save_pretrained(other)
    CLIPImageProcessor.from_pretrained(encoder).save_pretrained(other)
    ended = ivy(*on_test, tmp_path / "x", *chosen, "--encoder", other)
    assert ended.exit_code == 2
    assert "was fitted with the weights" in ended.output


def test_an_encoder_is_never_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ImageEncoderUnusable, match=r"--encoder: there is no model in .*Nothing is"):
        ImageEncoder(tmp_path)


def test_second_order_differences_by_hand(encoder: Path) -> None:
    # Distances 1, 3, 2: their differences 2 and -1, whose standard deviation is 1.5.
    path = np.array([[0.0, 0], [1, 0], [1, 3], [3, 3]])
    assert second_order_spread(path) == pytest.approx(1.5)
    assert second_order_spread(np.linspace([0.0, 0], [4, 4], 9)) == pytest.approx(0.0)
    source = SecondOrder(ImageEncoder(encoder))
    rng = np.random.default_rng(2)
    still = np.repeat(photo(rng)[None], 8, axis=0)
    jumping = np.stack([photo(rng) for _ in range(8)])
    assert source.of(jumping)[0] > source.of(still)[0]
    with pytest.raises(TooLittle):
        source.of(still[:3])


def test_d3_ranks_clips_and_looks_at_no_pictures(encoder: Path, tmp_path: Path) -> None:
    """Real clips jump about, fakes glide: the premise of D3, drawn."""
    rng = np.random.default_rng(6)
    folder = tmp_path / "set"
    for split, count in (("train", 20), ("test", 5)):
        for number in range(count):
            for label in ("real", "fake"):
                place = folder / split / label / "some"
                place.mkdir(parents=True, exist_ok=True)
                frames = clip(rng, 0.2, 64, 64, 16, "gradient")
                if label == "real":
                    frames = frames[rng.permutation(16)]
                write_video(place / f"{number}.mp4", frames, "libx264")
    Image.fromarray(photo(rng)).save(folder / "test" / "real" / "some" / "still.png")
    to, run = tmp_path / "d3.json", tmp_path / "run"
    asked = ("fit", "d3", folder, "--split", "train", "--to", to, "--encoder", encoder)
    ended = ivy(*asked)
    assert ended.exit_code == 0, ended.output
    (linear,) = load_fit(to).parts.values()
    assert linear.weights[0] < 0  # a small spread speaks for a fake
    assert linear.auc > 0.9
    ended = ivy("run", folder, "--split", "test", "--to", run, "--detector", f"baseline:{to}")
    assert ended.exit_code == 0, ended.output
    outcomes = {one.path: one for one in read_outcomes(run)}
    still = outcomes.pop("test/real/some/still.png")
    assert still.failure is Reason.MEDIA_UNSUPPORTED
    assert "fitted to no images" in (still.problem or "")
    assert sum(one.correct for one in outcomes.values()) >= 8


# ---------------------------------------------------------------- files


def test_a_fit_that_was_tampered_with_or_is_older(
    media: Path, fitted: Path, tmp_path: Path
) -> None:
    told = json.loads(fitted.read_text())
    told["parts"]["image"]["weights"] = told["parts"]["image"]["weights"][:-1]
    (tmp_path / "short.json").write_text(json.dumps(told))
    asked = ("run", media, "--split", "test", "--to", tmp_path / "run", "--detector")
    ended = ivy(*asked, f"baseline:{tmp_path / 'short.json'}")
    assert ended.exit_code == 2
    assert "not of one length" in ended.output
    told = json.loads(fitted.read_text()) | {"features": "0"}
    (tmp_path / "old.json").write_text(json.dumps(told))
    ended = ivy(*asked, f"baseline:{tmp_path / 'old.json'}")
    assert ended.exit_code == 2
    assert "fit it anew" in ended.output
