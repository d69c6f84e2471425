"""Fixtures for the whole suite: each real part is started once, when the first test asks for it."""

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.kafka_broker",
    "tests.support.media_server",
    "tests.support.model_hub",
    "tests.support.redis_server",
    "tests.support.secured_kafka",
    "tests.support.secured_redis",
    "tests.support.vllm_engine",
    "tests.support.vllm_server",
    "tests.support.wayward_router",
]
