"""Claims of liveness: the states in which an obligation is open, and the fair cycles among them."""
