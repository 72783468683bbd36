"""The explicit search on many machines: states are owned by their hashes, and a level is searched by all owners at once."""
