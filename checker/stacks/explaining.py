"""Why a stack does otherwise than a run: by an assumption that RFC 9293 leaves open, or by what it is known to do otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from checker.conformance.host import HOST, ISNS, Answer, Host, Sent
from checker.conformance.stimuli import Arrival
from checker.stacks.deeds import NUMBERS, Deed, given, is_timeout
from checker.stacks.deviations import Deviation
from checker.stacks.playing import Differs, may_wait
from model.notation.interpreter import State
from model.notation.sorts import MODULUS
from model.tcp.endpoint import Tcb
from model.tcp.handshakes.facing import FacingAssumptions, facing, written
from model.tcp.handshakes.handshake import Rule
from model.tcp.handshakes.three_way import ThreeWay

_NOT_OPEN = ("seq_check", "closed_host")
"""What is no choice of a stack's: the check was asked before, and a closed host that is silent is one that RFC 9293 forbids."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What explains a difference: deviations that together do exactly that, or assumptions under which RFC 9293 does.

    Assumptions are written as options; where the rules do that anyhow, and the run is of others, it is their name. Both are
    empty where nothing known explains it.
    """

    deviations: tuple[Deviation, ...] = ()
    otherwise: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether it is known what this is."""
        return bool(self.deviations or self.otherwise)


def explained(
    differs: Differs, known: Sequence[Deviation], assumed: FacingAssumptions, rules: type[ThreeWay] = ThreeWay
) -> Explained:
    """Return what explains a difference from a run: RFC 9293 as ``assumed``, what is ``known`` of the stack, another choice.

    That is asked in this order; a run may have been under other assumptions than these. Where it is held against other
    ``rules`` than RFC 9293's, those are asked in its place, and what is known and among them explains nothing.
    """
    assumed = assumed.otherwise("rcv_wnd", differs.window)
    octets = max(1, sum(segment.data for segment in differs.deed.expected))

    def with_rules(*others: type[ThreeWay]) -> Host:
        every = others if others and rules is ThreeWay else (*others, rules)
        return endpoint(only_in(str(differs.deed.before["state"]), together(*every)), assumed, octets)

    def does(*others: type[ThreeWay]) -> bool:
        return _does(with_rules(*others), differs)

    base = with_rules()
    if _does(base, differs):
        exact = endpoint(only_in(str(differs.deed.before["state"]), rules), assumed.otherwise("seq_check", "exact"), octets)
        anyhow = _does(exact, differs)  # then the run is of other rules than these
        return Explained(otherwise=(rules.name if anyhow else written("seq_check", assumed.seq_check),))

    known = [one for one in known if not issubclass(rules, one.rules)]
    every = [one.rules for one in known]
    if known and does(*every):
        least_first = sorted(known, key=lambda one: len(one.rules.__mro__))  # one may be part of another
        alone = (one for one in least_first if _acts(with_rules(one.rules)) != _acts(base))
        single = next((one for one in alone if does(one.rules)), None)
        without = {one: [other for other in every if other is not one.rules] for one in known}
        acting = (one for one in known if _acts(with_rules(*without[one])) != _acts(with_rules(*every)))
        needed = (one for one in acting if not does(*without[one]))
        return Explained(deviations=tuple(needed) if single is None else (single,))
    others = ((name, value, other) for name, value, other in base.alternatives() if name not in _NOT_OPEN)
    return Explained(otherwise=tuple(written(name, value) for name, value, other in others if _does(other, differs)))


@lru_cache(512)
def endpoint(rules: type[ThreeWay], assumed: FacingAssumptions, octets: int) -> Host:
    """Return an endpoint with some rules; it is kept, since the same are asked about every row of a table."""
    return Host(assumed, octets, endpoint=facing(rules))


@cache
def together(*rules: type[ThreeWay]) -> type[ThreeWay]:
    """Return the handshake that does all that several do otherwise."""
    return rules[0] if len(rules) == 1 else type("Together", rules, {"name": "together"})


@lru_cache(512)
def _acts(host: Host) -> tuple[object, ...]:
    """Return what an endpoint does, as something to compare: one whose formulas are the same need not be asked."""
    return tuple(
        (
            action.guard.key,
            tuple((name, value.key) for name, value in action.updates.items()),
            tuple(cell.key for row in action.sends for cell in row),
        )
        for action in host.system.actions
    )


@cache
def only_in(state: str, rules: type[ThreeWay]) -> type[ThreeWay]:
    """Return a handshake that has rules for one state alone: all that is asked here is what is done there."""

    def of_state(self: ThreeWay, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        return {name: rule for name, rule in rules.rules(self, tcb).items() if name == state}

    return type("Only", (rules,), {"rules": of_state})


def _does(host: Host, differs: Differs) -> bool:
    """Return whether an endpoint does exactly what the stack did, in the state in which the run was."""
    deed, variables = differs.deed, _variables(host, differs.deed)
    if deed.arrives is not None:
        answers = list(host.answers(deed.arrives, variables, Arrival(())))
    else:  # what is sent again when time passes is one's own choice
        calls = [call for call in host.calls if call == deed.call or (deed.again and is_timeout(call))]
        answers = [answer for call in calls for answer in host.ways(call, variables)]
    return any(
        not answer.cannot
        and answer.state == differs.state
        and differs.given in (None, given(answer))
        and differs.sent in (sent := _sent(answer, deed), sent if waited_for(differs) else _put_off(sent, deed))
        for answer in answers
    )


def waited_for(differs: Differs) -> bool:
    """Return whether an ACK that may be put off was waited for, and did not come: it is missing, and not late."""
    deed = differs.deed
    return not differs.sent and differs.state == deed.state and any(may_wait(segment, deed) for segment in deed.expected)


def _put_off(sent: tuple[Sent, ...], deed: Deed) -> tuple[Sent, ...]:
    """Return what is sent at once where an ACK of something new is put off (§3.8.6.3)."""
    return tuple(one for one in sent if one.ctl != "ACK" or one.data or one.ack == deed.before["rcv_nxt"])


def _variables(host: Host, deed: Deed) -> State:
    """Return the variables of an endpoint in the state of the run's."""
    own = {f"{HOST}.{name}": deed.before[name] for name in ("state", *NUMBERS)}
    return {**host.initial(), **own, f"{HOST}.passive": deed.before.get("passive", deed.passive)}


def _sent(answer: Answer, deed: Deed) -> tuple[Sent, ...]:
    """Return what an endpoint sends by the numbers of the run: an ISN that it chooses is another there."""
    begins = deed.before["state"] in ("CLOSED", "LISTEN") or answer.after[f"{HOST}.iss"] != deed.before["iss"]
    return tuple(
        replace(one, seq=(one.seq - ISNS[0] + deed.isn) % MODULUS) if begins and "SYN" in one.ctl.split(",") else one
        for one in answer.sent
    )
