"""Scripts of packetdrill's: read, played against the model, and written; and that wrong ones do not agree."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checker.cli import main
from checker.conformance.host import Host
from checker.conformance.packets import Packet
from checker.conformance.scripts import Call, Code, Command, ScriptError, parsed
from checker.conformance.scripts_played import judge
from checker.conformance.table import table
from checker.conformance.verdicts import Judged, Outcome, junit
from checker.decide import decide
from checker.engine import Setting
from checker.records import SCHEMA
from checker.runs.declared import watched
from checker.runs.simulate import simulate
from checker.runs.trace import run
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import play
from model.notation.sorts import Value
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes.facing import FACING, FacingAssumptions
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS, built_in
from reports import answer_scripts, conformity
from reports.language.catalogue import language
from reports.traces.account import Account, of_play, of_trace, of_verdict
from reports.traces.packetdrill import NoScriptError, packetdrill, side_of
from tests.command_line import Ask

LISTENS = """\
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
"""
ACCEPTS = f"""{LISTENS}\
+0 < S 0:0(0) win 1000 <mss 1460,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
"""
SELECTIVE = ACCEPTS.replace("nop,wscale", "sackOK,nop,wscale")
"""A server, which allows SACK as its client does."""
TWO_SEGMENTS = """\
+0 write(4, ..., 30) = 30
+0 > . 1:11(10) ack 1
+0 > . 11:21(10) ack 1
+0 > P. 21:31(10) ack 1
+.1 < . 1:1(0) ack 1 win 1000 <sack 21:31,nop,nop>
"""
AGAIN = "+.1 > . 11:21(10) ack 1"
"""Text of which the second of three pieces is sent again."""
KEPT_ALIVE = ACCEPTS + "+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n"
CONNECTS = """\
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8>
"""
OPENED = f"""{CONNECTS}\
+.1 < S. 0:0(0) ack 1 win 1000 <mss 1460>
+0 > . 1:1(0) ack 1
"""


def judged(text: str, handshake: str = "three-way", **assumed: str | int | bool) -> Judged:
    return judge(parsed(text, "it"), FacingAssumptions.of(assumed), handshake, fixed=assumed)


AGREE = {
    "a connection refused": CONNECTS
    + "+0 < R. 0:0(0) ack 1 win 0\n+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0",
    "a SYN sent again": CONNECTS + "+1 > S 0:0(0) <...>",
    "a blocking connect": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...0.100 connect(3, ..., ...) = 0\n"
    "+0 > S 0:0(0)\n+.1 < S. 0:0(0) ack 1 win 9\n+0 > . 1:1(0) ack 1",
    "ISNs of the script's own": CONNECTS.replace("S 0:0", "S 7000:7000")
    + "+0 < S. 90:90(0) ack 7001 win 9\n+0 > . 1:1(0) ack 1",
    "a simultaneous opening": CONNECTS + "+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 9\n"
    "+0 %{ assert tcpi_state == TCP_ESTABLISHED, tcpi_state }%",
    "the SYN,ACK of Figure 7": CONNECTS + "+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>\n+0 < S. 0:0(0) ack 1 win 9\n"
    "+0 %{ assert (tcpi_state == 1) }%",
    "text written and acknowledged": OPENED
    + "+0 write(3, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 < . 1:1(0) ack 1001 win 9",
    "text in several segments": OPENED + "+0 send(3, ..., 300, 0) = 300\n+0 > . 1:201(200) ack 1\n+0 > P. 201:301(100) ack 1",
    "text in the middle sent again": SELECTIVE + TWO_SEGMENTS + AGAIN,
    "a keep-alive": KEPT_ALIVE + "+9 > . 0:0(0) ack 1\n+0 < . 1:1(0) ack 1 win 1000",
    "more window": ACCEPTS + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11 win 5\n+0 read(4, ..., 100) = 10\n"
    "+0 > . 1:1(0) ack 11 win 900",
    "text sent again": OPENED + "+0 write(3, ..., 9) = 9\n+0 > P. 1:10(9) ack 1\n+.3 > P. 1:10(9) ack 1",
    "an acknowledgment that text carries": OPENED
    + "+0 < P. 1:11(10) ack 1 win 9\n+0 write(3, ..., 5) = 5\n+0 > P. 1:6(5) ack 11",
    "one acknowledgment for two segments": ACCEPTS
    + "+0 < . 1:11(10) ack 1 win 9\n+0 < P. 11:21(10) ack 1 win 9\n+.04 > . 1:1(0) ack 21",
    "text read": ACCEPTS + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11\n+0 read(4, ..., 100) = 10",
    "a blocking read": ACCEPTS + "+0...0.1 recv(4, ..., 100, 0) = 10\n+.05 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11",
    "text out of order that is held": ACCEPTS + "+0 < P. 11:21(10) ack 1 win 9\n+0 > . 1:1(0) ack 1 <...>\n"
    "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 21",
    "some of it held, and a gap": ACCEPTS + "+0 < P. 11:21(10) ack 1 win 9\n+0 > . 1:1(0) ack 1 <...>\n"
    "+0 < F. 31:41(10) ack 1 win 9\n+0 > . 1:1(0) ack 1\n+0 < P. 1:15(14) ack 1 win 9\n+0 > . 1:1(0) ack 21\n"
    "+0 < P. 21:31(10) ack 1 win 9\n+0 > . 1:1(0) ack 42\n+0 %{ assert tcpi_state == TCP_CLOSE_WAIT }%",
    "text out of order that is not": ACCEPTS
    + "+0 < P. 11:21(10) ack 1 win 9\n+0 > . 1:1(0) ack 1\n+0 < P. 1:11(10) ack 1 win 9\n"
    "+0 > . 1:1(0) ack 11",
    "a close and the other's": ACCEPTS
    + "+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 9\n+0 > . 2:2(0) ack 2",
    "a close after text": ACCEPTS
    + "+0 write(4, ..., 10) = 10\n+0 close(4) = 0\n+0 > FP. 1:11(10) ack 1\n+0 < . 1:1(0) ack 12 win 9",
    "the end that is read": ACCEPTS
    + "+0 < F. 1:1(0) ack 1 win 9\n+0 > . 1:1(0) ack 2\n+0 read(4, ..., 9) = 0\n+0 shutdown(4, SHUT_WR) = 0\n"
    "+0 > F. 1:1(0) ack 2\n+0 %{ assert tcpi_state == TCP_LAST_ACK }%",
    "both close at once": ACCEPTS
    + "+0 shutdown(4, SHUT_RDWR) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 1 win 9\n+0 > . 2:2(0) ack 2\n"
    "+0 %{ assert tcpi_state == TCP_CLOSING }%\n+0 < . 2:2(0) ack 2 win 9\n+0 %{ assert tcpi_state == TCP_TIME_WAIT }%",
    "TIME-WAIT answers, and is over": OPENED + "+0 shutdown(3, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 9\n"
    "+0 > . 2:2(0) ack 2\n+0 < F. 1:1(0) ack 2 win 9\n+0 > . 2:2(0) ack 2\n+60 < . 2:2(0) ack 2 win 9\n+0 > R 2:2(0)",
    "an abort": OPENED + "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0\n+0 close(3) = 0\n+0 > R 1:1(0)",
    "a close with text unread": ACCEPTS + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11\n+0 close(4) = 0\n+0 > R 1:1(0)",
    "a reset that is told": ACCEPTS + "+0 < R 1:1(0) win 0\n+0 read(4, ..., 9) = -1 ECONNRESET (Connection reset by peer)",
    "a challenge": ACCEPTS + "+0 < R 2:2(0) win 0\n+0 > . 1:1(0) ack 1\n+0 < S 5:5(0) win 9\n+0 > . 1:1(0) ack 1",
    "a user time-out": OPENED
    + "+0 write(3, ..., 1) = 1\n+0 > P. 1:2(1) ack 1\n+9 read(3, ..., 1) = -1 ETIMEDOUT (Connection timed out)",
    "a reset of a SYN,ACK": ACCEPTS.partition("+.1")[0]
    + "+0 < R 1:1(0) win 0\n+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
    "a listener that goes on": ACCEPTS
    + "+0 < R 1:1(0) win 0\n+0 close(4) = 0\n+0 < S 50:50(0) win 9\n+0 > S. 60:60(0) ack 51\n"
    "+0 < . 1:1(0) ack 1 win 9\n+0 accept(3, ..., ...) = 4",
    "nobody to accept": LISTENS + "+0 accept(3, ..., ...) = -1 EAGAIN (Resource temporarily unavailable)",
    "a listener that listens no more": LISTENS + "+0 close(3) = 0\n+0 < S 0:0(0) win 9\n+0 > R. 0:0(0) ack 1",
    "an ACK for a listener": LISTENS + "+0 < . 5:5(0) ack 9 win 9\n+0 > R 9:9(0)",
    "a RST that nobody answers": LISTENS + "+0 < R 5:5(0) win 0\n+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1",
    "a wrong ACK in SYN-SENT": CONNECTS + "+0 < . 0:0(0) ack 9 win 9\n+0 > R 9:9(0)",
    "a window that is scaled": ACCEPTS.replace("<...>", "win 60000 <mss 1460,nop,wscale 7>")
    + "+0 < R 60002:60002(0) win 0\n+0 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1 win 1000\n"
    "+0 < R 100002:100002(0) win 0\n+0 > . 2:2(0) ack 1",
    "a shell, comments and options": "--mss=1000\n--ip_version=ipv4 // here\n`./setup.sh`\n/* long\n comment */"
    + ACCEPTS
    + "+0 `ss -t`",
    "a setting that is an assumption": "`sysctl -w net.inet.tcp.insecure_rst=1`\n" + ACCEPTS + "+0 < R 9:9(0) win 0\n"
    "+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0",
    "no answer by a closed host": "`sysctl -q net.inet.tcp.blackhole=2`\n" + LISTENS + "+0 close(3) = 0\n+0 < S 0:0(0) win 9\n"
    "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
    "+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1",
    "RFC 1337": "`echo 1 > /proc/sys/net/ipv4/tcp_rfc1337`\n" + OPENED + "+0 shutdown(3, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n"
    "+0 < F. 1:1(0) ack 2 win 9\n+0 > . 2:2(0) ack 2\n+0 < R 2:2(0) win 0\n+0 < F. 1:1(0) ack 2 win 9\n+0 > . 2:2(0) ack 2",
    "flags that change nothing": CONNECTS.replace("> S ", "> SEW ") + "+0 < SE. 0:0(0) ack 1 win 9\n+0 > . 1:1(0) ack 1",
    "packets with more about IP": ACCEPTS + "+0 < [ect0] P. 1:11(10) ack 1 win 9\n+0 > [noecn] . 1:1(0) ack 11",
    "ports, ranges of times, any time": ACCEPTS + "+0~+.1 < 55 > 80 P. 1:11(10) ack 1 win 9\n* > 80 > 55 . 1:1(0) ack 11",
    "tcp_info as a structure": ACCEPTS
    + "+0 getsockopt(4, IPPROTO_TCP, TCP_INFO, {tcpi_state=TCP_ESTABLISHED, tcpi_options=0}, [104]) = 0",
    "a listener that opens actively": LISTENS + CONNECTS.partition("NBLOCK) = 0\n")[2] + "+0 < R. 0:0(0) ack 1 win 0\n"
    "+0 < S 7:7(0) win 9\n+0 > R. 0:0(0) ack 8",
    "a call that ends before the next": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
    "+0...9 connect(3, ..., ...) = -1 ETIMEDOUT (Connection timed out)\n+0 > S 0:0(0)\n+1 > S 0:0(0)\n+0 close(3) = 0",
    "an absolute number": LISTENS + "+0 close(3) = 0\n+0 < S 5:5(0) win 9\n+0 > R. 0:0(0)! ack 6",
    "iovecs, messages and polls": OPENED + "+0 writev(3, [{..., 5}, {..., 5}], 2) = 10\n+0 > P. 1:11(10) ack 1\n"
    "+0 poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1\n"
    '+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{"ab"..., 2}], msg_flags=0}, 0) = 2\n+0 > P. 11:13(2) ack 1',
}
"""Scripts that agree, by what is in them."""


@pytest.mark.parametrize("name", AGREE)
def test_scripts_that_agree(name: str) -> None:
    found = judged(AGREE[name])
    assert found.outcome is Outcome.AGREES, found


def test_there_are_scripts_of_many_kinds() -> None:
    assert len(AGREE) >= 40


WHOLE = (
    ACCEPTS + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11\n+0 write(4, ..., 5) = 5\n+0 > P. 1:6(5) ack 11\n"
    "+0 < . 11:11(0) ack 6 win 9\n+0 < R 50:50(0) win 0\n+0 > . 6:6(0) ack 11\n+0 close(4) = 0\n+0 > F. 6:6(0) ack 11\n"
    "+0 < F. 11:11(0) ack 7 win 9\n+0 > . 7:7(0) ack 12\n+0 < S 5:5(0) win 9\n+0 > . 7:7(0) ack 12"
).replace("close(4)", "shutdown(4, SHUT_WR)")
"""A connection from its opening to TIME-WAIT, with what is challenged."""

DEVIATE = {
    "another flag": (ACCEPTS.replace("> S.", "> R."), 5, "> S. 0:0(0) ack 1", "receives_syn"),
    "another ACK": (ACCEPTS.replace("(0) ack 1 <...>", "(0) ack 2 <...>"), 5, "> S. 0:0(0) ack 1", "receives_syn"),
    "another SEQ": (OPENED.replace("> . 1:1", "> . 2:2"), 6, "> . 1:1(0) ack 1", "receives_syn_ack"),
    "nothing is sent": (OPENED + "+0 > . 1:1(0) ack 1", 7, "", "receives_syn_ack"),
    "too early": (LISTENS + "+0 accept(3, ..., ...) = 4", 4, "state LISTEN", "listens"),
    "text that nobody wrote": (OPENED + "+0 > P. 1:2(1) ack 1", 7, "", "receives_syn_ack"),
    "more text than was written": (OPENED + "+0 write(3, ..., 5) = 5\n+0 > P. 1:7(6) ack 1", 8, "", "receives_syn_ack"),
    "a FIN without a close": (OPENED + "+0 > F. 1:1(0) ack 1", 7, "", "receives_syn_ack"),
    "a close without a FIN": (
        ACCEPTS + "+0 close(4) = 0\n+0 < R 9:9(0) win 0\n+0 > . 1:1(0) ack 1",
        10,
        "> F. 1:1(0) ack 1",
        "closes_first",
    ),
    "the wrong state": (ACCEPTS + "+0 %{ assert tcpi_state == TCP_CLOSE_WAIT }%", 8, "state ESTABLISHED", "receives_ack"),
    "a RST beside RCV.NXT": (
        ACCEPTS + "+0 < R 5:5(0) win 0\n+0 read(4, ..., 1) = -1 ECONNRESET (x)",
        9,
        "state ESTABLISHED",
        "challenges_rst",
    ),
    "fewer octets": (
        ACCEPTS + "+0 < P. 1:3(2) ack 1 win 9\n+0 > . 1:1(0) ack 3\n+0 read(4, ..., 9) = 3",
        10,
        "state ESTABLISHED",
        "",
    ),
    "an end that has not come": (ACCEPTS + "+0 read(4, ..., 9) = 0", 8, "state ESTABLISHED", "receives_ack"),
    "a refusal that has not come": (
        CONNECTS + "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0",
        5,
        "state SYN-SENT",
        "opens",
    ),
    "TIME-WAIT that is over at once": (
        OPENED + "+0 shutdown(3, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 9\n+0 > . 2:2(0) ack 2\n"
        "+0 < F. 1:1(0) ack 2 win 9\n+0 > R 2:2(0)",
        12,
        "> . 2:2(0) ack 2",
        "acks_wrong_seq_in_time_wait",
    ),
}
"""Scripts that are wrong: at which line, what is right there (a part of it), and by which rule."""


@pytest.mark.parametrize("name", DEVIATE)
def test_scripts_that_deviate(name: str) -> None:
    text, line, right, rule = DEVIATE[name]
    found = judged(text)
    assert found.outcome is Outcome.DEVIATES, found
    assert found.place == f"line {line}"
    assert right in "; ".join(found.expected)
    assert found.found == text.splitlines()[line - 1].partition(" ")[2].partition(" <")[0] or not found.found.startswith(">")
    assert rule in found.rule
    assert found.section.startswith("RFC 9293 §3.10.")


def test_what_would_agree_is_named() -> None:
    """A RST in the window ends the connection without RFC 5961; the exact check drops it."""
    reset = ACCEPTS + "+0 < R 5:5(0) win 0\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0"
    assert "--rfc5961 syn,ack" in judged(reset).otherwise
    dropped = ACCEPTS + "+0 < R 5:5(0) win 0\n+0 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1"
    assert judged(dropped).otherwise == ("--seq-check exact",)
    assert judged(dropped, seq_check="exact").outcome is Outcome.AGREES


CANNOT = {
    "the model has no Fast Open": LISTENS + "+0 < S 0:10(10) win 9 <FO 0123456789abcdef>",
    "the model signs no segments": ACCEPTS + "+0 setsockopt(4, SOL_TCP, TCP_MD5SIG, ..., 4) = 0",
    "it is a packet of UDP": LISTENS + "+0 < udp (100)",
    "the model knows no ICMP": ACCEPTS + "+0 < icmp unreachable frag_needed mtu 1300 [1:101(100)]",
    "the model knows no urgent data": ACCEPTS + "+0 < PU. 1:2(1) ack 1 win 9 urg 1",
    "the packet is within another one": ACCEPTS + "+0 < ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0) ack 1 win 9",
    "its timestamp is old, and scripts are not judged by PAWS": LISTENS
    + "+0 < S 0:0(0) win 9 <TS val 100 ecr 0>\n+0 > S. 0:0(0) ack 1 <...>\n"
    "+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 50 ecr 9>",
    "the socket is not one of TCP's": "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3",
    "SYN cookies are always used, and the model has none": "`sysctl -q net.ipv4.tcp_syncookies=2`\n" + LISTENS,
    "it is a keep-alive for which nobody asked (SO_KEEPALIVE), or a probe of a window that is closed": ACCEPTS
    + "+9 > . 0:0(0) ack 1",
    "it is sent again, and not the oldest that was not acknowledged, and SACK was not agreed": ACCEPTS + TWO_SEGMENTS + AGAIN,
    "a second connection is taken beside the first": ACCEPTS + "+0 accept(3, ..., ...) = 5",
}
"""Scripts that cannot be told, by the reason."""


@pytest.mark.parametrize("why", CANNOT)
def test_scripts_that_cannot_be_told(why: str) -> None:
    found = judged(CANNOT[why])
    assert (found.outcome, found.why) == (Outcome.CANNOT, why)


BESIDES = {
    "a keep-alive at once": KEPT_ALIVE + "+.1 > . 0:0(0) ack 1",
    "a keep-alive from elsewhere": KEPT_ALIVE + "+9 > . 8:8(0) ack 1",
    "a keep-alive that acknowledges what never came": KEPT_ALIVE + "+9 > . 0:0(0) ack 5",
    "more window that nobody made": ACCEPTS
    + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11 win 5\n+0 > . 1:1(0) ack 11 win 900",
    "more window, and another ACK": ACCEPTS
    + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11 win 5\n+0 read(4, ..., 100) = 10\n+0 > . 1:1(0) ack 12 win 900",
    "text in the middle that was never sent": SELECTIVE + TWO_SEGMENTS + "+.1 > . 41:51(10) ack 1",
    "text in the middle, and another ACK": SELECTIVE + TWO_SEGMENTS + "+.1 > . 11:21(10) ack 3",
    "text in the middle that was acknowledged": SELECTIVE
    + TWO_SEGMENTS
    + "+0 < . 1:1(0) ack 31 win 9\n+.1 > . 11:21(10) ack 1",
}
"""What nobody may send by itself, though it is like something that one may."""


@pytest.mark.parametrize("name", BESIDES)
def test_what_is_sent_by_itself_is_asked_of_the_model(name: str) -> None:
    assert judged(BESIDES[name]).outcome is not Outcome.AGREES


DEFINED = """\
--define=N=100
--tolerance_usecs=4000 --define=FLAGS=P
--define=SET=`sysctl -q net.ipv4.tcp_rfc1337=1`
SET
"""


@pytest.mark.parametrize(
    ("definitions", "sent", "outcome"),
    [
        ({}, 100, Outcome.AGREES),
        ({"N": "50"}, 50, Outcome.AGREES),
        ({"N": "50"}, 100, Outcome.DEVIATES),
        ({"FLAGS": "S"}, 100, Outcome.DEVIATES),
    ],
)
def test_words_stand_for_what_they_are_defined_as(definitions: dict[str, str], sent: int, outcome: Outcome) -> None:
    """In the script, or on the command line, which counts more; the command of the shell is read as an assumption."""
    text = f"{DEFINED}{ACCEPTS}+0 write(4, ..., N) = N\n+0 > FLAGS. 1:{sent + 1}({sent}) ack 1"
    found = judge(parsed(text, "it", definitions), FacingAssumptions(), "three-way")
    assert (found.outcome, any("--rfc1337" in note for note in found.notes)) == (outcome, True)


@pytest.mark.parametrize("wrong", ["--define", "--define=N", "--define N=1", "--define=N=1.5"])
def test_what_defines_nothing_is_said(wrong: str) -> None:
    with pytest.raises(ScriptError, match="line 1"):
        parsed(f"{wrong}\n{LISTENS}", "it")


def test_a_line_for_a_preprocessor_is_said() -> None:
    with pytest.raises(ScriptError, match="line 2: packetdrill has no lines that begin with #"):
        parsed(f"--mss=1000\n#ifdef IPV6\n{LISTENS}", "it")


def carried(line: str, later: list[str]) -> bool:
    """Return whether the next segment acknowledges as much as a bare acknowledgment, which nobody need see then (§3.8.6.3)."""
    following = next((one for one in later if " > " in one and " ack " in one), "")
    return (
        " > . " in line
        and bool(following)
        and int(following.split(" ack ")[1].split()[0]) >= int(line.split(" ack ")[1].split(maxsplit=1)[0])
    )


def test_a_missing_line_is_noticed() -> None:
    """Each line that something is sent by, but for the last, is left out in turn: no script agrees with what is left."""
    noticed = 0
    for name in (
        "both close at once",
        "a challenge",
        "TIME-WAIT answers, and is over",
        "an abort",
        "a connection of both sides",
    ):
        lines = AGREE.get(name, WHOLE).splitlines()
        for number, line in enumerate(lines):
            later = lines[number + 1 :]
            if " > " not in line or not any(" > " in one for one in later) or line in later:
                continue
            left = judged("\n".join([*lines[:number], *later]))
            assert (left.outcome is Outcome.AGREES) <= carried(line, later), (line, left)
            noticed += left.outcome is not Outcome.AGREES
    assert noticed >= 8


def test_what_is_passed_over_is_said() -> None:
    notes = judged(AGREE["a shell, comments and options"]).notes
    assert any("never run" in note for note in notes)
    assert (
        judged(AGREE["a setting that is an assumption"]).notes[0] == "net.inet.tcp.insecure_rst=1 is read as --rfc5961 syn,ack"
    )
    more = judged(LISTENS + "+0 < S 0:0(0) win 9")
    assert more.outcome is Outcome.AGREES
    assert more.notes == ("after its last line there comes, which it does not look at: > S. 0:0(0) ack 1",)


def test_nothing_of_a_script_is_run(tmp_path: Path) -> None:
    there = tmp_path / "there"
    text = f"`touch {there}`\n{ACCEPTS}+0 `touch {there}`\n+0 %{{ open('{there}', 'w') }}%\n`touch {there}`"
    assert judged(text).outcome is Outcome.AGREES
    assert not there.exists()


# -- reading ------------------------------------------------------------------------------------------------------------------


def test_a_script_is_read_part_by_part() -> None:
    script = parsed(
        "--mss=1000\n`init`\n0.5 < SP. 10:15(5) ack 7 win 8 <mss 1460,nop,sack 1:2 3:4,FO abc>\n"
        "+.25 connect(3, {sa_family=AF_INET, sin_port=htons(80)}, 16) = -1 EINPROGRESS (In progress)\n"
        "+0 %{ assert 1 }%\n+1 `end`",
        "it",
    )
    packet, call, code, command = (event.what for event in script.events)
    assert script.options == {"mss": "1000"}
    assert [event.time for event in script.events] == [0.5, 0.75, 0.75, 1.75]
    assert [event.line for event in script.events] == [3, 4, 5, 6]
    assert packet == Packet(
        inbound=True,
        ctl="SYN,ACK",
        seq=10,
        data=5,
        ack=7,
        win=8,
        options=(("mss", "1460"), ("nop",), ("sack", "1", "2", "3", "4"), ("FO", "abc")),
        passed_over=("PSH",),
    )
    assert isinstance(call, Call)
    assert (call.name, call.result, call.errno) == ("connect", "-1", "EINPROGRESS")
    assert call.arguments[1] == ("structure", ("=", "sa_family", "AF_INET"), ("=", "sin_port", ("applied", "htons", "80")))
    assert (code, command) == (Code("assert 1"), Command("end"))


MALFORMED = {
    "": "the script ends too soon",
    "0 < S": "the script ends too soon; expected is . or a number",
    "0 < S 0:0(0": "the script ends too soon; expected is )",
    "+0 < Q 0:0(0)": "line 1: 'Q' has a flag 'Q', which TCP has not",
    "0 < S 0:0(5) win 3": "line 1: 0:0(5) does not add up: write 0:5(5)",
    "0 < S 0:70000(70000)": "line 1: the length of text is from 0 to 65535, and not 70000",
    "0 < S 4294967296:4294967296(0)": "line 1: SEQ is from 0 to 4294967295",
    "0 < . 1:1(0) ack -1": "line 1: ACK is from 0 to 4294967295, and not -1",
    "0 < S 0:0(0) win 70000": "line 1: a window is from 0 to 65535",
    "1 < S 0:0(0)\n.5 > S. 0:0(0) ack 1": "line 2: this happens at 0.5, and what stands before it at 1",
    "-1 < S 0:0(0)": "line 1: a time is from 0",
    "0...-.1 read(3) = 0": "line 1: a time is from 0",
    "+1...0.5 read(3) = 0": "line 1: this call returns at 0.5, before it begins at 1",
    "0 < S 0:0(0) <mss 1460": "the script ends too soon",
    "0 socket(..., SOCK_STREAM) = ": "the script ends too soon",
    "0 read(3, ..., 9)": "the script ends too soon; expected is =",
    "0 read 3": "line 1, column 8: '3' does not fit here; expected is (",
    "0 %{ assert": "line 1, column 3: '%{ assert' does not fit here",
    "0 `ls": "line 1, column 3: '`ls' does not fit here",
    '0 inet_addr("x) = 0': "line 1, column 13",
    "// nothing but a comment": "the script ends too soon",
    "/* no end": "line 1, column 1",
    "0 < S 0:0(0)\n\n  nonsense": "line 3, column 3: 'nonsense' does not fit here",
    "0 < S 0:0(0) ack 99999999999999999999999": "line 1, column 18",
    "\x00": "line 1, column 1",
}
"""What is no script, and what is said of it (a part)."""


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_script_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ScriptError) as raised:
        parsed(text, "it.pkt")
    assert str(raised.value).startswith("it.pkt")
    assert MALFORMED[text] in str(raised.value)
    assert "\n" not in str(raised.value)


def outcome_of(text: str) -> str:
    """Return what is found of a script, or the sentence that it is none; anything else is raised."""
    try:
        return judge(parsed(text, "it"), FacingAssumptions()).outcome.value
    except ScriptError as error:
        return str(error)


def test_hostile_scripts_end_in_a_sentence() -> None:
    """Deep nesting, endless lists and long lines take neither the stack nor long."""
    for text in (
        "0 f(" + "[" * 40_000,
        "0 f(" + "[" * 20_000 + "1" + "]" * 20_000 + ") = 0",
        "0 f(" + "g(" * 20_000,
        "0 < S 0:0(0) <" + "nop," * 20_000,
        "0 `" + "\\" * 40_000,
        "0 f(" + "1|" * 20_000,
        "0 " * 20_000,
        "/*" * 20_000,
        "9" * 40_000,
    ):
        told = outcome_of(text)
        assert "\n" not in told
        assert len(told) < 500


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_mutated_scripts_never_raise_anything_else(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(AGREE.values())))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 8))
        text = (
            text[:place] + data.draw(st.text('0123456789SF.R><():=,{}[]~+- \nackwin%`"', max_size=6)) + text[place + length :]
        )
    told = outcome_of(text)
    assert "\n" not in told
    assert told in [outcome.value for outcome in Outcome] or told.startswith("it")


# -- writing, and reading back -----------------------------------------------------------------------------------------------


def read_back(account: Account, assumed: dict[str, Value]) -> Iterator[tuple[str, Judged]]:
    """Yield the scripts of a run for each of its sides, and what is found of them under what it was found under."""
    given: dict[str, Value] = {name: value for name, value in assumed.items() if name in FACING}
    if assumed.get("rfc5961") is False:
        given["mechanisms"] = "none"
    handshake = account.trace.system.partition("/")[0]
    for side in account.trace.roles:
        text = packetdrill(replace(account, side=side))
        yield text, judge(parsed(text, side), FacingAssumptions.of(assumed), handshake, fixed=assumed)  # type: ignore[arg-type]


@cache
def played() -> tuple[tuple[Account, dict[str, Value]], ...]:
    """Return the built-in scenarios on each of the models that they are about."""
    found = []
    for name in scenarios.names():
        asked = scenarios.read(name)
        for model in asked.models:
            account = of_play(play(asked, built_in(model), Assumptions()), name, "")
            assumed: dict[str, Value] = dict(Assumptions().as_dict())
            found.append((account, assumed))
    return tuple(found)


def test_scenarios_are_written_and_read_back() -> None:
    """Each scenario, each model, both sides: the script agrees; a crash ends it, and is said."""
    count = 0
    for account, assumed in played():
        for text, found in read_back(account, assumed):
            assert found.outcome is Outcome.AGREES, (account.title, found, text)
            count += 1
        crashed = [step.by for step in account.trace.steps if step.action.endswith("crashes")]
        for side in crashed:
            assert "packetdrill cannot cause this, and the script ends here: a host that crashes" in packetdrill(
                replace(account, side=side)
            )
    assert count >= 34


def counterexamples(names: list[str]) -> Iterator[tuple[Account, dict[str, Value]]]:
    """Yield the runs of claims in the default scope, which decide them."""
    for name in names:
        spec = SPECIFICATIONS[name]
        for verdict in decide(spec, spec.safety, Setting(SCOPES["default"])):
            if verdict.trace is not None:
                yield of_verdict(verdict), dict(verdict.question.assumptions)


def test_counterexamples_are_written_and_read_back() -> None:
    found = [one for account, assumed in counterexamples(["two-way"]) for _, one in read_back(account, assumed)]
    assert len(found) >= 8
    assert {one.outcome for one in found} == {Outcome.AGREES}, found


@pytest.mark.long
@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_all_counterexamples_are_written_and_read_back(name: str) -> None:
    for account, assumed in counterexamples([name]):
        for text, found in read_back(account, assumed):
            assert found.outcome is Outcome.AGREES, (account.title, found, text)


RANDOM = ("three-way/lifecycle", "three-way", "four-way", "two-way/crash", "three-way/listeners", "three-way/simultaneous")


@pytest.mark.long
@pytest.mark.parametrize("name", RANDOM)
def test_random_runs_are_written_and_read_back(name: str) -> None:
    """Whatever happens in a run, closing and listening again too, its script agrees on each side."""
    spec = built_in(name)
    system = spec.build(SCOPES["default"], Assumptions())
    assumed: dict[str, Value] = dict(system.assumptions)
    count = 0
    for schedule in simulate(system, seed=3, steps=30, runs=12).runs:
        account = replace(of_trace(run(watched(spec, system, []), schedule)), assumed=assumed)
        for text, found in read_back(account, assumed):
            assert found.outcome is Outcome.AGREES, (found, text)
            count += 1
    assert count == 24


def spoilt(text: str) -> Iterator[str]:
    """Yield a script with each of the lines by which something is sent made wrong: its flags, its SEQ, or its ACK."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        parts = line.split(" ")
        if len(parts) < 4 or parts[1] != ">":
            continue
        flags = "R" if "S" in parts[2] else "S." if "R" in parts[2] else f"F{parts[2]}" if "F" not in parts[2] else "."
        begin, _, rest = parts[3].partition(":")
        end, _, octets = rest.partition("(")
        shifted = f"{int(begin) + 3}:{int(end) + 3}({octets}"
        wrong = [[*parts[:2], flags, *parts[3:]]]
        if "S" not in parts[2]:  # the ISN is the stack's own affair
            wrong.append([*parts[:3], shifted, *parts[4:]])
        if "ack" in parts:
            wrong.append([*parts[:5], str(int(parts[5]) + 3), *parts[6:]])
        for one in wrong:
            yield "\n".join([*lines[:number], " ".join(one), *lines[number + 1 :]])


def spoilt_scenarios() -> Iterator[tuple[str, dict[str, Value], str]]:
    """Yield the scripts of the scenarios with each line by which something is sent made wrong, what is assumed, and of what."""
    for account, assumed in played():
        given = {name: value for name, value in assumed.items() if name in FACING}
        for side in account.trace.roles:
            for text in spoilt(packetdrill(replace(account, side=side))):
                yield text, given, account.trace.system.partition("/")[0]


def outcomes_of(spoilt: Iterable[tuple[str, dict[str, Value], str]]) -> Counter[Outcome]:
    found: Counter[Outcome] = Counter()
    for text, assumed, handshake in spoilt:
        one = judge(parsed(text, "it"), FacingAssumptions.of(assumed), handshake, fixed=assumed)  # type: ignore[arg-type]
        assert one.outcome is not Outcome.AGREES, (text, one)
        found[one.outcome] += 1
    return found


def test_scripts_made_wrong_on_purpose_do_not_agree() -> None:
    """Some lines of the scenarios' scripts that something is sent by, made wrong in a number or a flag."""
    found = outcomes_of(islice(spoilt_scenarios(), 0, None, 9))
    assert found[Outcome.DEVIATES] >= 15
    assert found[Outcome.CANNOT] <= found.total() // 10


@pytest.mark.long
def test_no_script_made_wrong_on_purpose_agrees() -> None:
    """Each such line, in each number and flag."""
    found = outcomes_of(spoilt_scenarios())
    assert found[Outcome.DEVIATES] >= 150
    assert found[Outcome.CANNOT] <= found.total() // 10


def test_a_side_that_is_none_is_said_to_be_none() -> None:
    account, _ = played()[0]
    assert side_of(account.trace, "server") == account.trace.roles[-1]
    with pytest.raises(NoScriptError, match="write --as a or --as b or --as c"):
        side_of(replace(account.trace, roles=("a", "b", "c")), "server")


# -- the suite of the table ---------------------------------------------------------------------------------------------------


@cache
def suite() -> dict[str, str]:
    host = Host()
    rows = list(table(host, ("LISTEN", "SYN-SENT", "ESTABLISHED")))
    return dict(answer_scripts.suite(host, rows, language("en")))


def test_the_suite_is_read_back() -> None:
    scripts = suite()
    sample = sorted(scripts)[::60]
    assert len(sample) > 8
    for name in sample:
        assert judged(scripts[name]).outcome is Outcome.AGREES, (name, scripts[name])


def test_the_suite_notices_what_is_wrong() -> None:
    """A stack that answers too much, too little, or otherwise than a script has it does not agree with that script."""
    silent = suite()["listen/rst.pkt"]
    too_little = silent.replace("+0 < R ", "+0 < . ").replace("(0) win", "(0) ack 77 win", 1)
    answered = suite()["established-passive/rst_seq-inside.pkt"]
    too_much = answered.replace("+0 < R 2:2(0)", "+0 < R 1:1(0)")
    assert too_little != silent
    assert too_much != answered
    for text in (too_little, too_much, *list(spoilt(answered))):
        assert judged(text).outcome is Outcome.DEVIATES, text


@pytest.mark.long
def test_the_whole_suite_is_read_back() -> None:
    host = Host()
    for name, text in answer_scripts.suite(host, table(host), language("en")).items():
        assert judged(text).outcome is Outcome.AGREES, name


@pytest.mark.skipif(shutil.which("packetdrill") is None, reason="packetdrill is not installed")
def test_packetdrill_reads_what_is_written(tmp_path: Path) -> None:
    texts = [packetdrill(account) for account, _ in played()] + [suite()[name] for name in sorted(suite())[::40]]
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.pkt"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(["packetdrill", "--dry_run", str(path)], capture_output=True, text=True, check=False)  # noqa: S603, S607
        assert done.returncode == 0, (text, done.stderr)


# -- the command --------------------------------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "good.pkt": ACCEPTS,
        "sub/wrong.pkt": DEVIATE["another flag"][0],
        "unknown.pkt": CANNOT["the model knows no ICMP"],
        "none.pkt": "nonsense",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert main(["conform", str(tmp_path / "good.pkt")]) == 0
    assert main(["conform", str(tmp_path / "unknown.pkt")]) == 20
    assert main(["conform", str(tmp_path / "sub")]) == 12
    assert main(["conform", str(tmp_path / "none.pkt")]) == 65
    assert "line 1, column 1: 'nonsense' does not fit here" in capsys.readouterr().err
    assert main(["conform", str(tmp_path / "missing.pkt")]) == 74
    assert main(["conform", str(tmp_path / "good.pkt"), str(tmp_path / "none.pkt")]) == 65
    report = tmp_path / "report.xml"
    capsys.readouterr()
    assert main(["conform", str(tmp_path), "--junit", str(report)]) == 12
    printed = capsys.readouterr()
    assert "1 agrees, 1 deviates, 1 cannot be told, 1 cannot be read" in printed.out
    assert "receives_syn (RFC 9293 §3.10.7.2: Third, check for a SYN)" in printed.out
    root = ET.parse(report).getroot()  # noqa: S314  # it was just written here
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert main(["conform", str(tmp_path / "sub/wrong.pkt"), "--json"]) == 12
    record = json.loads(capsys.readouterr().out)
    assert (record["outcome"], record["place"], record["rule"]) == ("deviates", "line 5", "receives_syn")
    assert record["expected"] == ["> S. 0:0(0) ack 1"]
    (tmp_path / "empty").mkdir()
    assert main(["conform", str(tmp_path / "empty")]) == 2


def test_junit_has_no_characters_that_xml_has_not() -> None:
    found = [Judged("a\x00b", Outcome.DEVIATES, "line 1", "why \ud800 & <", found="\x1b[0m")]
    ET.fromstring(junit(found, {"x\x01": "y"}))  # noqa: S314  # it was just made here


def test_what_was_found_fits_a_narrow_terminal() -> None:
    for text, *_ in DEVIATE.values():
        shown = conformity.said(judged(text), width=40, spoken=language("zh"))
        assert "deviates" not in shown
        assert all(len(line) <= 40 for line in shown.splitlines())


def test_records_are_as_the_schema_says(ask: Ask, tmp_path: Path) -> None:
    """One that agrees, and one that deviates; each is told apart from records of other commands."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    right = (
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 32792\n"
    )
    for name, ack in (("right", 1), ("wrong", 2)):
        (tmp_path / f"{name}.pkt").write_text(f"{right}+0 > S. 0:0(0) ack {ack}\n")
    records = json.loads(ask("conform", str(tmp_path), "--json").out)
    assert [record["outcome"] for record in records] == ["agrees", "deviates"]
    Draft202012Validator(schema).validate(records)
    assert not Draft202012Validator(schema).is_valid([{**records[0], "outcome": "holds"}])
