"""What is asked of a worker about a study's best model, and kept."""
