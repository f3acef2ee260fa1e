"""An epoch as one traced function."""
