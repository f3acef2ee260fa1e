"""Charts of what one model answers."""
