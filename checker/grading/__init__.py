"""Coursework: assignments, and what a submission earns by them."""
