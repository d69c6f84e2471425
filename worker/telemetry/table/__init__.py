"""Every metric there is, a module for each concern; ``metric_table.py`` puts them together."""
