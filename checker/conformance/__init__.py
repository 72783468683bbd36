"""What the model answers to segments that somebody else sent: one by one, as a table, in scripts."""
