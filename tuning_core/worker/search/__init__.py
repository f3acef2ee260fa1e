"""Keras Tuner's search loop over trials that can be resumed."""
