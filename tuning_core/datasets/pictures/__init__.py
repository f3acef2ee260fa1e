"""Pictures of the user's own: a zip or a folder with one folder of pictures per class."""
