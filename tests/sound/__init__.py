"""Models that once had wrong answers, or stand for a kind that had."""
