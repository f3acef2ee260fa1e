"""Lessons: the texts, the picture with its knobs, and the presented window."""
