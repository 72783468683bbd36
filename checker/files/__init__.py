"""Model files, and what is said of mistakes in them."""
