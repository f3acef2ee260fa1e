"""The home folder: its files, locks, limits and logs."""
