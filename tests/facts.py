"""Facts from the test suites of others: what they do to one endpoint, and what they expect of it.

Each line of the table beside this file has a suite, its test, the state, how it was opened, assumptions, what is done, what the
suite expects of each of these things, a verdict, the section that it rests on, and, where the suite differs, what the RFC has
answered. They are no authority.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checker.conformance.host import HOST, Answer, Host, Sent
from checker.conformance.stimuli import Sum
from model.tcp.handshakes.facing import FacingAssumptions

TABLE = Path(__file__).with_suffix(".tsv")
ANYTHING = "(any)"
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table, as it is written."""

    suite: str
    test: str
    state: str
    opened: str
    assuming: str
    done: str
    expects: str
    verdict: str
    section: str
    model: str


@cache
def facts() -> tuple[Fact, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(Fact(*row) for row in list(csv.reader(file, delimiter="\t"))[1:])


@cache
def host(assuming: str, octets: int) -> Host:
    given = dict(pair.split("=") for pair in assuming.split())
    named: dict[str, str | int | bool] = {"mechanisms": given["rfc5961"]} if "rfc5961" in given else {}
    named |= {name.replace("-", "_"): int(given[name]) for name in ("rcv-wnd", "snd-wnd") if name in given}
    return Host(FacingAssumptions.of(named), octets)


def answers(fact: Fact) -> list[tuple[Host, Answer]]:
    """Return what the model answers to each thing that is done, up to one that it cannot speak of."""
    octets = next((int(text.partition("data=")[2].split()[0]) for text in fact.expects.split("; ") if "data=" in text), 1)
    of = host(fact.assuming, octets)
    variables, found = of.come_to(fact.state, passive=fact.opened == "passive"), []
    for text in fact.done.split("; "):
        found.append((of, of.does(of.read(text), variables)))
        if found[-1][1].cannot:
            break
        variables = found[-1][1].after
    return found


def meets(of: Host, answer: Answer, expected: str) -> bool:
    """Return whether an answer is what somebody expects, as ``ACK seq=iss+1 ack=irs+1 -> ESTABLISHED``, or "-"."""
    what, _, state = expected.partition(" -> ")
    if state not in ("?", answer.state):
        return False
    if what == ANYTHING:
        return True
    if what == NOTHING:
        return not answer.sent
    ctl, *fields = what.split()
    begun = answer.after if answer.after[f"{HOST}.state"] not in ("CLOSED", "LISTEN") else answer.before
    numbers = {name: Sum.read(text).value(of.numbers(begun)) for name, text in (field.split("=") for field in fields)}
    return answer.sent == (Sent(ctl, numbers["seq"], numbers.get("ack", 0), numbers.get("data", 0)),)


def agrees(fact: Fact, expected: str) -> bool:
    """Return whether the model answers all that is done as ``expected`` has it."""
    found, wanted = answers(fact), expected.split("; ")
    return len(found) == len(wanted) and all(meets(of, one, text) for (of, one), text in zip(found, wanted, strict=True))
