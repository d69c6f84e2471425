"""Shortened verdicts and a real broker with a limit of its own."""

from __future__ import annotations

import uuid

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import MessageSizeTooLargeError

from tests.events.test_shortening import large
from tests.support.factories import make_record
from tests.support.kafka_broker import KafkaBroker
from worker.domain.verdict import VerdictEvent
from worker.events.codec import EventCodec
from worker.events.shortening import steps
from worker.stream.kafka.message_sizes import size_of


@pytest.mark.kafka
def test_a_real_broker_takes_a_smaller_form(kafka_broker: KafkaBroker) -> None:
    topic = f"small-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
    admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "20000"})])
    admin.close()
    codec, record = EventCodec(), make_record({})
    verdict = large(context={"trace": "abc", "blob": "x" * 100_000})
    # The client, too, has its limit, and takes exactly what the measure says that it does.
    limit = size_of(codec.message(verdict, record))
    tried = []
    for form in (verdict, *steps(verdict)):
        tried.append(form)
        # One for each try: a refusal is the end of kafka-python's idempotent producer (3.0.12),
        # which then fails whatever it is given, however small, with the same error.
        producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap, max_request_size=limit)
        message = codec.message(form, record)
        sent = producer.send(topic, message.value, message.key, headers=list(message.headers))
        try:
            sent.get(timeout=30)
        except MessageSizeTooLargeError:
            continue
        finally:
            producer.close()
        break
    assert tried[0] is verdict
    assert len(tried) > 1
    (kept,) = kafka_broker.read_all(topic)
    form = VerdictEvent.model_validate_json(kept.value)  # type: ignore[attr-defined]
    assert form == tried[-1]
    assert form.explanation == verdict.explanation
    assert form.context == {"trace": "abc"}
