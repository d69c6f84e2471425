"""Settings of the vLLM engine."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EngineConfig(BaseModel):
    """Names and meanings are vLLM's own where it has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # vLLM's own defaults for these two are 128 and 2048 behind AsyncLLM, even on an H100.
    max_num_seqs: int = Field(
        default=256, ge=1, description="Answers generated at once: the size of a batch."
    )
    max_num_batched_tokens: int = Field(
        default=16384,
        ge=256,
        description="Tokens in one step of the engine; no single media may have more.",
    )
    gpu: str | None = Field(
        default=None, description="CUDA device(s) of the engine, as CUDA_VISIBLE_DEVICES has them."
    )
    gpu_memory_utilization: float = Field(
        default=0.90, gt=0, le=1, description="Share of the GPU's memory that vLLM may take."
    )
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        default="bfloat16", description="Type of weights and activations."
    )
    quantization: str | None = Field(
        default=None, description="vLLM's quantization, such as `fp8`; changes answers a little."
    )
    enforce_eager: bool = Field(
        default=False, description="Skip CUDA graphs: starts faster, runs slower."
    )
    block_size: int | None = Field(
        default=None, description="Tokens in a block of the KV cache; vLLM chooses where absent."
    )
    mm_processor_cache_gb: float = Field(
        default=0.0,
        ge=0,
        description="vLLM's own media cache. 0: equal media are answered before they reach it.",
    )
    cpu_kvcache_gib: int = Field(
        default=1, ge=1, description="KV cache in GiB where the engine runs on the CPU."
    )
    start_timeout_s: float = Field(
        default=1200.0, gt=0, description="Seconds to fetch and load the weights."
    )
    request_timeout_s: float = Field(
        default=300.0, gt=0, description="Seconds for one answer before it is tried again."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="Lowest level of vLLM's own log."
    )

    @property
    def in_flight(self) -> int:
        """Requests that keep the batch full: half a batch waits, while each holds its pixels."""
        return max(2, self.max_num_seqs + self.max_num_seqs // 2)
