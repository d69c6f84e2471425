"""The stream on Apache Kafka, through kafka-python."""
