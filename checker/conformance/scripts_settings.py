"""What settings of kernels, states and errors that scripts name come to in the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from model.notation.assumed import Choice
from model.notation.said import said

TCPI_STATES: Mapping[str, str] = {
    "ESTABLISHED": "ESTABLISHED",
    "SYN_SENT": "SYN-SENT",
    "SYN_RECV": "SYN-RECEIVED",
    "SYN_RECEIVED": "SYN-RECEIVED",
    "FIN_WAIT1": "FIN-WAIT-1",
    "FIN_WAIT_1": "FIN-WAIT-1",
    "FIN_WAIT2": "FIN-WAIT-2",
    "FIN_WAIT_2": "FIN-WAIT-2",
    "TIME_WAIT": "TIME-WAIT",
    "CLOSE": "CLOSED",
    "CLOSED": "CLOSED",
    "CLOSE_WAIT": "CLOSE-WAIT",
    "LAST_ACK": "LAST-ACK",
    "LISTEN": "LISTEN",
    "CLOSING": "CLOSING",
}
"""The states as Linux (TCP_) and BSD (TCPS_) call them."""
_NUMBERED = (
    *("ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK"),
    *("LISTEN", "CLOSING"),
)
"""Linux's states in the order of their numbers, from 1."""

SYSCTLS: Mapping[tuple[str, str], tuple[str, Choice]] = {
    ("net.ipv4.tcp_rfc1337", "1"): ("rfc1337", True),
    ("net.ipv4.tcp_rfc1337", "0"): ("rfc1337", False),
    ("net.inet.tcp.blackhole", "0"): ("closed_host", "resets"),
    ("net.inet.tcp.blackhole", "1"): ("closed_host", "silent"),
    ("net.inet.tcp.blackhole", "2"): ("closed_host", "silent"),
    ("net.inet.tcp.insecure_rst", "1"): ("without", "rst"),
    ("net.inet.tcp.insecure_rst", "0"): ("with", "rst"),
    ("net.inet.tcp.insecure_syn", "1"): ("without", "syn"),
    ("net.inet.tcp.insecure_syn", "0"): ("with", "syn"),
    ("net.inet.tcp.insecure_ack", "1"): ("without", "ack"),
    ("net.inet.tcp.insecure_ack", "0"): ("with", "ack"),
}
"""What settings of kernels come to: an assumption and its value, or a mechanism of RFC 5961 that is there or not."""
UNMODELLED: Mapping[tuple[str, str], str] = {
    ("net.ipv4.tcp_syncookies", "2"): said("SYN cookies are always used, and the model has none"),
    ("net.inet.tcp.syncookies_only", "1"): said("SYN cookies are always used, and the model has none"),
    ("net.inet.tcp.drop_synfin", "1"): said("segments with SYN and FIN are dropped, which RFC 9293 does not know"),
}
_SETS = re.compile(r"(?:/proc/sys/)?(net[./][\w./]+)\s*=\s*\"?(0x[0-9a-fA-F]+|\d+)")
_ECHOES = re.compile(r"echo\s+\"?(\d+)\"?\s*>\s*/proc/sys/(net/[\w/]+)")
_BESIDES = re.compile(r"(?:sudo|(?:/usr)?(?:/sbin/)?sysctl|-[a-z]+|;|&&|>\s*/dev/null|2>&1|[\s\"'])*")
"""What a command of the shell may have besides its settings for there to be nothing else in it."""


def state_named(word: str) -> str | None:
    """Return the state of the RFC that a name or a number of a kernel's stands for, None where it is none."""
    name = _NUMBERED[int(word) - 1] if word.isdigit() and 0 < int(word) <= len(_NUMBERED) else word
    return TCPI_STATES.get(name.removeprefix("TCPS_").removeprefix("TCP_"))


def settings(text: str) -> Iterator[tuple[str, str]]:
    """Yield the settings that a command of the shell makes, with their values."""
    yield from ((name.replace("/", "."), value) for name, value in _SETS.findall(text))
    yield from ((name.replace("/", "."), value) for value, name in _ECHOES.findall(text))


def only_sets(text: str) -> bool:
    """Return whether there is nothing in a command of the shell but settings, all of which are read."""
    besides = _ECHOES.sub("", _SETS.sub("", text))
    found = list(settings(text))
    return bool(found) and all(setting in SYSCTLS for setting in found) and _BESIDES.fullmatch(besides) is not None
