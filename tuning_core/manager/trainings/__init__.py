"""Single trainings on demand, for What-if and the lessons."""
