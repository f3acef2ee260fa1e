"""Data frame in, chart out: one file per chart, made with Altair (see :mod:`parts.chart`)."""
