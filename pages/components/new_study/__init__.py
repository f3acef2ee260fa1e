"""The form of a new study, section by section, and its plan."""
