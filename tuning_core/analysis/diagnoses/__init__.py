"""What is wrong with a training or a search, and what to do about it."""
