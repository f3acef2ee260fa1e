"""The spec, one document that says everything about a study."""
