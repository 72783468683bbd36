"""A run as a Mermaid ``sequenceDiagram``, which Markdown pages on many forges draw.

Mermaid has no slanted arrows. A segment that arrives in the very next step is one arrow between two endpoints; one that is held
up goes into the network, which is a participant then, and comes out of it later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checker.runs.trace import Trace
from reports.traces.account import Account, changes_text
from reports.traces.journeys import Fate, Journey, journeys, lifelines

_NETWORK = "network"
_ARRIVES, _OLD, _LOST, _LEAVES = "->>", "-->>", "-x", "-)"


def mermaid(account: Account) -> str:
    """Return the diagram; participants are numbered, since their names may be words of Mermaid's."""
    return "\n".join(_Writer(account).lines()) + "\n"


def escaped(text: str) -> str:
    """Return a text with what means something to Mermaid written as its entities, which begin with ``#`` and a number."""
    return re.sub(r"[#;<>&\"\\{}]", lambda found: f"#{ord(found[0])};", text.replace("\n", " "))


def _written(j: Journey) -> str:
    """Return a segment without the angle brackets of the RFC's notation, which Mermaid takes for HTML."""
    return str(j.header).strip("<>").replace("><", " ")


class _Writer:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.trace: Trace = account.trace
        roles = lifelines(account.trace) or (account.trace.system,)
        self.names = {role: f"p{number}" for number, role in enumerate(roles, 1)}
        self.ways = journeys(account.trace)
        self.through = [j for j in self.ways if not j.at_once]

    def lines(self) -> Iterator[str]:
        yield "sequenceDiagram"
        yield f"    accTitle: {escaped(self.account.title)}"
        for role, name in self.names.items():
            yield f"    participant {name} as {escaped(role)}"
        if self.through:
            yield f"    participant {_NETWORK} as {escaped(self.account.say('run-network'))}"
        yield from (f"    {line}" for line in self._notes(self.trace.initial_states))
        loop = self.trace.loop
        for number in range(len(self.trace) + 1):
            if number in self.account.remarks:
                yield f"    {self._over(self.account.remarks[number])}"
            if number == loop:
                key = "cycle-begins" if number < len(self.trace) else "nothing-more"
                yield f"    loop {escaped(self.account.say(key).rstrip(':'))}"
                yield from [] if number < len(self.trace) else [f"    {self._over(self.account.say('nothing-more'))}"]
            if number < len(self.trace):
                yield from self._step(number + 1)
        if loop is not None:
            yield "    end"

    def _step(self, number: int) -> Iterator[str]:
        step = self.trace.steps[number - 1]
        yield f"    {self._over(f'{number}. {step.action}')}"
        for j in self.ways:
            yield from (f"    {line}" for line in self._arrows(j, number))
        earlier = self.trace.steps[number - 2].states if number > 1 else self.trace.initial_states
        moved = {role: state for role, state in step.states.items() if state != earlier[role]}
        yield from (f"    {line}" for line in self._notes(moved))
        if not self.trace.network:
            yield from (f"    {self._over(text)}" for text in changes_text(self.trace, number))

    def _arrows(self, j: Journey, number: int) -> Iterator[str]:
        """Yield the arrows of a segment in one step: none, its departure, its arrival, or both at once."""
        source, to = self.names.get(j.source, _NETWORK), self.names.get(j.destination, _NETWORK)
        header = _written(j)
        label = escaped(" ".join([header, *(f"({self.account.say(m)})" for m in j.marks if m != "never-arrives")]))
        arrow = _LOST if j.fate is Fate.LOST else _OLD if j.header.old or j.again else _ARRIVES
        if j.at_once:
            if number == j.ends:
                yield f"{source}{arrow}{to}: {label}"
            return
        if number == j.departs and not j.again:
            yield f"{source}{_LEAVES}{_NETWORK}: {escaped(header)}"
        if number == j.ends:
            yield f"{_NETWORK}{arrow}{to}: {label}"

    def _notes(self, states: Mapping[str, str]) -> Iterator[str]:
        yield from (f"Note over {self.names[role]}: {escaped(state)}" for role, state in states.items())

    def _over(self, text: str) -> str:
        names = list(self.names.values())
        across = names[0] if len(names) == 1 else f"{names[0]},{names[-1]}"
        return f"Note over {across}: {escaped(text)}"
