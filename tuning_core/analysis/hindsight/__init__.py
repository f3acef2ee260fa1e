"""What a search's own records say of shortcuts, looking back; nothing is trained."""
