"""What an attacker infers that has a connection of its own to the same server: two runs, side by side.

A claim about one run cannot say that nothing leaks. It takes two, which differ in what is *secret*, and are the same in all
else: the attacker sends the same to both, and what the server chooses by chance, its ISN, is chosen alike. If what the attacker
*observes* is ever different, it can tell the runs apart (J. A. Goguen and J. Meseguer, "Security policies and security models",
1982; G. Barthe, P. R. D'Argenio and T. Rezk, "Secure information flow by self-composition", 2004).

- Secret is whether a client connects: it does so in the run ``with``, and not in the run ``without``. Or the client connects in
  both runs, and secret is a number: the ISN of the client, or the one that the server has for it.
- Observed is what the server sends to the attacker's own address, and that it sends nothing.

In each run the server's host has two TCBs, by the rules of the handshake: one for the client's address, one for the
attacker's. The client has its own, by the same rules: it opens, and what the two send each other is in the network, for as
long as that likes. The attacker sends from both addresses, whatever it likes, and whatever it sends arrives at once: it can
wait, and what is lost it can send again, so that a network which delays and loses only makes it slower. First the one run
answers, then the other, and then what was observed is compared. That is an ordinary system, and a search, a proof or an export
of it is about both runs.

Where the client connects in both runs, it does the same in both, a step at a time: when it connects is no secret there. The
number that is secret is so far from that of the other run that no window has both in it. The attacker may name it, which is a
guess that is right in one of the runs; of a client whose SEG.SEQ it knows it may guess what that acknowledges.

What the server answers to what was forged in the client's name is lost, where it goes to the client. That an answer is
withheld is observed as silence. No time-out runs out, and no user aborts or sends text: the server does by itself only what its
rule for a segment that has arrived leaves to do, as four-way's sends its own SYN.

That non-interference of a TCP host is something a model checker finds was shown by R. Ensafi, J. C. Park, D. Kapur and J. R.
Crandall ("Idle Port Scanning and Non-interference Analysis of Network Protocol Stacks Using Model Checking", USENIX Security
2010), who found what a shared limit on RSTs and a shared cache of SYNs tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from model.notation.analysis import mentions, replaced
from model.notation.cases import Cases
from model.notation.expr import TRUE, Expr, Op, conj, conjuncts, disj, ite, lift, literal, negate, variable
from model.notation.pool import reads
from model.notation.protocol import NETWORK
from model.notation.reasons import contradicts_itself
from model.notation.sorts import BOOL, MODULUS, SEQ, Enum, NotationError, Value
from model.notation.system import Action, Network, Parameter, TransitionSystem, Variable, View, anything, choose, draw
from model.tcp.assumptions import PAIRING
from model.tcp.attackers import ATTACKER, OWN_ISN
from model.tcp.composition import CLIENT, OF_ACK, OF_CONNECTION, OF_SEQ, Side
from model.tcp.endpoint import NOTED, EventKind, Response, Tcb
from model.tcp.handshakes.forging import FORGED
from model.tcp.handshakes.sharing import sharing
from model.tcp.segment import Segment, bits_of

if TYPE_CHECKING:
    from model.tcp.handshakes.handshake import Handshake

TOLD_APART = f"{ATTACKER}.told_apart"
"""Whether the attacker has observed something in one run that it has not in the other."""
ADDRESSES = (CLIENT, ATTACKER)
"""From where segments come."""
NOBODY, NOTHING = "nobody", "nothing"
DISTANT = 2**30
"""How far a secret number is from that of the other run: no window has both in it."""
LEFT_TO_DO = "§3.10.7"
"""The sections by which a server does something that its rule for a segment has left to do."""


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
        self.secret, left, right = handshake.composition.secret, handshake.composition.left, handshake.composition.right
        self.runs = (left.role, right.role)
        connecting = self.runs[1:] if self.secret == OF_CONNECTION else self.runs
        self.ends = {(run, address): self._end(run, address) for run in self.runs for address in ADDRESSES}
        self.clients = {run: self._client(run) for run in connecting}
        """The client's own TCB, in each run in which it connects."""
        ctl, text = handshake.combinations, handshake.text
        self.turn = Variable("turn", Enum("Turn", (NOBODY, *self.runs)), NOBODY)
        """Which run is to answer what has arrived."""
        self.left_to_do = any(
            section.startswith(LEFT_TO_DO) for section, _, _ in handshake.calls(self.ends[left.role, ATTACKER])
        )
        fields = {"from": Enum("Address", ADDRESSES), "seq": SEQ, "ack": SEQ, "ctl": ctl, "data": text, "isn": SEQ}
        fields |= {"left": BOOL} if self.left_to_do else {}
        firsts: dict[str, Value] = {"from": CLIENT, "ctl": ctl.members[0], "left": False}
        self.arrived = {name: Variable(f"arrived.{name}", sort, firsts.get(name, 0)) for name, sort in fields.items()}
        """What has arrived, and the ISN that the server chooses if it has to choose one."""
        firsts |= {"anything": False}
        observed = {"anything": BOOL, "seq": SEQ, "ack": SEQ, "ctl": ctl, "data": text}
        self.observed = {name: Variable(f"observed.{name}", sort, firsts.get(name, 0)) for name, sort in observed.items()}
        """What the attacker was sent in the run that has answered."""
        self.told_apart = Variable(TOLD_APART, BOOL, False)
        self.connections = {run: tuple(self._connection(run)) for run in connecting}
        """What the client and the server do to connect, and with which name in either run."""
        steps = (NOTHING, *dict.fromkeys(name for each in self.connections.values() for name, _ in each))
        self.step = Variable("client_step", Enum("ClientStep", steps), NOTHING) if len(connecting) > 1 else None
        """Which step of the client's connection the other run is to take as well."""

    def _end(self, run: str, address: str) -> Tcb:
        """Return the TCB that the server has in a run for who comes from an address."""
        role, isns = (run if address == ATTACKER else f"{run}.{address}"), self.handshake.scope.server_isns
        peer = address if address == ATTACKER else self._client_of(run)
        apart = address == CLIENT and self.secret == OF_ACK and run == self.runs[1]
        return self.handshake.tcb(
            Side(role, listens=True, accepts=True, host=run), Side(peer), _distant(isns) if apart else isns
        )

    def _client_of(self, run: str) -> str:
        return CLIENT if self.secret == OF_CONNECTION else f"{CLIENT}.{run}"

    def _client(self, run: str) -> Tcb:
        """Return the TCB of the client in a run."""
        isns = self.handshake.scope.client_isns[:1]
        apart = self.secret == OF_SEQ and run == self.runs[1]
        side = Side(self._client_of(run), connects=True)
        return self.handshake.tcb(side, Side(f"{run}.{CLIENT}"), _distant(isns) if apart else isns)

    def _amended(self, end: Tcb, cases: Cases[Response]) -> Cases[Response]:
        """Return what an endpoint does, where the table of its host may be full of what others have there."""
        cases = self.handshake.amended(end, cases)
        if not end.accepts or self.handshake.slots >= len(ADDRESSES):
            return cases
        others = [other for other in self.ends.values() if other.host == end.host and other.role != end.role]
        return sharing(self.handshake, end, others, cases)

    def system(self) -> TransitionSystem:
        """Return the two runs as one system."""
        step = () if self.step is None else (self.step,)
        own = (self.turn, *step, *self.arrived.values(), *self.observed.values(), self.told_apart)
        ends = (*self.ends.values(), *self.clients.values())
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
                *(action for run in self.clients for _, action in self._in_turn(run)),
                *(self.sends(address, ctl) for address in ADDRESSES for ctl in FORGED),
                *((self._goes_on(),) if self.left_to_do else ()),
                *(action for run in self.runs for address in ADDRESSES for action in self.answers(run, address)),
                *(replace(action, guard=self._at_rest) for action in self.handshake.clock(ends)),
            ),
            views={run: View(self.ends[run, ATTACKER].state) for run in self.runs},
            network=Network(NETWORK, loss=False, duplication=False, written_out=True),
            assumptions=self.handshake.assumed,
            outsiders=(*(client.role for client in self.clients.values()), ATTACKER),
        )

    @property
    def _at_rest(self) -> Expr:
        return self.turn.value == NOBODY

    # -- the client's connection ----------------------------------------------------------------------------------------------

    def _connection(self, run: str) -> Iterator[tuple[str, Action]]:
        """Yield what opens the client's connection in a run, by the rules, each with what it is called in any run."""
        client, server = self.clients[run], self.ends[run, CLIENT]
        calls = [(client, call) for call in self.handshake.calls(client) if EventKind.OPENS in call[2].events]
        calls += [(server, call) for call in self.handshake.calls(server) if call[0].startswith(LEFT_TO_DO)]
        for end, (section, condition, response) in calls:
            yield self._connecting(run, end, section, conj(condition, response.when), response)
        drawn = draw("segment", variable(NETWORK, self.handshake.segments))
        arriving = self.handshake.arriving(drawn.row)
        for end in (server, client):
            there = arriving.destination == self._on_the_way(end)
            segment = replace(arriving, source=self._named(end.peer), destination=self._named(end.role))
            for state, (section, rule) in self.handshake.rules(end).items():
                for condition, response in self._amended(end, rule(end, segment)).disjoint():
                    guard = conj(end.state == state, there, condition, response.when)
                    if not contradicts_itself(guard):
                        yield self._connecting(run, end, section, guard, response, drawn)

    def _named(self, host: str) -> Expr:
        return literal(host, self.handshake.hosts)

    def _on_the_way(self, end: Tcb) -> Expr:
        """Return what an endpoint is called in a segment between a client and its server: a server by its run."""
        return self._named(end.host if end.accepts else end.role)

    def _connecting(
        self, run: str, end: Tcb, section: str, guard: Expr, response: Response, *drawn: Parameter
    ) -> tuple[str, Action]:
        """Return an action of the client's connection: what is sent is in the network, and what has arrived is not any more."""
        between = {self.clients[run].role: self.clients[run], self.ends[run, CLIENT].role: self.ends[run, CLIENT]}
        of_server = end.accepts
        sends = [
            replace(sent, source=self._on_the_way(end), destination=self._on_the_way(between[end.peer]))
            for sent in response.sends
        ]
        segments = variable(NETWORK, self.handshake.segments)
        after = segments.remove(*drawn[0].row) if drawn else segments
        for sent in sends:
            after = after.add(*sent)
        name = f"{response.name}_of_the_{CLIENT}" if of_server else f"{CLIENT}_{response.name}"
        alone = name if not of_server and self.secret == OF_CONNECTION else f"{run}_{name}"
        return name, Action(
            alone,
            guard=guard,
            updates={**response.updates, **({} if after is segments else {NETWORK: after})},
            parameters=(*drawn, *response.parameters),
            receives="segment" if drawn else "",
            sends=tuple(map(tuple, sends)),
            by=run if of_server else end.role,
            section=section,
            doc=f"{'The server' if of_server else 'The client'} {response.doc}",
            check=response.check,
        )

    def _in_turn(self, run: str) -> Iterator[tuple[str, Action]]:
        """Yield what connects the client in a run: by itself in the one that it connects in, or the same in both in turn."""
        first, second = self.runs
        for name, action in self.connections[run]:
            if self.step is None:
                yield name, replace(action, guard=conj(self._at_rest, action.guard))
                continue
            chosen = [p for p in action.parameters if p.source is None and p.columns[0][1] == SEQ]
            opens = bool(chosen) and action.by not in self.runs
            secret = bool(chosen) and self.secret == (OF_SEQ if opens else OF_ACK)
            kept, turn = self.arrived["isn"], literal(second if run == first else NOBODY, self.turn.sort)
            updates = {self.turn.name: turn}
            if run == first:
                guard = self._at_rest
                updates |= {kept.name: chosen[0].value} if chosen and not secret else {}
                updates |= {self.step.name: literal(name, self.step.sort)}
            else:
                guard = conj(self.turn.value == second, self.step.value == name)
                updates |= {kept.name: literal(kept.initial, SEQ), self.step.name: literal(NOTHING, self.step.sort)}
            same = action if run == first or secret else self._alike(action, chosen)
            yield name, replace(same, guard=conj(guard, same.guard), updates={**same.updates, **updates})

    def _alike(self, action: Action, chosen: list[Parameter]) -> Action:
        """Return an action whose ISN is the one that was chosen in the other run."""
        same = self._as_chosen({p.name for p in chosen})
        return replace(
            action,
            guard=same(action.guard),
            updates={name: same(value) for name, value in action.updates.items()},
            sends=tuple(tuple(map(same, sent)) for sent in action.sends),
            parameters=tuple(p for p in action.parameters if p not in chosen),
        )

    def _as_chosen(self, names: set[str]) -> Callable[[Expr], Expr]:
        """Return what puts the ISN that is chosen in both runs in the place of a choice."""
        isn = self.arrived["isn"].value
        return lambda e: replaced(e, lambda node: isn if node.op is Op.PARAMETER and node.data in names else None)

    # -- what the attacker sends, and what it is answered ----------------------------------------------------------------------

    def sends(self, address: str, ctl: str) -> Action:
        """Return what sends both servers the same segment, from an address."""
        end, bits = self.ends[self.runs[0], address], bits_of(ctl)
        own = literal(OWN_ISN, SEQ)
        known, acked = self._known(end, address, ctl)
        seq, ack = choose("seq", SEQ, among=(own, *known)), choose("ack", SEQ, among=(own, *acked))
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
                self.turn.name: literal(self.runs[0], self.turn.sort),
            },
            parameters=tuple(chosen.values()),
            sends=tuple((literal(address, hosts), literal(run, hosts), *fields) for run in self.runs),
            by=ATTACKER,
            doc=f"The attacker sends the server a {ctl}{as_whom}, in both runs.",
        )

    def _known(self, end: Tcb, address: str, ctl: str) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        """Return the numbers besides its own that the attacker sends as SEQ and as ACK: those of its connection, or a guess.

        It knows each ISN that it was sent, also where the server has kept nothing of it. Text is at one place alone, as in
        forging.
        """
        begins = end.irs + 1
        if address == ATTACKER:
            forgets = not self.handshake.made
            sent = tuple(literal((isn + 1) % MODULUS, SEQ) for isn in end.isn_choices) if forgets else ()
            first = (literal(OWN_ISN + 1, SEQ),) if forgets else ()
            return (begins, *first) if ctl == "ACK" else (end.rcv_nxt, end.rcv_nxt + 1), (end.snd_nxt, *sent)
        if self.secret == OF_CONNECTION:
            return (), ()
        seq = (begins,) if ctl == "ACK" else (end.rcv_nxt,)
        return (seq, (end.snd_nxt,)) if self.secret == OF_ACK else ((*seq, *(() if ctl == "ACK" else (end.rcv_nxt + 1,))), ())

    def _goes_on(self) -> Action:
        """Return what has both servers do what their rules left to do for the attacker's address, where they left something."""
        ends = [self.ends[run, ATTACKER] for run in self.runs]
        waits = [
            conj(condition, response.when)
            for end in ends
            for section, condition, response in self.handshake.calls(end)
            if section.startswith(LEFT_TO_DO)
        ]
        arrived = {"from": literal(ATTACKER, self.arrived["from"].sort), "left": TRUE}
        return Action(
            "servers_go_on",
            guard=conj(self._at_rest, disj(*waits)),
            updates={
                **{self.arrived[name].name: value for name, value in arrived.items()},
                self.turn.name: literal(self.runs[0], self.turn.sort),
            },
            doc="Both servers go on with what their rules have left to do.",
        )

    def answers(self, run: str, address: str) -> Iterator[Action]:
        """Yield what the server does in a run with what comes from an address: what the rules say, and nothing else."""
        end, arrived = self.ends[run, address], {name: v.value for name, v in self.arrived.items()}
        hosts = self.handshake.hosts
        segment = Segment(
            literal(address, hosts), literal(end.role, hosts), *(arrived[name] for name in ("seq", "ack", "ctl", "data"))
        )
        comes = self._comes(run, address, left=False)
        for state, (section, rule) in self.handshake.rules(end).items():
            cases = self._amended(end, rule(end, segment))
            ignored = Response(f"ignores_the_rest_in_{state.lower().replace('-', '_')}", "ignores what no rule is about.")
            for condition, response in (*cases.disjoint(), (cases.untaken, ignored)):
                yield from self._answered(run, address, section, conj(comes, end.state == state, condition), response)
        if not self.left_to_do or address == CLIENT:
            return
        goes_on, left = self._comes(run, address, left=True), []
        for section, condition, response in self.handshake.calls(end):
            if section.startswith(LEFT_TO_DO):
                left.append(condition)
                yield from self._answered(run, address, section, conj(goes_on, condition), response)
        nothing = Response("has_nothing_left_to_do", "has nothing left to do.")
        yield self._action(run, address, LEFT_TO_DO, conj(goes_on, negate(disj(*left))), nothing)

    def _comes(self, run: str, address: str, *, left: bool) -> Expr:
        """Return whether a run is to answer what has come from an address, or to do what was ``left`` to do for that."""
        here = conj(self.turn.value == run, self.arrived["from"].value == address)
        here &= TRUE if self.step is None else self.step.value == NOTHING
        return here if not self.left_to_do else conj(here, self.arrived["left"].value if left else ~self.arrived["left"].value)

    def _answered(self, run: str, address: str, section: str, when: Expr, response: Response) -> Iterator[Action]:
        """Yield that a response is given, and that it is withheld, as far as either can be."""
        done = self._chosen_alike(response)
        guard = conj(when, done.when)
        if not contradicts_itself(guard):
            yield self._action(run, address, section, guard, done)
        silent = conj(when, self._withheld(self.ends[run, address], done))
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
        same = self._as_chosen({p.name for p in alike})
        return replace(
            response,
            when=same(lift(response.when, BOOL)),
            updates={name: same(value) for name, value in response.updates.items()},
            sends=tuple(Segment(*map(same, sent)) for sent in response.sends),
            parameters=tuple(p for p in response.parameters if p not in alike),
        )

    def _action(self, run: str, address: str, section: str, guard: Expr, response: Response) -> Action:
        first, own = run == self.runs[0], address == ATTACKER
        seen = self._seen(response if own else None)
        observed = {self.observed[name].name: value for name, value in seen.items()}
        differs = disj(*(self.observed[name].value != value for name, value in seen.items()))
        nothing = {v.name: literal(v.initial, v.sort) for v in (*self.observed.values(), *self.arrived.values())}
        whose = "" if own else f"_from_{address}"
        of = ("without the client" if first else "with the client") if self.secret == OF_CONNECTION else f"called {run}"
        return Action(
            f"{run}_{response.name}{whose}",
            guard=guard,
            updates={
                **response.updates,
                **(observed if first else {**nothing, TOLD_APART: self.told_apart.value | differs}),
                self.turn.name: literal(self.runs[1] if first else NOBODY, self.turn.sort),
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


def _distant(isns: tuple[int, ...]) -> tuple[int, ...]:
    """Return ISNs that are each as far from one of these as a secret number is from that of the other run."""
    return tuple((isn + DISTANT) % MODULUS for isn in isns)
