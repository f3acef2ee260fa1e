"""A machine on which nothing happens but what a seed says, and a study of Tunescape on it."""
