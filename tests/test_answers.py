"""``answer``: what RFC 9293 has one endpoint answer, against the RFC's words, the suites of others, and itself."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from checker.cli import main
from checker.conformance.host import IRS, ISNS, Host, Sent
from checker.conformance.table import Row, table
from model.notation.sorts import NotationError
from model.tcp.handshakes.facing import FacingAssumptions
from reports import answers
from reports.language.catalogue import language
from tests.command_line import Ask
from tests.facts import Fact, agrees, facts

ISS = ISNS[0]
CHALLENGE = (Sent("ACK", ISS + 1, IRS + 1),)


def answered(state: str, segment: str, *, passive: bool = False, **assumed: str | int | bool) -> tuple[tuple[Sent, ...], str]:
    """Return what is sent, and the state after it; what cannot be expressed is no answer."""
    host = Host(FacingAssumptions.of(assumed))
    answer = host.does(host.read(segment), host.come_to(state, passive=passive))
    assert not answer.cannot
    return answer.sent, answer.state


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(table(Host(), ("CLOSED", "LISTEN", "SYN-SENT", "ESTABLISHED", "TIME-WAIT")))


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: f"{fact.suite}: {fact.test}")
def test_the_suites_of_others(fact: Fact) -> None:
    """Where a suite differs, the table has what the RFC says, and the model agrees with that and not with the suite."""
    match fact.verdict:
        case "RFC":
            assert agrees(fact, fact.expects)
        case _:
            assert agrees(fact, fact.model)
            assert not agrees(fact, fact.expects)


def test_most_facts_are_the_rfcs() -> None:
    """Catches a table that has been thinned out, or in which differences have been declared away."""
    counted = Counter(fact.verdict for fact in facts())
    assert set(counted) == {"RFC", "choice", "suite differs"}
    assert counted["RFC"] > 260
    assert counted.total() > 300


def test_the_reset_of_a_closed_host_counts_syn_and_text() -> None:
    """§3.10.7.1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN>; SEG.LEN of a SYN with three octets is four (§3.4)."""
    assert answered("CLOSED", "SYN data=3") == ((Sent("RST,ACK", 0, IRS + 4),), "CLOSED")
    assert answered("CLOSED", "SYN,FIN data=3") == ((Sent("RST,ACK", 0, IRS + 5),), "CLOSED")
    assert answered("CLOSED", "none") == ((Sent("RST,ACK", 0, IRS),), "CLOSED")


@pytest.mark.parametrize(
    ("segment", "acknowledged"),
    [
        ("ACK data=200", 101),  # from RCV.NXT on: the window has room for 100
        ("ACK data=100", 101),  # to the right edge and no further
        ("ACK data=99", 100),
        ("ACK seq=rcv.nxt-10 data=20", 11),  # ten octets are new
        ("ACK seq=rcv.nxt-10 data=65535", None),  # neither its first nor its last octet is in the window: Table 6
        ("ACK seq=rcv.nxt+1 data=5", 1),  # out of order: not held
        ("ACK seq=rcv.nxt-10 data=10", 1),  # all old: not acceptable
    ],
)
def test_text_is_trimmed_to_the_window(segment: str, acknowledged: int | None) -> None:
    """§3.10.7.4, first and seventh, with a window of 100 octets; ``acknowledged`` is how far from IRS."""
    expected = (Sent("ACK", ISS + 1, IRS + (1 if acknowledged is None else acknowledged)),)
    assert answered("ESTABLISHED", segment, rcv_wnd=100) == (expected, "ESTABLISHED")


def test_each_mechanism_of_rfc_5961_is_switched_by_itself() -> None:
    """One segment for each mechanism: only its own switch changes what it draws."""
    probes = {
        "rst": ("RST seq=rcv.nxt+1024", ((), "CLOSED")),
        "syn": ("SYN seq=rcv.nxt+5", ((Sent("RST,ACK", 0, IRS + 7),), "CLOSED")),
        "ack": ("ACK ack=snd.una-70000", ((), "ESTABLISHED")),
    }
    for probed, (segment, without) in probes.items():
        for off in probes:
            there = ",".join(one for one in probes if one != off)
            expected = without if off == probed else (CHALLENGE, "ESTABLISHED")
            assert answered("ESTABLISHED", segment, mechanisms=there) == expected, (probed, off)


def test_the_windows_of_both_sides_are_apart() -> None:
    """RCV.WND decides about SEG.SEQ and MAX.SND.WND about how old an ACK may be (RFC 5961 §5.2)."""
    beyond, old = "RST seq=rcv.nxt+2000", "ACK ack=snd.una-2000"
    assert answered("ESTABLISHED", beyond, rcv_wnd=1000)[0] == ()
    assert answered("ESTABLISHED", beyond, rcv_wnd=2**30, snd_wnd=1000)[0] == CHALLENGE
    assert answered("ESTABLISHED", old, rcv_wnd=1000)[0] == ()
    assert answered("ESTABLISHED", old, snd_wnd=1000)[0] == CHALLENGE
    assert answered("ESTABLISHED", f"RST seq=rcv.nxt+{2**30 - 1}", rcv_wnd=2**30)[0] == CHALLENGE
    assert answered("ESTABLISHED", f"RST seq=rcv.nxt+{2**30}", rcv_wnd=2**30)[0] == ()


@pytest.mark.parametrize(
    ("segment", "state", "acknowledged"),
    [
        ("SYN,ACK data=3", "ESTABLISHED", 4),
        ("SYN,FIN,ACK", "CLOSE-WAIT", 2),
        ("SYN,FIN,ACK data=3", "CLOSE-WAIT", 5),
        ("SYN,ACK data=65535", "ESTABLISHED", 65536),  # all that the window has room for
    ],
)
def test_what_follows_the_syn_of_a_syn_ack_is_taken_with_it(segment: str, state: str, acknowledged: int) -> None:
    """§3.10.7.3, fourth: it goes on at the sixth check; one ACK is enough for the SYN, the text and the FIN."""
    assert answered("SYN-SENT", segment) == ((Sent("ACK", ISS + 1, IRS + acknowledged),), state)


@pytest.mark.parametrize("segment", ["SYN data=3", "SYN,FIN"])
def test_what_follows_a_syn_alone_is_not_acknowledged_with_it(segment: str) -> None:
    """§3.10.7.3, fourth: it is for later, when the connection is ESTABLISHED; nothing says that it has come."""
    assert answered("SYN-SENT", segment) == ((Sent("SYN,ACK", ISS, IRS + 1),), "SYN-RECEIVED")


def test_what_follows_the_syn_that_is_there_already_is_taken() -> None:
    """The SYN,ACK of Figure 7 has the SYN that was received, which is trimmed off (§3.10.7.4, first), and text behind it."""
    taken = answered("SYN-RECEIVED", "SYN,ACK seq=irs ack=iss+1 data=3")
    assert taken == ((Sent("ACK", ISS + 1, IRS + 4),), "ESTABLISHED")


@pytest.mark.parametrize(("old", "state", "acknowledged"), [(3, "CLOSE-WAIT", 2), (2, "CLOSE-WAIT", 3), (4, "ESTABLISHED", 1)])
def test_a_fin_after_old_text_is_taken_where_it_is_next(old: int, state: str, acknowledged: int) -> None:
    """§3.10.7.4, first: what lies before the window is trimmed off, and what is left of the segment is the FIN, or less."""
    taken = answered("ESTABLISHED", f"FIN,ACK seq=rcv.nxt-{old} data=3")
    assert taken == ((Sent("ACK", ISS + 1, IRS + acknowledged),), state)


@pytest.mark.parametrize(
    ("state", "becomes", "from_iss", "from_irs"),
    [
        ("ESTABLISHED", "CLOSE-WAIT", 1, 2),
        ("FIN-WAIT-1", "TIME-WAIT", 2, 2),  # the FIN acknowledges the one that was sent
        ("FIN-WAIT-2", "TIME-WAIT", 2, 2),
    ],
)
def test_a_fin_is_acknowledged_and_changes_the_state(state: str, becomes: str, from_iss: int, from_irs: int) -> None:
    """§3.10.7.4, eighth, and Figure 5."""
    assert answered(state, "FIN,ACK") == ((Sent("ACK", ISS + from_iss, IRS + from_irs),), becomes)


def test_rfc_1337_keeps_time_wait_from_a_reset() -> None:
    assert answered("TIME-WAIT", "RST")[1] == "CLOSED"
    assert answered("TIME-WAIT", "RST", rfc1337=True) == ((), "TIME-WAIT")


def test_the_table_asks_about_all_combinations_of_flags(rows: list[Row]) -> None:
    """Each state has all 16; a segment with ACK is asked about at each edge of both intervals."""
    by_state = {(row.state, row.passive): [] for row in rows}  # type: dict[tuple[str, bool], list[Row]]
    for row in rows:
        by_state[row.state, row.passive].append(row)
    assert all(len({row.ctl for row in of}) == 16 for of in by_state.values())
    established = [row for row in by_state["ESTABLISHED", True] if row.ctl == "ACK"]
    assert {row.seq for row in established} == {"below", "left edge", "inside", "right edge", "above"}
    assert len(established) == 5 * 5  # SND.UNA is SND.NXT where all was acknowledged


def test_the_table_keeps_to_what_the_rfc_says_of_all_states(rows: list[Row]) -> None:
    """No answer to a RST has a RST or ends in anything but a connection's end, and only an ACK establishes (§3.10.7)."""
    for row in rows:
        if row.answer.cannot:
            continue
        bits = row.ctl.split(",")
        if "RST" in bits:
            assert all("RST" not in sent.ctl for sent in row.answer.sent)
            assert row.answer.state in (row.state, "CLOSED")
        if row.answer.state == "ESTABLISHED" != row.state:
            assert "ACK" in bits
        if row.seq == "above" and row.state == "ESTABLISHED":
            assert row.answer.state == "ESTABLISHED"
        assert row.answer.action is not None
        assert row.answer.action.section.startswith("§3.10.7.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RTS", "'RTS' is no control bit"),
        ("closed", "is no call and no segment"),
        ("SYN ack=iss", "without the ACK bit"),
        ("SYN seq=iss seq=irs", "has seq twice"),
        ("SYN seq=rcv.nx", "no variable of a TCB"),
        ("SYN seq=", "is no number"),
        ("SYN seq=iss*2", "is no number"),
        ("SYN seq=4294967296", "4294967296 is no sequence number: write one from 0 to 4294967295"),
        ("ACK ack=snd.nxt-4294967296", "is no sequence number"),
        ("syn,nak", "is no call and no segment"),
        ("SYN data=65536", "is no amount of text"),
        ("SYN win=3", "says nothing of a segment"),
        ("closes seq=3", "takes nothing"),
    ],
)
def test_what_is_no_segment_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(NotationError, match=said):
        Host().read(text)


def test_control_bits_may_be_in_small_letters_and_numbers_are_those_of_32_bits() -> None:
    host = Host()
    assert host.read("ack") == host.read("ACK")
    assert host.read("fin,ack seq=rcv.nxt data=3") == host.read("FIN,ACK seq=rcv.nxt data=3")
    last = host.does(host.read("RST seq=4294967295"), host.come_to("ESTABLISHED")).took
    assert last is not None
    assert last.seq == 2**32 - 1


@pytest.mark.parametrize(
    ("state", "call", "there"),
    [
        ("ESTABLISHED", "closes", "write 'closes_first' there"),
        ("CLOSE-WAIT", "closes", "write 'closes_after_the_other' there"),
        ("LISTEN", "closes_first", "write 'closes' there"),
        ("CLOSED", "retransmits_fin", "write 'listens' or 'opens' there"),
    ],
)
def test_a_call_that_a_state_has_not_names_what_it_has(state: str, call: str, there: str) -> None:
    host = Host()
    with pytest.raises(NotationError) as refused:
        host.does(host.read(call), host.come_to(state))
    assert str(refused.value) == f"there is no {call!r} in {state}: {there}"
    instead = there.split("'")[1]
    assert not host.does(host.read(instead), host.come_to(state)).cannot


def test_what_there_is_to_choose_from_is_said_once(ask: Ask) -> None:
    for words in (("conform", "it.pkt", "--as", "foo"), ("answer", "--table", "--format", "foo")):
        assert ask(*words).err.count("foo") == 1
        assert "known are" not in ask(*words).err
    assert "'servr' is none of server, client, middle; did you mean 'server'?" in ask("conform", "it.pkt", "--as", "servr").err


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer", "ESTABLISHED", "RST seq=rcv.nxt+1024"]) == 0
    printed = capsys.readouterr().out
    assert "<SEQ=ISS+1><ACK=IRS+1><CTL=ACK>" in printed
    assert "--seq-check exact" in printed  # it would be dropped then
    assert main(["answer", "SYN-RECEIVED", "--passive", "RST", "SYN", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["next"], second["state"], second["rule"]) == ("LISTEN", "LISTEN", "receives_syn")
    assert main(["answer", "LISTEN", *("SYN", "RST") * 4, "SYN"]) == 20  # it has no ISN left
    assert main(["answer", "ESTABLISHED", "ACK ack=iss+1000", "--tcb", "snd.nxt=iss+2001"]) == 0
    assert "takes_ack" in capsys.readouterr().out
    for words in (
        ["LISTEN"],
        ["LISTEN", "SYN", "--table"],
        ["CLOSED", "SYN", "--passive"],
        ["LISTEN", "SYN", "--rfc5961", "x"],
    ):
        assert main(["answer", *words]) == 2
    assert capsys.readouterr().err.count("synproof: ") == 4


def test_the_formats_of_the_table_have_the_same_answers(rows: list[Row]) -> None:
    host = Host()
    head, *lines = answers.tsv(host, rows).splitlines()
    rules = [line.split("\t")[head.split("\t").index("rule")] for line in lines]
    assert rules == [record["rule"] or "" for record in answers.records(host, rows)]
    assert len(rules) == len(rows)
    assert answers.page(host, rows, language("zh")).count("<td class=") == len(rows)
    narrow = answers.text(rows, 40, language("en"))
    assert max(map(len, narrow.splitlines())) <= 40
    assert sum(narrow.count(f"  {rule} (") for rule in set(rules) if rule) >= len(set(rules)) - 1


@pytest.mark.parametrize("name", ["text", "tsv", "json", "html"])
def test_the_command_writes_tables(
    name: str, rows: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checker.cli.answer.table", lambda _: iter(rows))
    assert main(["answer", "--table", "--format", name, "-o", str(tmp_path / "table")]) == 0
    assert f"wrote {len(rows)} answers" in capsys.readouterr().err
    assert (tmp_path / "table").stat().st_size > 10_000
    assert main(["answer", "--table", "--format", name]) == 0
    printed = capsys.readouterr().out
    if name != "json":  # which has the command line in it
        assert printed == (tmp_path / "table").read_text(encoding="utf-8")
    assert (json.loads(printed)["answers"][0]["state"] if name == "json" else printed).count("CLOSED") > 0
