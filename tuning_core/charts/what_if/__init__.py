"""Charts of trainings on demand."""
