"""Runs that several tests render: with every fate of a segment, with four endpoints, of a lasso, without a network, long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from checker.decide import Setting, decide
from checker.host.limits import Schedule
from checker.runs.simulate import simulate
from checker.runs.trace import Trace, run
from checker.scenarios.player import play
from checker.scenarios.scenario import read
from model.notation.expr import lift
from model.notation.interpreter import Arguments
from model.notation.sorts import BOOL, SEQ, Enum, Nat
from model.notation.system import Action, Network, TransitionSystem, Variable, View, draw
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from model.tcp.segment import CTL, DATA, segments_between
from properties.claim import monitored
from properties.specification import SPECIFICATIONS, Specification
from reports.explorer.subject import Subject
from reports.language.catalogue import language
from reports.traces.account import Account, of_play, of_random, of_scenario, of_trace, of_verdict, told
from tests.models import model

GOLDEN = Path(__file__).parent / "golden"
HOSTS = ("A", "B", "C", "D")


def every_fate() -> Account:
    """Return a run in which a segment is lost, one held up, one delivered twice, and one old when it arrives."""
    asked = read(str(GOLDEN / "every-fate.json"))
    spec = SPECIFICATIONS["three-way"]
    played = play(asked, spec, Assumptions(), spec.safety)
    return told(of_play(played, "every-fate", asked.summary), Subject(spec, spec.build(asked.scope, Assumptions())))


def counterexample(name: str = "four-way", claim: str = "client-agreement") -> Account:
    """Return the counterexample to a claim, or its witness."""
    spec = model(name)
    (verdict,) = decide(spec, [spec.claim[claim]], Setting(SCOPES["default"]))
    return told(of_verdict(verdict), Subject(spec, spec.build(SCOPES["default"], Assumptions())))


def ring(hosts: tuple[str, ...] = HOSTS) -> Account:
    """Return a run of four endpoints, each of which sends a SYN to the next; that from the last goes past all others."""
    following = dict(zip(hosts, (*hosts[1:], hosts[0]), strict=True))
    host = Enum("Host", hosts)
    wire = Variable("wire", segments_between(host), frozenset())
    met = {name: Variable(f"{name}.met", BOOL, False) for name in hosts}
    sent = {name: Variable(f"{name}.sent", Nat(1), 0) for name in hosts}
    s = draw("s", wire.value)
    actions = []
    for index, (name, after) in enumerate(following.items()):
        header = (lift(name, host), lift(after, host), lift(100 * index, SEQ), lift(0, SEQ), lift("SYN", CTL), lift(0, DATA))
        ready = sent[name].value == 0
        actions += [
            Action(f"{name}_sends", guard=ready, updates={f"{name}.sent": 1}, sends=(header,), by=name),
            Action(
                f"{name}_receives",
                guard=s.row.destination == name,
                updates={f"{name}.met": True},
                parameters=(s,),
                receives="s",
                by=name,
            ),
        ]
    views = {name: View(met[name].value) for name in hosts}
    system = TransitionSystem("ring", (wire, *met.values(), *sent.values()), tuple(actions), views, Network("wire"))
    spec = Specification("ring", "four hosts in a ring", lambda *_: system, lambda *_: None, ())
    rows = {name: (name, after, 100 * i, 0, "SYN", 0) for i, (name, after) in enumerate(following.items())}
    first, second, *others = hosts
    sends: list[tuple[str, Arguments]] = [(f"{name}_sends", {}) for name in hosts]
    receives: list[tuple[str, Arguments]] = [
        (f"{following[n]}_receives", {"s": rows[n], "kept": False}) for n in (others[-1], first, *others[:-1])
    ]
    schedule = (*sends, *receives, ("network_loses", {"segment": rows[second]}))
    return _with(of_trace(run(monitored(system, ()), schedule)), spec, system)


def _with(account: Account, spec: Specification, system: TransitionSystem) -> Account:
    """Return an account of which a page knows the model; nothing else is said of its claims."""
    return replace(account, subject=Subject(spec, system))


def three() -> Account:
    """Return a run of three endpoints, of which one is between the others."""
    return ring(HOSTS[:3])


def long_names() -> Account:
    """Return a run of endpoints, and so of actions, with names that are longer than a lifeline has room for."""
    return ring(("the_host_that_opens", "a_middlebox_between_the_hosts", "the_host_that_listens"))


def chinese() -> Account:
    """Return a run of which Chinese is said, whose characters are wider."""
    spoken, spec, written = language("zh"), SPECIFICATIONS["three-way"], read("lost-third-ack")
    account = of_scenario(written, spec, Assumptions(), spoken)
    subject = Subject(spec, spec.build(written.scope, Assumptions()))
    return told(replace(account, retold=partial(of_scenario, written, spec, Assumptions())), subject)


def lasso() -> Account:
    """Return a run that listens and closes for ever: its last state is that after its first two steps."""
    spec = SPECIFICATIONS["three-way"]
    system = spec.build(SCOPES["default"], Assumptions())
    schedule: Schedule = (("client_opens", {"isn": 100}), ("server_listens", {}), ("server_closes", {}), ("server_listens", {}))
    return _with(of_trace(replace(run(monitored(system, ()), schedule), loop=2)), spec, system)


def stuck() -> Account:
    """Return a run after which nothing happens any more."""
    account = lasso()
    return replace(account, trace=replace(account.trace, loop=len(account.trace)))


def long(steps: int = 50) -> Account:
    """Return a long random run."""
    spec = SPECIFICATIONS["three-way"]
    system = spec.build(SCOPES["large"], Assumptions())
    (schedule,) = simulate(system, seed=7, steps=steps, runs=1).runs
    return _with(of_random(run(monitored(system, ()), schedule), {}, 7), spec, system)


def mutual_exclusion() -> Account:
    """Return a run of a system without a network."""
    return counterexample("mutual_exclusion.py", "right-enters")


def alternating_bit() -> Account:
    """Return a run of a system whose segments are not TCP's."""
    return counterexample("alternating_bit.py:reordering", "delivered-in-order")


RUNS: dict[str, Callable[[], Account]] = {
    made.__name__: made for made in (every_fate, counterexample, ring, lasso, stuck, long, mutual_exclusion, alternating_bit)
}
"""Every run by name."""


def trace_of(name: str) -> Trace:
    """Return the trace of a run."""
    return RUNS[name]().trace
