"""A run as one HTML page that loads nothing: the explorer's page of its model, opened at the run.

So who steps through a run can leave it: take another step, ask why one is not possible, or search from there.
"""

from __future__ import annotations

from reports.explorer import page as explorer
from reports.language import CODES
from reports.language.catalogue import language
from reports.traces.account import Account
from reports.traces.formats import NATURAL, Size


def page(account: Account, size: Size = NATURAL) -> str:
    """Return the page, whose drawing is of some size.

    Raises :class:`ValueError` where only the trace is known, and not the model that the page would compute.
    """
    if account.subject is None:
        raise ValueError(f"{account.title}: a page computes the model, and of this run only the trace is known: draw it as svg")
    trace = account.trace
    opened = explorer.Opened(trace.schedule, trace.loop, {code: _told_in(account, code) for code in CODES})
    return explorer.page(account.subject, opened=opened, size=size, spoken=account.language)


def _told_in(account: Account, code: str) -> Account:
    if code == account.language.code or account.retold is None:
        return account
    return account.retold(spoken=language(code))
