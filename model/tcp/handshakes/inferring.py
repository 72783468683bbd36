"""What an attacker infers that has a connection of its own to the same server: two runs, side by side.

A claim about one run cannot say that nothing leaks. It takes two, which differ in what is *secret*, and are the same in all
else: the attacker sends the same to both, and what the server chooses by chance, its ISN, is chosen alike. If what the attacker
*observes* is ever different, it can tell the runs apart (J. A. Goguen and J. Meseguer, "Security policies and security models",
1982; G. Barthe, P. R. D'Argenio and T. Rezk, "Secure information flow by self-composition", 2004).

- Secret is what :meth:`Inferring.secret` does, in the run ``with`` and not in the run ``without``: a client connects.
- Observed is what the server sends to the attacker's own address, and that it sends nothing.

In each run the server's host has two TCBs, by the rules of the handshake: one for the client's address, one for the
attacker's. The attacker sends from both addresses, whatever it likes, and whatever it sends arrives at once: it can wait, and
what is lost it can send again, so that a network which delays and loses only makes it slower. First the one run answers, then
the other, and then what was observed is compared. That is an ordinary system, and a search, a proof or an export of it is about
both runs.

The client's connection is there without the rules, so that a handshake whose rules change something of the host's then is
refused. That an answer is withheld is observed as silence. The client says nothing more: what it could send, the attacker can
send from its address. The server does nothing by itself: no time-out runs out, and its user is silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from model.notation.analysis import mentions, replaced
from model.notation.expr import TRUE, Expr, Op, conj, conjuncts, disj, ite, lift, literal, negate, variable
from model.notation.pool import reads
from model.notation.protocol import NETWORK
from model.notation.reasons import contradicts_itself
from model.notation.sorts import BOOL, SEQ, Enum, NotationError, Value
from model.notation.system import Action, Network, Parameter, TransitionSystem, Variable, View, anything, choose, draw
from model.tcp.assumptions import PAIRING
from model.tcp.attackers import ATTACKER, OWN_ISN
from model.tcp.composition import CLIENT, RUNS, Side
from model.tcp.endpoint import NOTED, EventKind, Response, Tcb
from model.tcp.handshakes.forging import FORGED
from model.tcp.segment import Segment, bits_of

if TYPE_CHECKING:
    from model.tcp.handshakes.handshake import Handshake

TOLD_APART = f"{ATTACKER}.told_apart"
"""Whether the attacker has observed something in one run that it has not in the other."""
ADDRESSES = (CLIENT, ATTACKER)
"""From where segments come."""
NOBODY = "nobody"


class Inferring:
    """Two runs of a server that a client may be connected to, and an attacker is."""

    def __init__(self, handshake: Handshake) -> None:
        if handshake.assumptions.isn in {*PAIRING, "unmentioned"}:
            isn = handshake.assumptions.isn
            why = "is about what is in flight, and in this composition nothing ever is"
            raise NotationError(f"--isn {isn} {why}: take fresh, clock or arbitrary")
        if handshake.cookies is not None:
            why = "has segments with a cookie, and what an attacker is sent is compared without one"
            raise NotationError(f"{handshake.name} {why}: inference is not asked of it", handshake.name)
        self.handshake = handshake
        self.ends = {(run, address): self._end(run, address) for run in RUNS for address in ADDRESSES}
        ctl, text = handshake.combinations, handshake.text
        self.turn = Variable("turn", Enum("Turn", (NOBODY, *RUNS)), NOBODY)
        """Which run is to answer what has arrived."""
        fields = {"from": Enum("Address", ADDRESSES), "seq": SEQ, "ack": SEQ, "ctl": ctl, "data": text, "isn": SEQ}
        firsts: dict[str, Value] = {"from": CLIENT, "ctl": ctl.members[0]}
        self.arrived = {name: Variable(f"arrived.{name}", sort, firsts.get(name, 0)) for name, sort in fields.items()}
        """What has arrived, and the ISN that the server chooses if it has to choose one."""
        firsts |= {"anything": False}
        observed = {"anything": BOOL, "seq": SEQ, "ack": SEQ, "ctl": ctl, "data": text}
        self.observed = {name: Variable(f"observed.{name}", sort, firsts.get(name, 0)) for name, sort in observed.items()}
        """What the attacker was sent in the run that has answered."""
        self.told_apart = Variable(TOLD_APART, BOOL, False)

    def _end(self, run: str, address: str) -> Tcb:
        """Return the TCB that the server has in a run for who comes from an address."""
        role = run if address == ATTACKER else f"{run}.{address}"
        side = Side(role, listens=True, accepts=True, host=run)
        return self.handshake.tcb(side, Side(address), self.handshake.scope.server_isns)

    def _check_connecting(self) -> None:
        """Raise where a connection that comes to be changes what the host has for all: here no rule makes it."""
        end = self.ends[RUNS[1], CLIENT]
        segment = self.handshake.arriving(draw("segment", variable(NETWORK, self.handshake.segments)).row)
        shared = {one.of(end.host).name for one in end.shared}
        for _, rule in self.handshake.rules(end).values():
            for _, response in self.handshake.amended(end, rule(end, segment)).branches:
                changed = sorted(shared & set(response.updates))
                if changed and {EventKind.ANSWERS, EventKind.ESTABLISHES} & set(response.events):
                    why = "and in this composition the client's connection is there without them, so that nothing could be said"
                    raise NotationError(f"{response.name!r} changes what all connections have together, {why}", response.name)

    def system(self) -> TransitionSystem:
        """Return the two runs as one system."""
        self._check_connecting()
        own = (self.turn, *self.arrived.values(), *self.observed.values(), self.told_apart)
        ends = self.ends.values()
        shared = {v.name: v for end in ends for v in (one.of(end.host) for one in end.shared)}
        return TransitionSystem(
            self.handshake.title,
            variables=(
                *(v for end in ends for v in end.variables()),
                *shared.values(),
                *own,
                Variable(NETWORK, self.handshake.segments, frozenset()),
            ),
            actions=(
                *self.secret(),
                *(self.sends(address, ctl) for address in ADDRESSES for ctl in FORGED),
                *(action for run in RUNS for address in ADDRESSES for action in self.answers(run, address)),
                *(replace(action, guard=self._at_rest) for action in self.handshake.clock(ends)),
            ),
            views={run: self._view(run) for run in RUNS},
            network=Network(NETWORK, loss=False, duplication=False, written_out=True),
            assumptions=self.handshake.assumed,
            outsiders=ADDRESSES,
        )

    @property
    def _at_rest(self) -> Expr:
        return self.turn.value == NOBODY

    def _view(self, run: str) -> View:
        return View(self.ends[run, ATTACKER].state)

    def secret(self) -> Iterator[Action]:
        """Yield what happens in the one run only: a client connects, and has whatever numbers."""
        end = self.ends[RUNS[1], CLIENT]
        scope = self.handshake.scope
        numbers = [
            choose(name, SEQ, among=isns[:1]) if isns else anything(name, SEQ)
            for name, isns in (("isn", scope.server_isns), ("irs", scope.client_isns))
        ]
        iss, irs = (number.value for number in numbers)
        connects = Response("connects", "").set(end, iss=iss, irs=irs, snd_una=iss + 1, snd_nxt=iss + 1, rcv_nxt=irs + 1)
        connects = connects.establish(end).set(end, **end.using(iss))
        yield Action(
            f"{CLIENT}_connects",
            guard=conj(self._at_rest, end.state == "LISTEN", ~end.isns.exists(lambda _: TRUE)),
            updates=connects.updates,
            parameters=tuple(numbers),
            by=CLIENT,
            doc="A client connects to the server, in the one run and not in the other.",
        )

    def sends(self, address: str, ctl: str) -> Action:
        """Return what sends both servers the same segment, from an address."""
        end, bits = self.ends[RUNS[0], address], bits_of(ctl)
        own = literal(OWN_ISN, SEQ)
        known: tuple[Expr, ...] = ()
        if address == ATTACKER:  # it knows the numbers of its own connection; text is there alone, as in forging
            known = (end.irs + 1,) if ctl == "ACK" else (end.rcv_nxt, end.rcv_nxt + 1)
        seq = choose("seq", SEQ, among=(own, *known))
        ack = choose("ack", SEQ, among=(own, *((end.snd_nxt,) if address == ATTACKER else ())))
        text, isns = choose("with_data", BOOL), self.handshake.scope.server_isns
        isn = choose("isn", SEQ, among=isns) if isns else anything("isn", SEQ)
        chosen: dict[str, Parameter] = {"seq": seq}
        chosen |= {"ack": ack} if "ACK" in bits else {}
        chosen |= {"data": text} if ctl == "ACK" else {}
        chosen |= {"isn": isn} if bits == ("SYN",) else {}
        told = {name: parameter.value for name, parameter in chosen.items()}
        told |= {"data": ite(text.value, literal(1, self.handshake.text), 0)} if "data" in told else {}
        arrived = {name: told.get(name, literal(v.initial, v.sort)) for name, v in self.arrived.items()}
        arrived |= {"from": literal(address, self.arrived["from"].sort), "ctl": literal(ctl, self.arrived["ctl"].sort)}
        fields = [arrived[name] for name in ("seq", "ack", "ctl", "data")]
        hosts = self.handshake.hosts
        verb, as_whom = ("sends", "") if address == ATTACKER else ("forges", f", as if it were the {CLIENT}")
        return Action(
            f"{ATTACKER}_{verb}_{ctl.lower().replace(',', '_')}",
            guard=self._at_rest,
            updates={
                **{self.arrived[name].name: value for name, value in arrived.items()},
                self.turn.name: literal(RUNS[0], self.turn.sort),
            },
            parameters=tuple(chosen.values()),
            sends=tuple((literal(address, hosts), literal(run, hosts), *fields) for run in RUNS),
            by=ATTACKER,
            doc=f"The attacker sends the server a {ctl}{as_whom}, in both runs.",
        )

    def answers(self, run: str, address: str) -> Iterator[Action]:
        """Yield what the server does in a run with what comes from an address: what the rules say, and nothing else."""
        end, arrived = self.ends[run, address], {name: v.value for name, v in self.arrived.items()}
        hosts = self.handshake.hosts
        ends_of_it = literal(address, hosts), literal(end.role, hosts)
        segment = Segment(*ends_of_it, *(arrived[name] for name in ("seq", "ack", "ctl", "data")))
        for state, (section, rule) in self.handshake.rules(end).items():
            cases = self.handshake.amended(end, rule(end, segment))
            ignored = Response(f"ignores_the_rest_in_{state.lower().replace('-', '_')}", "ignores what no rule is about.")
            for condition, response in (*cases.disjoint(), (cases.untaken, ignored)):
                done = self._chosen_alike(response)
                guard = conj(self.turn.value == run, arrived["from"] == address, end.state == state, condition, done.when)
                if not contradicts_itself(guard):
                    yield self._action(run, address, section, guard, done)
                withheld = self._withheld(end, done)
                silent = conj(self.turn.value == run, arrived["from"] == address, end.state == state, condition, withheld)
                if not contradicts_itself(silent):
                    nothing = Response(f"does_not_{response.name}", "says nothing to what it would else answer.")
                    yield self._action(run, address, section, silent, replace(nothing, check=response.check))

    def _withheld(self, end: Tcb, response: Response) -> Expr:
        """Return whether a response is not possible, for another reason than that no ISN is: to be silent can be observed too.

        That an ISN is not chosen twice, and how many a scope has, is no matter of the server's, and the same in both runs.
        """
        noted = [end.variable_name(name) for name in NOTED if name in end.sorts]
        own = [one for one in conjuncts(lift(response.when, BOOL)) if not any(reads(one, name) for name in noted)]
        free = [one for one in own if not any(op is Op.PARAMETER for op, _ in mentions(one))]
        return negate(conj(*free))

    def _chosen_alike(self, response: Response) -> Response:
        """Return a response whose ISN is the one that is chosen in both runs."""
        alike = tuple(p for p in response.parameters if p.source is None and p.columns[0][1] == SEQ)
        names, isn = {p.name for p in alike}, self.arrived["isn"].value

        def same(e: Expr) -> Expr:
            return replaced(e, lambda node: isn if node.op is Op.PARAMETER and node.data in names else None)

        return replace(
            response,
            when=same(lift(response.when, BOOL)),
            updates={name: same(value) for name, value in response.updates.items()},
            sends=tuple(Segment(*map(same, sent)) for sent in response.sends),
            parameters=tuple(p for p in response.parameters if p not in alike),
        )

    def _action(self, run: str, address: str, section: str, guard: Expr, response: Response) -> Action:
        first, own = run == RUNS[0], address == ATTACKER
        seen = self._seen(response if own else None)
        observed = {self.observed[name].name: value for name, value in seen.items()}
        differs = disj(*(self.observed[name].value != value for name, value in seen.items()))
        nothing = {v.name: literal(v.initial, v.sort) for v in (*self.observed.values(), *self.arrived.values())}
        whose = "" if own else f"_from_{address}"
        of = "without the client" if first else "with the client"
        return Action(
            f"{run}_{response.name}{whose}",
            guard=guard,
            updates={
                **response.updates,
                **(observed if first else {**nothing, TOLD_APART: self.told_apart.value | differs}),
                self.turn.name: literal(RUNS[1] if first else NOBODY, self.turn.sort),
            },
            parameters=response.parameters,
            sends=tuple(map(tuple, response.sends)) if own else (),
            by=run,
            section=section,
            doc=f"In the run {of} the server {response.doc}",
            check=response.check,
        )

    def _seen(self, response: Response | None) -> dict[str, Expr]:
        """Return what the attacker observes of a response, nothing where it is not for its address."""
        nothing = {name: literal(v.initial, v.sort) for name, v in self.observed.items()}
        if response is None or not response.sends:
            return nothing
        if len(response.sends) > 1:
            raise NotationError(f"{response.name!r} sends several segments, and one at a time is compared", response.name)
        (sent,) = response.sends
        return {"anything": TRUE, "seq": sent.seq, "ack": sent.ack, "ctl": sent.ctl, "data": sent.data}
