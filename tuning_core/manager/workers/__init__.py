"""Worker processes: how many, which are warm, what they are asked."""
