"""Charts of a search and its trials."""
