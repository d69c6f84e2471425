"""The two services beside the worker: one that publishes uploads, one that reads verdicts.

This is all that either needs to be in the trace.
"""

from __future__ import annotations

import json
import time
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, format_trace_id


class Platform:
    """Both, each under its own service name."""

    def __init__(self, endpoint: str, client: dict[str, Any]) -> None:
        """``endpoint`` is the collector's, ``client`` kafka-python's settings."""
        self._endpoint = endpoint
        self._client = client

    def upload(self, topic: str, event: dict[str, Any]) -> str:
        """Publish an upload in a trace of its own; the trace's id in hex."""
        provider = self._provider("uploader")
        tracer = provider.get_tracer("uploader")
        producer = KafkaProducer(**self._client, acks="all")
        with (
            tracer.start_as_current_span("POST /upload", kind=SpanKind.SERVER) as upload,
            tracer.start_as_current_span(f"send {topic}", kind=SpanKind.PRODUCER),
        ):
            context: dict[str, str] = {}
            inject(context)
            headers = [(name, value.encode()) for name, value in context.items()]
            producer.send(topic, json.dumps(event).encode(), headers=headers).get(timeout=30)
        producer.close()
        provider.shutdown()
        return format_trace_id(upload.get_span_context().trace_id)

    def read(self, topic: str, timeout_s: float) -> Any:
        """The first record of a topic, read in the span that its headers tell of."""
        provider = self._provider("enforcement")
        tracer = provider.get_tracer("enforcement")
        consumer = KafkaConsumer(topic, **self._client, auto_offset_reset="earliest")
        deadline = time.monotonic() + timeout_s
        try:
            while time.monotonic() < deadline:
                for records in consumer.poll(timeout_ms=200).values():
                    record = records[0]
                    context = extract({name: value.decode() for name, value in record.headers})
                    with tracer.start_as_current_span(
                        f"process {topic}", context=context, kind=SpanKind.CONSUMER
                    ):
                        return record
        finally:
            consumer.close()
            provider.shutdown()
        raise TimeoutError(f"nothing came on {topic} within {timeout_s:g} s")

    def _provider(self, service: str) -> TracerProvider:
        provider = TracerProvider(resource=Resource.create({"service.name": service}))
        exporter = OTLPSpanExporter(endpoint=f"{self._endpoint}/v1/traces")
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        return provider
