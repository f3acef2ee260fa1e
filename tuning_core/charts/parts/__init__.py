"""What several charts use: axes, labels, theme, points."""
