"""A byte-level BPE tokenizer that behaves like Qwen2.5's where it matters, written by hand."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2Tokenizer

CONTROL_TOKENS = [
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>"),
    *("<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
]
"""Qwen2.5's, in its order."""

WORDS = [
    # As in the real vocabulary, "real" and "fake" are one token each, and ">" never joins them.
    *("real", "fake", "con", "clusion", "think", "</", "the", "image", "video"),
    *("user", "assistant", "system", "Ġis", "Ġthe", "Ġa", "Ġimage", "Ġvideo", "Ġreal", "Ġfake"),
    *("This", "Ġmostly", "Ġpartly", "Ġred", "Ġblue"),
    *("ĠChromatic", "ĠIrregularity", "Ġhue", "Ġunnatural"),
]
"""Each becomes one token, merged from left to right; "Ġ" is a space in front, as GPT-2 has it."""

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Qwen2.5-VL's format, without its default system prompt."""


def make_tokenizer(words: Sequence[str] = WORDS) -> Qwen2Tokenizer:
    """256 bytes, the merges of ``words``, the control tokens: some 400 tokens."""
    vocabulary = {symbol: number for number, symbol in enumerate(sorted(ByteLevel.alphabet()))}
    merges: list[tuple[str, str]] = []
    for word in words:
        left = word[0]
        for right in word[1:]:
            if (left, right) not in merges:
                merges.append((left, right))
                vocabulary.setdefault(left + right, len(vocabulary))
            left += right
    tokenizer = Qwen2Tokenizer(
        vocab=vocabulary,
        merges=merges,
        unk_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=CONTROL_TOKENS,
        model_max_length=4096,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
