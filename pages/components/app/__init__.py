"""What stands between the network and the pages: middleware, limits, the table of pages."""
