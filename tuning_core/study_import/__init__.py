"""Searches of other tools as studies of this home. Knows no tool's package."""
