"""The checker: engines that decide claims, and the verdicts and traces they earn."""
