"""Charts of why a trial's configuration was suggested."""
