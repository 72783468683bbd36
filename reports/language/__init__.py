"""The languages of reports, and the texts in each that are not English."""
