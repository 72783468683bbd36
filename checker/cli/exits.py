"""Exit codes, after TLC's and the BSD convention of ``sysexits.h`` for a bad file."""

OK, NOTHING_TO_SHOW, USAGE, VIOLATED, NOT_LIVE, UNKNOWN, BAD_FILE, INTERRUPTED = 0, 1, 2, 12, 13, 20, 65, 130
