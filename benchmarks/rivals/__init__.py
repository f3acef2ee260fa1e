"""The peers, each a program of its own that reads a Case and writes an Answer."""
