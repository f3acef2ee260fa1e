"""The process that trains: commands on standard input, events out on a pipe of their own."""
