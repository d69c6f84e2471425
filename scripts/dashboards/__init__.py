"""The Grafana dashboards, made by code from the table of metrics."""
