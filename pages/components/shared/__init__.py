"""What two pages use."""
