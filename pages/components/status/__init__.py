"""What the server is doing."""
