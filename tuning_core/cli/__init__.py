"""The command line, ``python -m tuning_core``."""
