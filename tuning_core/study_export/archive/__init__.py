"""The format of a study file: written for others, read as if a stranger had made it."""
