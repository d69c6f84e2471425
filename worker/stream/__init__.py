"""Where events come from and verdicts go: a Kafka, or its twin in memory."""
