"""Charts of what hyperparameters do to the score."""
