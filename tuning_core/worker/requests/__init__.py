"""What a worker answers beside a search."""
