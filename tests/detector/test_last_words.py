"""Whether an engine ended for want of memory is read off its log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from worker.detector.vllm.last_words import SIGN_HOLDS_FOR, SIGNS_OF_MEMORY, TOLD, LastWords


def heard(*lines: str) -> LastWords:
    words = LastWords()
    for line in lines:
        words.hear(line)
    return words


@pytest.mark.parametrize("sign", SIGNS_OF_MEMORY)
def test_a_sign_holds_for_the_stacks_that_follow(sign: str) -> None:
    line = f"(EngineCore pid=7) ERROR [core.py:812] torch: {sign}. Tried to allocate 2 GiB."
    stack = ["  File ..."] * (SIGN_HOLDS_FOR - 1)
    assert heard(line, *stack).of_memory
    assert not heard(line, *stack, "and more").of_memory


def test_an_end_for_anything_else_is_none_of_memory() -> None:
    words = heard("RuntimeError: Engine core initialization failed", *"abcdefghijklmnopqrstuvwxyz")
    assert not words.of_memory
    assert words.text.split("\n") == list("abcdefghijklmnopqrstuvwxyz")[-TOLD:]


@pytest.mark.vllm
@pytest.mark.parametrize(("available", "needed"), [(0, 1), (1 << 20, 1 << 30)])
def test_vllm_says_it_in_these_words(available: int, needed: int) -> None:
    from vllm.v1.core import kv_cache_utils

    check: Callable[..., None] = kv_cache_utils._check_enough_kv_cache_memory
    with pytest.raises(ValueError, match="memory") as refused:
        check(available, lambda: needed, 4096, lambda _: 0)
    assert heard(*str(refused.value).splitlines()).of_memory


@pytest.mark.vllm
def test_torch_says_it_in_these_words() -> None:
    import torch

    assert heard(f"{torch.OutOfMemoryError.__name__}: ...").of_memory
