"""Tunescape's engine: searches, datasets, models and charts, without any page."""
