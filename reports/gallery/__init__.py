"""The gallery: the report of the study, the table and the traces, committed, so that they can be read without running anything.

``python -m reports.gallery`` writes them again. A test does the same and fails on any difference, so they cannot go stale.
"""
