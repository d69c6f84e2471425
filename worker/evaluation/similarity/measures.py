"""Two measures of how near two texts are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from worker.evaluation.similarity.encoder import Encoder, Vectors

Own = npt.NDArray[np.bool_]
"""Which tokens are the text's, and not the encoder's marks of its ends."""

Encoded = tuple[Vectors, Own]

Measure = Callable[[Encoded, Encoded], float]
"""Of the annotator's text and the model's."""

DIGITS = 6


def sentence_similarity(gold: Encoded, said: Encoded) -> float:
    """Cosine of both texts' mean vectors, special tokens included, from -1 to 1.

    As Sentence-BERT's models with mean pooling are used (Reimers and Gurevych, 2019).
    """
    one, other = (vectors.mean(axis=0) for vectors, _ in (gold, said))
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return round(float(one @ other) / norm, DIGITS) if norm else 0.0


def bertscore(gold: Encoded, said: Encoded) -> float:
    """BERTScore's F1, without weights of words and without rescaling (Zhang et al., 2020).

    Recall is the mean, over the tokens of the annotator's text, of the largest cosine with any
    token of the model's; precision the other way round. Marks of a text's ends are not counted, and
    yet may be the nearest, as in the authors' own package.
    """
    cosines = _unit(gold[0]) @ _unit(said[0]).T
    if not gold[1].any() or not said[1].any():
        return 0.0
    recall = float(cosines.max(axis=1)[gold[1]].mean())
    precision = float(cosines.max(axis=0)[said[1]].mean())
    whole = precision + recall
    return round(2 * precision * recall / whole, DIGITS) if whole > 0 else 0.0


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def measured(encoder: Encoder, measure: Measure, gold: str, said: str) -> float:
    """Of one pair."""
    one, other = encoder.encode([gold, said])
    return measure(one, other)
