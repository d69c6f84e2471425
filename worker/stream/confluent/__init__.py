"""The stream on Apache Kafka, through confluent-kafka (librdkafka)."""
