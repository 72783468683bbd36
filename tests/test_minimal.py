"""How many messages a handshake needs: the family, what kills its members, and what is said of two messages in general."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import NamedTuple

import pytest

from checker.explicit.explorer import Explorer
from checker.explicit.search import search
from checker.host.limits import Limits
from checker.studies.minimal import synthesis, two_messages
from checker.studies.minimal.conditions import covering, meets
from checker.studies.minimal.decision import Decision, decide_minimal
from checker.studies.minimal.synthesis import ATTACKED, DEFAULT, Proposer, claims_named, exhaustive, synthesise
from checker.studies.minimal.trial import ATTACK, CONNECTION, Move, Trial, honest
from checker.studies.minimal.two_messages import observed, remembering, undecidable
from checker.symbolic.bmc import bounded_search
from model.notation.analysis import mentions
from model.notation.expr import FALSE, disj
from model.notation.network import connect, keeping_everything, why_not_kept
from model.notation.system import TransitionSystem
from model.tcp.handshakes.parametric import (
    CARRIES,
    CLIENT,
    ECHOES,
    ESTABLISHES,
    RFC_793,
    SERVER,
    Choice,
    Member,
    Parametric,
)
from model.tcp.scope import SCOPES
from properties.claim import monitored
from properties.events import events_claim
from properties.observe import Check, Monitored
from tests.command_line import Answer, Ask

DEFAULT_SCOPE = SCOPES["default"]
SIZES = {2: 8, 3: 64, 4: 512}
TWIN = Member(3, RFC_793.chosen | {Choice(CARRIES, 3)})


def chosen(member: Member) -> frozenset[str]:
    return frozenset(map(str, member.chosen))


@pytest.fixture(scope="module")
def decided() -> dict[int, Decision]:
    return {messages: decide_minimal(messages, DEFAULT_SCOPE) for messages in (2, 3)}


@pytest.fixture(scope="module")
def four() -> synthesis.Synthesis:
    return synthesise(Parametric(4))


# -- the family ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("messages", SIZES)
def test_the_family_has_every_way_to_choose_the_parameters(messages: int) -> None:
    members = Parametric(messages).members
    assert len(members) == len(set(members)) == SIZES[messages]


def test_rfc_793_is_a_member_and_reads_like_it() -> None:
    assert RFC_793 in Parametric(3).members
    assert str(RFC_793) == "1 SYN(x)  2 SYN(y)+ACK(x)  3 ACK(y)"
    assert (RFC_793.established_by(SERVER), RFC_793.established_by(CLIENT)) == (3, 2)


@pytest.mark.parametrize("messages", [2, 3])
def test_events_are_what_happens(messages: int) -> None:
    """Claims go by events, so a member that did not say them would survive for nothing."""
    for member in Parametric(messages).members:
        system = Parametric(messages).system(member)
        watched = monitored(system, [events_claim(system)])
        found = search(replace(watched, system=keeping_everything(watched.system)))
        assert found.complete, member
        assert not found.schedules, member


def test_no_rule_reads_what_is_for_claims_alone() -> None:
    """Else a receiver would know what no message tells it."""
    family = Parametric(4, remembers=True)
    for member in family.members[:: len(family.members) // 64]:
        for action in family.system(member).actions:
            ghost = {"server.attempt", *(f"{p.name}.attempt" for p in action.parameters)}
            updates = {name: value for name, value in action.updates.items() if name != "server.attempt"}
            sent = [cell for message in action.sends for cell in message]
            read = {name for e in (action.guard, *updates.values(), *sent) for _, name in mentions(e)}
            assert not ghost & read, (member, action.name)


def test_a_member_may_be_searched_with_a_network_that_keeps_everything() -> None:
    for member in Parametric(3).members:
        trial = Trial(Parametric(3), member, claims_named(ATTACKED))
        assert why_not_kept(trial.watched.system, trial.watched.formulas) == ""


def test_the_network_written_out_has_the_same_survivors() -> None:
    """The reduction's argument, tried: with every loss and copy a step, in the smallest scope in which attacks are possible."""
    family = Parametric(3)
    for member in (RFC_793, *(Member(3, RFC_793.chosen - {choice}) for choice in RFC_793.chosen)):
        watched = Trial(family, member, claims_named(DEFAULT)).watched
        kept = search(replace(watched, system=keeping_everything(watched.system)), exhaust=True)
        exact = search(replace(watched, system=connect(watched.system)), exhaust=True)
        assert kept.complete
        assert exact.complete
        assert {name: len(run) for name, run in kept.schedules.items()} == {
            name: len(run) for name, run in exact.schedules.items()
        }


# -- who survives --------------------------------------------------------------------------------------------------------


def test_of_two_messages_nobody_survives(decided: dict[int, Decision]) -> None:
    assert decided[2].decided
    assert decided[2].synthesis.survivors == ()


def test_of_three_messages_rfc_793_survives_and_its_twin(decided: dict[int, Decision]) -> None:
    assert decided[3].decided
    assert [survivor.member for survivor in decided[3].synthesis.survivors] == [RFC_793, TWIN]


@pytest.mark.parametrize("choice", sorted(RFC_793.chosen), ids=str)
def test_each_field_of_rfc_793_is_needed(choice: Choice, decided: dict[int, Decision]) -> None:
    """Whatever else a member has: without one of these it is killed or useless."""
    synthesis = decided[3].synthesis
    dead = {*synthesis.useless, *(member for attack in synthesis.attacks for member in attack.killed)}
    assert all(member in dead for member in Parametric(3).members if choice not in member.chosen)


@pytest.mark.parametrize("messages", [2, 3])
def test_a_search_of_every_member_agrees(messages: int, decided: dict[int, Decision]) -> None:
    found = decided[messages].exhaustive
    assert found is not None
    assert found.complete
    assert found.members == SIZES[messages]
    assert set(found.survivors) == {survivor.member for survivor in decided[messages].synthesis.survivors}
    assert decided[messages].agrees


@pytest.mark.parametrize("claims", [(name,) for name in ATTACKED] + [("agreement", "client-agreement")], ids="+".join)
def test_a_search_of_every_member_agrees_for_each_claim(claims: tuple[str, ...]) -> None:
    family = Parametric(3)
    survivors = {survivor.member for survivor in synthesise(family, claims).survivors}
    assert survivors == set(exhaustive(family, claims).survivors)


def test_without_the_claim_of_the_client_a_server_may_leave_out_the_echo() -> None:
    """Its number in the third message protects the server as well; the client then takes an answer to an old attempt."""
    survivors = {survivor.member for survivor in synthesise(Parametric(3), ("no-stale-establishment",)).survivors}
    assert survivors == {RFC_793, TWIN, Member(3, TWIN.chosen - {Choice(ECHOES, 2)})}


def test_of_four_messages_eighteen_survive(four: synthesis.Synthesis) -> None:
    """Sixteen say all that RFC 793 says with their first three; in two the client is told last that the number was its own."""
    members = {survivor.member for survivor in four.survivors}
    assert len(members) == 18
    assert four.decided
    assert four.depth == 12
    late = {member for member in members if not member.chosen >= RFC_793.chosen}
    assert {str(member) for member in late} == {
        "1 SYN(x)  2 SYN(y)  3 SEQ(x)+ACK(y)  4 ACK(x)",
        "1 SYN(x)  2 SYN(y)  3 SEQ(x)+ACK(y)  4 SEQ(y)+ACK(x)",
    }
    assert {member.established_by(CLIENT) for member in late} == {4}


def test_agreement_leaves_those_of_four_messages_in_which_the_client_is_first(four: synthesis.Synthesis) -> None:
    """A claim more can only kill: so it is enough to look at those that survive the others."""
    family = Parametric(4)
    first = {s.member for s in four.survivors if s.member.established_by(CLIENT) == 2}
    holds = {
        survivor.member
        for survivor in four.survivors
        if not Trial(family, survivor.member, claims_named(["agreement"])).search(Limits()).schedules
    }
    assert holds == first
    assert len(first) == 8


@pytest.mark.parametrize("messages", [2, 3])
def test_more_attempts_and_answers_change_nothing(messages: int, decided: dict[int, Decision]) -> None:
    large = synthesise(Parametric(messages, SCOPES["large"]))
    assert [s.member for s in large.survivors] == [s.member for s in decided[messages].synthesis.survivors]


# -- an independent formulation ------------------------------------------------------------------------------------------


class Client(NamedTuple):
    at: int = 0
    iss: int = 0
    irs: int = 0
    up: bool = False


class Server(NamedTuple):
    """``origin`` is the attempt that it answered, ``over`` whether that had ended, ``agreed`` whether it got through since."""

    at: int = 0
    iss: int = 0
    irs: int = 0
    up: bool = False
    origin: int = 0
    over: bool = False
    agreed: bool = False


class World(NamedTuple):
    """A state, in no common notation. A message is (number, isn, echo, who sent message 1). Servers count from 10."""

    client: Client = Client()
    server: Server = Server()
    opened: int = 0
    answered: frozenset[tuple[int, int]] = frozenset()
    connected: frozenset[int] = frozenset()
    sent: frozenset[tuple[int, int, int, int]] = frozenset()


def oracle(member: Member) -> dict[str, int]:
    """Return how many steps a run of a member needs to violate each claim that one violates, and to connect it."""
    level, seen, steps = [World()], {World()}, dict[str, int]()
    for depth in count(1):
        new = []
        for after, wrong in (step for world in level for step in successors(member, world)):
            client, server = after.client, after.server
            if client.up and server.up:
                paired = client.irs == server.iss and server.irs == client.iss
                wrong.add(CONNECTION if paired else "isn-paired")
            steps |= {what: depth for what in wrong if what not in steps}
            if after not in seen:
                seen.add(after)
                new.append(after)
        if not new:
            return steps
        level = new
    raise AssertionError


def successors(m: Member, w: World) -> Iterator[tuple[World, set[str]]]:
    client, server = w.client, w.server
    if client.at == 0 and w.opened < 2:
        new = w.opened + 1
        yield w._replace(client=Client(1, new), opened=new, sent=w.sent | {message(m, 1, new, 0)}), set()
    if client.at:
        yield w._replace(client=Client()), set()
    if server.at:
        yield w._replace(server=Server()), set()
    for number, isn, echo, sender in w.sent:
        if number == 1 and server.at == 0 and len(w.answered) < 2:
            new = 10 + len(w.answered)
            over = not (client.at and client.iss == sender)
            answered = w._replace(
                server=Server(2, new, isn, origin=sender, over=over),
                answered=w.answered | {(sender, new)},
                sent=w.sent | {message(m, 2, new, isn)},
            )
            yield server_up(m, answered, 1)
        if (
            number in (2, 4)
            and client.at == number - 1
            and echo in (0, client.iss)
            and 0 in (isn, client.irs, isn - client.irs)
        ):
            told = client._replace(irs=client.irs or isn)
            yield client_up(m, w._replace(client=told, sent=sending(m, w, number, told.iss, told.irs)), number)
        if number == 3 and server.at == 2 and echo in (0, server.iss) and 0 in (isn, server.irs, isn - server.irs):
            heard = server._replace(irs=server.irs or isn)
            yield server_up(m, w._replace(server=heard, sent=sending(m, w, number, heard.iss, heard.irs)), 3)


def message(m: Member, number: int, own: int, other: int) -> tuple[int, int, int, int]:
    return number, own * m.carries(number), other * m.echoes(number), own * (number == 1)


def sending(m: Member, w: World, number: int, own: int, other: int) -> frozenset[tuple[int, int, int, int]]:
    return w.sent | {message(m, number + 1, own, other)} if number < m.messages else w.sent


def client_up(m: Member, w: World, number: int) -> tuple[World, set[str]]:
    """Return what comes of a message that the client took, with the next one sent."""
    client = w.client._replace(at=min(number + 1, m.messages))
    if m.established_by(CLIENT) != number:
        return w._replace(client=client), set()
    own = (client.iss, client.irs)
    through = own == (w.server.origin, w.server.iss)
    after = w._replace(client=client._replace(up=True), server=w.server._replace(agreed=w.server.agreed or through))
    return after, set() if own in w.answered else {"client-agreement"}


def server_up(m: Member, w: World, number: int) -> tuple[World, set[str]]:
    """Return what comes of a message that the server took, with the next one sent."""
    server = w.server._replace(at=min(number + 1, m.messages))
    if m.established_by(SERVER) != number:
        return w._replace(server=server), set()
    wrong = {
        "no-stale-establishment": server.over,
        "one-connection-per-attempt": server.origin in w.connected,
        "agreement": not server.agreed,
    }
    after = w._replace(server=server._replace(up=True), connected=w.connected | {server.origin})
    return after, {claim for claim, is_so in wrong.items() if is_so}


@pytest.mark.parametrize("messages", [2, 3])
def test_an_independent_formulation_has_the_same_verdicts(messages: int) -> None:
    """Of every claim about every member, and of whether it can connect, each in as many steps."""
    family = Parametric(messages)
    for member in family.members:
        trial = Trial(family, member, claims_named(ATTACKED))
        asked = replace(trial.watched, checks=(*trial.watched.checks, trial.connection))
        found = search(replace(asked, system=keeping_everything(asked.system))).schedules
        assert {name: len(schedule) for name, schedule in found.items()} == oracle(member), member


def test_an_independent_formulation_has_the_same_survivors_of_four(four: synthesis.Synthesis) -> None:
    verdicts = {member: oracle(member).keys() for member in four.family.members}
    survivors = {member for member, found in verdicts.items() if CONNECTION in found and not found & set(DEFAULT)}
    assert survivors == {survivor.member for survivor in four.survivors}


# -- attacks -------------------------------------------------------------------------------------------------------------


def test_whom_an_attack_kills_has_an_attack_of_its_own(four: synthesis.Synthesis, decided: dict[int, Decision]) -> None:
    """An attack that was generalised wrongly would kill somebody whom no search can hurt."""
    for found in (decided[2].synthesis, decided[3].synthesis):
        for attack in found.attacks:
            for member in attack.killed:
                assert ATTACK in Trial(found.family, member, claims_named(DEFAULT)).search(Limits()).schedules
    for attack in four.attacks:
        for member in attack.killed[::10]:
            assert ATTACK in Trial(four.family, member, claims_named(DEFAULT)).search(Limits()).schedules


def test_everybody_is_useless_or_killed_once_or_survives(four: synthesis.Synthesis, decided: dict[int, Decision]) -> None:
    for found in (decided[2].synthesis, decided[3].synthesis, four):
        judged = [*found.useless, *(member for attack in found.attacks for member in attack.killed)]
        judged += [survivor.member for survivor in found.survivors]
        assert len(judged) == len(set(judged)) == len(found.family.members)


def test_conditions_say_just_whom_an_attack_kills(four: synthesis.Synthesis) -> None:
    """Of those that are of any use: a condition speaks of nobody whom the attack does not work on, and of all whom it kills."""
    useful = [member for member in four.family.members if member not in four.useless]
    for attack in four.attacks:
        told = {member for member in useful if any(meets(member, condition) for condition in attack.conditions)}
        assert set(attack.killed) <= told <= set(attack.works_on)
        assert attack.on in attack.killed


def test_one_attack_kills_many(four: synthesis.Synthesis) -> None:
    assert four.proposals == len(four.attacks) + len(four.survivors)
    assert len(four.attacks) < 10
    assert sum(len(attack.killed) for attack in four.attacks) == 512 - len(four.useless) - 18


def test_an_attack_is_tried_with_the_messages_of_the_other_member() -> None:
    """The SYN of an ended attempt, taken in both; what differs is what is in the messages, and who is ESTABLISHED by it."""
    family = Parametric(3)
    moves = (Move("client_opens"), Move("client_gives_up"), Move("server_takes_1", 0))
    hasty = Member(3, RFC_793.chosen - {Choice(ESTABLISHES, 3)})
    claims = claims_named(["no-stale-establishment"])
    assert Trial(family, hasty, claims).falls_to(moves)
    assert not Trial(family, RFC_793, claims).falls_to(moves)
    silent = Member(3, hasty.chosen - {Choice(CARRIES, 1), Choice(ECHOES, 2)})
    *_, taken = Trial(family, silent, claims).taking(moves)
    assert taken.schedule[2][1]["message"] == (1, 0, 0, 100)
    assert taken.violated


def test_moves_that_are_not_possible_kill_nobody() -> None:
    """RFC 793's client does not take an answer to another attempt; without the echo it does."""
    family, claims = Parametric(3), claims_named(["client-agreement"])
    moves = (
        Move("client_opens"),
        Move("client_gives_up"),
        Move("client_opens"),
        Move("server_takes_1", 0),
        Move("client_takes_2", 3),
    )
    assert len(list(Trial(family, RFC_793, claims).taking(moves))) == 4
    assert not Trial(family, RFC_793, claims).falls_to(moves)
    assert Trial(family, Member(3, RFC_793.chosen - {Choice(ECHOES, 2)}), claims).falls_to(moves)


def test_the_honest_run_connects_rfc_793_and_is_found_again() -> None:
    trial = Trial(Parametric(3), RFC_793, claims_named(DEFAULT))
    moves = honest(3)
    *_, last = trial.taking(moves)
    assert trial.connects_by(moves)
    assert trial.moves(last.schedule) == moves
    assert not Trial(Parametric(3), Member(3, RFC_793.chosen - {Choice(CARRIES, 2)}), ()).connects_by(moves)


@pytest.mark.parametrize(
    ("missing", "steps"), [(Choice(ESTABLISHES, 3), 3), (Choice(ECHOES, 2), 5), (Choice(ECHOES, 3), 6)], ids=str
)
def test_z3_finds_the_same_shortest_attacks(missing: Choice, steps: int) -> None:
    trial = Trial(Parametric(3), Member(3, RFC_793.chosen - {missing}), claims_named(DEFAULT))
    assert len(trial.search(Limits()).schedules[ATTACK]) == steps
    watched = trial.watched
    stop = {a.name: disj(*(check.stop.get(a.name, FALSE) for check in watched.checks)) for a in watched.system.actions}
    found = bounded_search(Monitored(keeping_everything(watched.system), (Check(ATTACK, stop),)), Limits(depth=steps))
    assert len(found.schedules[ATTACK]) == steps


def test_z3_proposes_the_smallest_member_that_is_left() -> None:
    family = Parametric(2)
    proposer = Proposer(family.choices)
    sizes = []
    while (member := proposer.propose(family)) is not None:
        sizes.append(member.fields)
        proposer.exclude({choice: choice in member.chosen for choice in family.choices})
    assert sizes == [0, 1, 1, 1, 2, 2, 2, 3]


def test_covering_is_exact_and_as_general_as_can_be() -> None:
    members = Parametric(2).members
    wanted = [
        member for member in members if Choice(CARRIES, 1) not in member.chosen or Choice(CARRIES, 2) not in member.chosen
    ]
    assert covering(wanted, wanted, members) == ({Choice(CARRIES, 1): False}, {Choice(CARRIES, 2): False})
    assert covering(members, members, members) == ({},)


# -- two messages in general ---------------------------------------------------------------------------------------------


def test_a_server_observes_the_same_of_an_attempt_that_is_alive_and_of_one_that_has_ended() -> None:
    found = undecidable(DEFAULT_SCOPE)
    assert found.holds
    assert observed(found.alive) == observed(found.ended) == ((1, 100, 0),)
    assert found.alive.before(len(found.alive) - 1)["client.at"] == 1
    assert found.ended.before(len(found.ended) - 1)["client.at"] == 0


@pytest.mark.parametrize(("scope", "longest", "sequences"), [("default", 3, 2 + 4 + 8), ("large", 2, 3 + 9), ("small", 4, 4)])
def test_every_sequence_of_messages_can_be_observed(scope: str, longest: int, sequences: int) -> None:
    found = undecidable(SCOPES[scope], longest)
    assert (found.sequences, found.shown) == (sequences, sequences)


def test_a_server_that_could_tell_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were attempts never over, there would be no run of ended ones, and the statement would not be shown."""

    def undying(self: Parametric, member: Member) -> TransitionSystem:
        system = client(self, member)
        return replace(system, actions=tuple(a for a in system.actions if a.name != "client_gives_up"))

    client = Parametric.client
    monkeypatch.setattr(Parametric, "client", undying)
    found = {(seen, lived) for seen, lived, _ in two_messages._runs(DEFAULT_SCOPE, 2)}  # noqa: SLF001  # as above
    assert found
    assert all(all(lived) for _, lived in found)
    with pytest.raises(StopIteration):
        undecidable(DEFAULT_SCOPE)


def test_two_messages_do_for_a_server_that_never_forgets() -> None:
    found = remembering(DEFAULT_SCOPE)
    assert found.holds
    assert found.attack is None
    assert found.complete
    assert found.witness is not None
    assert found.witness.end["server.established"] is True
    assert found.witness.end["client.established"] is True
    assert found.refusal is not None
    assert found.refusal.steps[-1].action == "server_refuses_1"
    assert found.forgetful is not None
    assert [step.action for step in found.forgetful.steps].count("server_takes_1") == 2


def test_memory_does_not_help_against_stale_connections() -> None:
    family = Parametric(2, remembers=True)
    trial = Trial(family, family.members[-1], claims_named(["no-stale-establishment"]))
    assert len(trial.search(Limits()).schedules[ATTACK]) == 3


# -- the command ---------------------------------------------------------------------------------------------------------


def record(answer: Answer) -> dict[str, object]:
    found: dict[str, object] = json.loads(answer.out)
    return found


def test_the_record_says_what_the_readme_says(ask: Ask) -> None:
    found = ask("minimal", "--messages", "2", "--json")
    assert (found.code, found.err) == (0, "")
    two = record(found)
    assert (two["messages"], two["family"], two["useless"], two["survivors"], two["decided"]) == (2, 8, 6, [], True)
    assert two["claims"] == list(DEFAULT)
    assert two["depth"] is None
    stale, again = two["no-stale-establishment"], two["one-connection-per-attempt"]
    assert isinstance(stale, dict)
    assert isinstance(again, dict)
    assert stale["no_server_does"] is True
    assert again["remembering_does"] is True
    three = record(ask("minimal", "--messages", "3", "--json"))
    survivors, confirmed = three["survivors"], three["exhaustive"]
    assert isinstance(survivors, list)
    assert isinstance(confirmed, dict)
    assert survivors[0]["messages"] == ["1 SYN(x)", "2 SYN(y)+ACK(x)", "3 ACK(y)"]
    assert (len(survivors), confirmed["members"], confirmed["agrees"]) == (2, 64, True)
    assert three["depth"] == 12


def test_the_text_names_rfc_793_and_fits_a_terminal(ask: Ask) -> None:
    for messages in ("2", "3"):
        found = ask("minimal", "--messages", messages)
        assert found.code == 0
        assert max(map(len, found.out.splitlines())) <= 80
    assert "  1 SYN(x)  2 SYN(y)+ACK(x)  3 ACK(y) " in found.out
    assert "RFC 793" in found.out
    assert "Confirmed: a search of each of the 64 members" in found.out


def test_claims_can_be_chosen(ask: Ask) -> None:
    found = record(ask("minimal", "--messages", "2", "--claim", "client-agreement", "--json"))
    assert found["claims"] == ["client-agreement"]
    assert isinstance(found["survivors"], list)
    assert len(found["survivors"]) == 1
    assert found["no-stale-establishment"] is None


def test_what_was_not_searched_to_the_end_is_not_decided(ask: Ask) -> None:
    found = ask("minimal", "--messages", "3", "--max-depth", "4", "--json")
    assert found.code == 20
    three = record(found)
    assert (three["decided"], three["depth"]) == (False, 4)
    assert "Survivors so far" in ask("minimal", "--messages", "3", "--max-depth", "4").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--messages", "7"), "'7' is no number of messages"),
        (("--messages", "1"), "from 2 to 4"),
        (("--messages", "three"), "'three' is no number of messages"),
        ((), "--messages"),
        (("--messages", "3", "--claim", "agrement"), "did you mean 'agreement'?"),
        (("--messages", "3", "--claim", "history-is-reset"), "is not about ISNs alone"),
        (("--messages", "3", "--scope", "tiny"), "there is no scope 'tiny'"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(words: tuple[str, ...], said: str, ask: Ask) -> None:
    found = ask("minimal", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize(("of", "method"), [(Proposer, "exclude"), (Member, "carries"), (Explorer, "grow")])
def test_ctrl_c_ends_it_in_a_sentence(of: type, method: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Z3 is told something, while a member is written down, and in a search: all that is a process of its own."""
    command = os.getpid()

    def interrupted(*_: object) -> None:
        os.kill(command, signal.SIGINT)
        time.sleep(60)

    monkeypatch.setattr(of, method, interrupted)
    found = ask("minimal", "--messages", "3")
    assert (found.code, found.out, found.err) == (130, "", "synproof: interrupted\n")
