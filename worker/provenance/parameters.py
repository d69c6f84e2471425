"""What image generators note of a run. The tool and the model are told, the prompt never is.

Sources: AUTOMATIC1111's webui (``modules/infotext_utils.py``, ``modules/images.py``), ComfyUI
(``nodes.py``: SaveImage) and its VideoHelperSuite, InvokeAI (``invokeai_metadata``; ``sd-metadata``
and ``Dream`` before version 3), NovelAI's own files, Fooocus and SwarmUI (JSON as ``parameters``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from worker.domain.provenance import ProvenanceSignal, Says, SignalKind, Strength
from worker.provenance.text import clean, parse_object

Texts = Mapping[str, str]
"""Keys are in lower case: Matroska's writers put them in capitals."""


class Run(NamedTuple):
    """A run of a generator."""

    tool: str | None
    """Our own name for it; None where it does not say."""
    model: str | None = None


STEPS = "Steps: "
STEPS_LINE = re.compile(r"Steps: \d{1,5}(?:,|\s|$)")
STEPS_LENGTH = 4096
"""A1111's last line is read so far; it lists extensions' settings, too."""
STEPS_KEYS = ("parameters", "usercomment", "imagedescription", "comment")
MODEL = re.compile(r'(?:^|, )Model: ("(?:[^"\\\n]|\\.){1,200}"|[^,\n"]{1,200})')
"""In JSON's quotes where it has a comma or a colon."""
PROGRAM = re.compile(r"(?:^|, )(?:App|Version): ([\w. -]{1,40})")

DREAM = re.compile(r"\s-[sSWHCA] ?\d{1,10}\b")
"""Options of InvokeAI's first command line, after the prompt."""

GRAPH = re.compile(r'"class_type"\s{0,4}:')
GRAPH_KEYS = ("prompt", "workflow")
WRAPPERS = ("comment", "usercomment", "imagedescription")
"""Texts in which a ComfyUI graph stands one level down."""
LOADERS = ("ckpt_name", "unet_name", "model_name")
"""Inputs of ComfyUI's loaders that name the model, the checkpoint first."""
MAX_NODES = 2000
"""Of a ComfyUI graph that are searched for a loader."""


def read_parameters(texts: Texts) -> Iterator[ProvenanceSignal]:
    """One signal for the first generator that the texts tell of."""
    for reader in (_comfyui, _invokeai, _novelai, _json_parameters, _a1111, _titled):
        run = reader(texts)
        if run is not None:
            yield ProvenanceSignal(
                kind=SignalKind.GENERATION_PARAMETERS,
                says=Says.AI_GENERATED,
                strength=Strength.UNSIGNED,
                detail="carries the parameters of a generation; the prompt is not passed on",
                generator=run.tool,
                model=run.model,
            )
            return


def _comfyui(texts: Texts) -> Run | None:
    for graph in _graphs(texts):
        nodes = list(graph.values())[:MAX_NODES]
        if any(isinstance(node, dict) and "class_type" in node for node in nodes):
            return Run("ComfyUI", _loaded(nodes))
        if isinstance(graph.get("nodes"), list) and "links" in graph:
            return Run("ComfyUI")
    cut = any(GRAPH.search(texts.get(key, "")) for key in GRAPH_KEYS)
    return Run("ComfyUI") if cut else None


def _graphs(texts: Texts) -> Iterator[dict[str, object]]:
    for key in GRAPH_KEYS:
        yield parse_object(texts.get(key, ""))
    for wrapper in WRAPPERS:
        wrapped = parse_object(texts.get(wrapper, ""))
        for key in GRAPH_KEYS:
            inner = wrapped.get(key)
            graph = parse_object(inner) if isinstance(inner, str) else inner
            if isinstance(graph, dict):
                yield graph


def _loaded(nodes: list[object]) -> str | None:
    inputs = [
        node["inputs"]
        for node in nodes
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    ]
    for name in LOADERS:
        for given in inputs:
            if isinstance(given.get(name), str):
                return _file_name(given[name])
    return None


def _invokeai(texts: Texts) -> Run | None:
    for key in ("invokeai_metadata", "sd-metadata"):
        found = parse_object(texts.get(key, ""))
        if found:
            model = found.get("model")
            if isinstance(model, dict):
                model = model.get("name") or model.get("model_name")
            return Run("InvokeAI", _file_name(found.get("model_weights") or model))
    dreamt = DREAM.search(texts.get("dream", "")) is not None
    return Run("InvokeAI") if dreamt or "invokeai_graph" in texts else None


def _novelai(texts: Texts) -> Run | None:
    if texts.get("software", "").strip() != "NovelAI":
        return None
    return Run("NovelAI", clean(texts.get("source")))


def _json_parameters(texts: Texts) -> Run | None:
    for key in ("parameters", "usercomment"):
        found = parse_object(texts.get(key, ""))
        swarm = found.get("sui_image_params")
        if isinstance(swarm, dict):
            return Run("SwarmUI", _file_name(swarm.get("model")))
        if "fooocus_scheme" in texts or "base_model_hash" in found:
            return Run("Fooocus", _file_name(found.get("base_model")))
    return None


def _a1111(texts: Texts) -> Run | None:
    for key in STEPS_KEYS:
        text = texts.get(key, "")
        # The last such line: the prompt comes before it and may hold anything.
        at = text.rfind("\n" + STEPS) + 1
        if not STEPS_LINE.match(text, at):
            continue
        line = text[at : at + STEPS_LENGTH].partition("\n")[0]
        found = MODEL.search(line)
        model = found[1] if found else ""
        if model.startswith('"'):
            model = str(parse_object(f'{{"model": {model}}}').get("model", ""))
        programs = " ".join(PROGRAM.findall(line))
        tool = next((name for name in ("ComfyUI", "SD.Next") if name in programs), "AUTOMATIC1111")
        return Run(tool, _file_name(model))
    return None


def _titled(texts: Texts) -> Run | None:
    """NovelAI's title, which other programs copy."""
    generated = texts.get("title", "").strip().lower() == "ai generated image"
    return Run(None) if generated else None


def _file_name(value: object) -> str | None:
    """A model without the folders of somebody's disk."""
    return clean(re.split(r"[/\\]", value)[-1]) if isinstance(value, str) else None
