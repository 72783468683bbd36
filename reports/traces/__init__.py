"""One run, many renderings: for a terminal, a page, a browser, a capture, and for the tools of others.

:mod:`reports.traces.account` has what every rendering is given, :mod:`reports.traces.journeys` which arrival belongs to which
departure, :mod:`reports.traces.formats` the renderings by name. What a reader is told stands in
:mod:`reports.language`, by id.
"""
