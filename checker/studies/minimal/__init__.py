"""How many messages a handshake needs: the parametric family, decided by counterexample-guided synthesis."""
