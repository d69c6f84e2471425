"""Where tokens stand in time and space (M-RoPE), as Qwen's models were trained."""

from __future__ import annotations

from typing import Any


def count_on_from_the_media(model: Any) -> None:
    """Let the text after a clip begin behind the clip's last position, on any of the three axes.

    So say transformers' own documentation of ``get_rope_index``, Qwen's training code and vLLM.
    transformers 5.3 to 5.19 begins behind the last row or column of a frame instead: the question
    then stands before the end of a clip that is longer in seconds than wide in cells.
    """
    original = model.get_rope_index

    def get_rope_index(input_ids: Any, mm_token_type_ids: Any, **features: Any) -> tuple[Any, Any]:
        positions, offsets = original(input_ids, mm_token_type_ids=mm_token_type_ids, **features)
        assert input_ids.shape[0] == 1, "one question at a time"
        after = int(mm_token_type_ids[0].nonzero().max()) + 1
        if after < positions.shape[-1]:
            missing = positions[..., :after].max() + 1 - positions[0, 0, after]
            positions[..., after:] += missing.clamp(min=0)
        return positions, offsets.fill_(positions.max() + 1 - input_ids.shape[1])

    model.get_rope_index = get_rope_index
