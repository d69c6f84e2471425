"""Metrics that nobody reads: no method of vLLM's own is left, for each wants what is not there."""

from __future__ import annotations

from vllm.v1.metrics.loggers import PrometheusStatLogger

from worker.detector.vllm.stats import unread_metrics

ONLY_AT_THE_START = {"log_metrics_info"}
"""Called by ``log_engine_initialized`` alone."""


def test_every_method_is_replaced() -> None:
    own = {
        name
        for name, value in vars(PrometheusStatLogger).items()
        if callable(value) and not name.startswith("_") and not isinstance(value, type)
    }
    assert own - ONLY_AT_THE_START <= set(vars(unread_metrics()))


def test_a_question_that_vllm_turns_away_is_no_error() -> None:
    unread = unread_metrics()(None, [0])
    unread.record_admission_rejection("max_num_queued_reqs")
    unread.record(None, None)
    unread.log()
