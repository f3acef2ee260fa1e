"""What can be done with studies in the Library, and with the room they take on the disk."""
