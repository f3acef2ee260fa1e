"""Tables of the user's own: CSV files, read, understood and made ready.

The modules here import pandas and pyarrow; ``tuning_core.datasets`` loads them when asked.
"""
