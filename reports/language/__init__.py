"""The languages of reports, and the texts in each that are not English."""

ENGLISH = "en"
CODES = (ENGLISH, "zh")
"""The languages that there are."""
