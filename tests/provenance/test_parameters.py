"""Files as each generator writes them. The prompt is in all of them, and must come out of none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from PIL import Image

from tests.provenance.carriers import png, small, tagged_video, with_exif
from worker.domain.provenance import Indication, Says, SignalKind, Strength
from worker.provenance.reader import read_provenance

SECRET = "a castle that nobody knows of"

INFOTEXT = (
    f"{SECRET}, Steps: 1, Model: not this\nNegative prompt: {SECRET}\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: 6ce0161689, "
    "Model: v1-5-pruned-emaonly, Version: v1.10.1"
)
GRAPH = json.dumps(
    {
        "3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["4", 0]}},
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "SDXL\\juggernaut.safetensors"},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": SECRET}},
    }
)
WORKFLOW = json.dumps(
    {"nodes": [{"type": "CLIPTextEncode", "widgets_values": [SECRET]}], "links": []}
)
INVOKE = json.dumps(
    {
        "generation_mode": "txt2img",
        "positive_prompt": SECRET,
        "model": {"key": "k", "name": "dreamshaper-8", "base": "sd-1"},
        "app_version": "5.0.0",
    }
)
OLD_INVOKE = json.dumps(
    {
        "model": "stable diffusion",
        "model_weights": "stable-diffusion-1.5",
        "app_id": "invoke-ai/InvokeAI",
        "image": {"prompt": [{"prompt": SECRET}]},
    }
)
NOVELAI = {
    "Title": "AI generated image",
    "Description": SECRET,
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4 37442FCA",
    "Comment": json.dumps({"prompt": SECRET, "steps": 28}),
}
SWARM = json.dumps({"sui_image_params": {"prompt": SECRET, "model": "flux/dev.safetensors"}})
FOOOCUS = json.dumps({"prompt": SECRET, "base_model": "juggernautXL_v8", "base_model_hash": "aa"})


def user_comment(text: str, order: str) -> bytes:
    return b"UNICODE\0" + text.encode(order)


@pytest.mark.parametrize(
    "make", [png, lambda t: png(t, compressed=True), lambda t: png(t, late=True)]
)
@pytest.mark.parametrize(
    ("texts", "tool", "model"),
    [
        ({"parameters": INFOTEXT}, "AUTOMATIC1111", "v1-5-pruned-emaonly"),
        ({"parameters": INFOTEXT.replace("v1.10.1", "ComfyUI")}, "ComfyUI", "v1-5-pruned-emaonly"),
        ({"parameters": INFOTEXT.replace("Model: v1-5", 'Model: "a, b\\"c" , x: v1-5')},
         "AUTOMATIC1111", 'a, b"c'),
        ({"parameters": "Steps: 4, Sampler: LCM"}, "AUTOMATIC1111", None),
        ({"prompt": GRAPH, "workflow": WORKFLOW}, "ComfyUI", "juggernaut.safetensors"),
        ({"workflow": WORKFLOW}, "ComfyUI", None),
        ({"invokeai_metadata": INVOKE}, "InvokeAI", "dreamshaper-8"),
        ({"sd-metadata": OLD_INVOKE, "Dream": "x"}, "InvokeAI", "stable-diffusion-1.5"),
        ({"Dream": f'"{SECRET}" -s 50 -S 42 -W 512 -H 512 -C 7.5'}, "InvokeAI", None),
        (NOVELAI, "NovelAI", "NovelAI Diffusion V4 37442FCA"),
        ({"Title": "AI generated image"}, None, None),
        ({"parameters": SWARM}, "SwarmUI", "dev.safetensors"),
        ({"parameters": FOOOCUS, "fooocus_scheme": "fooocus"}, "Fooocus", "juggernautXL_v8"),
        ({"parameters": INFOTEXT + " \u9f8d"}, "AUTOMATIC1111", "v1-5-pruned-emaonly"),
    ],
)  # fmt: skip
def test_text_chunks_of_each_generator(
    texts: dict[str, str],
    tool: str | None,
    model: str | None,
    make: Callable[[dict[str, str]], bytes],
) -> None:
    found = read_provenance(make(texts), "image/png")
    (signal,) = found.signals
    assert signal.kind is SignalKind.GENERATION_PARAMETERS
    assert signal.says is Says.AI_GENERATED
    assert signal.strength is Strength.UNSIGNED
    assert (signal.generator, signal.model) == (tool, model)
    assert "castle" not in found.model_dump_json()
    assert found.indication is Indication.AI_GENERATED


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize(
    ("form", "mime"), [("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("AVIF", "image/avif")]
)
def test_exif_as_a1111_writes_it(form: str, mime: str, order: str) -> None:
    data = with_exif(form, {0x013B: "me"}, {0x9286: user_comment(INFOTEXT, order)})
    found = read_provenance(data, mime)
    assert [signal.model for signal in found.signals] == ["v1-5-pruned-emaonly"]
    assert "castle" not in found.model_dump_json()


def test_comfyui_in_the_exif_of_a_webp() -> None:
    data = with_exif("WEBP", {0x010F: f"workflow:{WORKFLOW}", 0x0110: f"prompt:{GRAPH}"})
    found = read_provenance(data, "image/webp")
    assert [signal.generator for signal in found.signals] == ["ComfyUI"]
    assert found.signals[0].model == "juggernaut.safetensors"
    assert "castle" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("mov", "libx264", "video/quicktime"),
        ("matroska", "libx264", "video/x-matroska"),
        ("webm", "libvpx-vp9", "video/webm"),
    ],
)
@pytest.mark.parametrize(
    "tags",
    [
        {"prompt": GRAPH, "workflow": WORKFLOW},
        {"comment": json.dumps({"prompt": GRAPH, "workflow": json.loads(WORKFLOW)})},
    ],
)
def test_comfyui_in_a_video(tags: dict[str, str], container: str, codec: str, mime: str) -> None:
    found = read_provenance(tagged_video(container, codec, tags), mime)
    assert [signal.generator for signal in found.signals] == ["ComfyUI"]
    assert "castle" not in found.model_dump_json()


@pytest.mark.parametrize(
    "texts",
    [
        {"prompt": SECRET},
        {"parameters": f"{SECRET} Steps: 20, Sampler"},
        {"workflow": '{"steps": ["draw", "ink"]}'},
        {"Software": "GIMP 2.10", "Comment": "Created with GIMP"},
        {"Dream": "a dream -so to speak"},
        {"Title": "not an AI generated image"},
    ],
)
def test_what_is_no_generators_is_no_signal(texts: dict[str, str]) -> None:
    assert read_provenance(png(texts), "image/png").signals == ()


@pytest.mark.parametrize(
    ("software", "generator"),
    [
        ("Adobe Firefly 1.0", "Adobe Firefly"),
        ("Midjourney v6", "Midjourney"),
        ("OpenAI DALL·E 3", "OpenAI"),
        ("made by stable diffusion", "stable diffusion"),
    ],
)
def test_a_generator_as_the_program(software: str, generator: str) -> None:
    for data, mime in (
        (png({"Software": software}), "image/png"),
        (with_exif("TIFF", {0x0131: software.replace("·", "-")}), "image/tiff"),
    ):
        (signal,) = read_provenance(data, mime).signals
        assert signal.kind is SignalKind.GENERATOR_NAMED
        assert signal.says is Says.AI_GENERATED
        assert signal.generator == generator


@pytest.mark.parametrize(
    ("remark", "says"),
    [
        ("Made with Google AI", Says.AI_GENERATED),
        ("This was generated by Midjourney", Says.AI_GENERATED),
        ("AI-generated image of a dog", Says.AI_GENERATED),
        ("由AI生成", Says.AI_GENERATED),
        ("Edited with Google AI", Says.AI_EDITED),
        ("A talk about Midjourney at the town hall", None),
        ("This is not an AI-generated image, no AI-generated image at all", None),
        ("Certified: not made with AI", None),
        ("非AI生成", None),
        ("Made with love", None),
    ],
)
def test_a_remark_that_discloses(remark: str, says: Says | None) -> None:
    found = read_provenance(png({"Description": remark}), "image/png")
    assert [signal.says for signal in found.signals] == ([says] if says else [])


def test_groks_signature() -> None:
    main = {
        0x013B: "0f8fad5b-d9cb-469f-a165-70867728950e",
        0x010E: "Signature: " + "Ab+/" * 40 + "=",
    }
    (signal,) = read_provenance(with_exif("JPEG", main), "image/jpeg").signals
    assert signal.generator == "xAI Grok"
    alone = read_provenance(with_exif("JPEG", {0x010E: main[0x010E]}), "image/jpeg")
    assert alone.signals == ()


def test_a_graph_too_long_to_parse_is_known_all_the_same() -> None:
    graph = json.dumps({"1": {"class_type": "Note", "inputs": {"text": SECRET * 60_000}}})
    (signal,) = read_provenance(png({"prompt": graph}, compressed=True), "image/png").signals
    assert signal.generator == "ComfyUI"


def test_a_prompt_in_every_field_comes_out_of_none() -> None:
    packed = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif[0x013B] = SECRET
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + INFOTEXT.encode()
    small().save(packed, "JPEG", exif=exif, comment=SECRET)
    found = read_provenance(packed.getvalue(), "image/jpeg")
    assert found.signals
    assert "castle" not in found.model_dump_json()
