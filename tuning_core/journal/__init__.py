"""A study's journal: its events, their one writer and their one reader."""
