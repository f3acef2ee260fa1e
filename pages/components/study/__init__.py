"""A study, live or ended: its tabs, its controls, its answer."""
