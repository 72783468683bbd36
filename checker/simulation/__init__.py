"""Whether one system simulates another."""
