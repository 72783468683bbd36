"""Exit codes, after TLC's and the BSD convention of ``sysexits.h`` for a bad file."""

OK, NOTHING_TO_SHOW, USAGE, VIOLATED, UNKNOWN, BAD_FILE, INTERRUPTED = 0, 1, 2, 12, 20, 65, 130
