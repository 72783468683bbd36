"""Schedules that somebody wrote, and runs that follow them."""
