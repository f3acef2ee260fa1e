"""What a study says: importance of its hyperparameters, diagnoses, and how sure its winner is."""
