"""The tab of the best model: how well it does, on which rows, and its downloads."""
