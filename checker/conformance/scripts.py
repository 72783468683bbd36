"""Scripts in packetdrill's language, read: what is sent to a stack, what it is to send, and what its user does, line by line.

``script.lark`` beside this module is the grammar; packetdrill's own is described in its ``syntax.md``. A script that is none
raises :class:`ScriptError`, whose sentence says where and what was expected there. Nothing of a script is ever run: commands of
the shell and Python's assertions are texts here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

from checker.conformance.packets import FLAGS, PASSED_OVER, Packet
from checker.conformance.scripts_defined import WrongError, defined_in, meant
from checker.files.mistakes import ModelFileError, not_utf8, read_bytes
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.segment import spelt

SUFFIX = ".pkt"
GRAMMAR = Path(__file__).with_name("script.lark")
LARGEST = 1 << 20
"""The most octets of a script that is read."""
_FARTHEST = 1e9
"""The latest time of an event, in seconds."""


class ScriptError(ModelFileError):
    """A file is no script of packetdrill's; the message says where, and what was expected there."""


Expression = str | tuple[Any, ...]
"""A word as it is written, or a tuple that begins with what it is: "applied", "array", "structure", "=" or "|"."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: its name, arguments and result as they are written, and ``errno`` where it says one.

    ``ends`` is when it returns, in seconds, where it blocks; "..." is any result.
    """

    name: str
    arguments: tuple[Expression, ...]
    result: str
    errno: str = ""
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """The end of a call that blocked."""

    call: Call


@dataclass(frozen=True, slots=True)
class Command:
    """A line for the shell."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Assertions in Python."""

    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing in a script: on which line it begins, when it happens in seconds since the script began, and what it is."""

    line: int
    time: float
    what: Packet | Call | Return | Command | Code


@dataclass(frozen=True, slots=True)
class Script:
    """A script: its options by name, what it has the shell do before and after, and its events."""

    name: str
    options: Mapping[str, str]
    before: tuple[Event, ...]
    events: tuple[Event, ...]


def read(path: Path, definitions: Mapping[str, str] | None = None) -> Script:
    """Return the script in a file; ``definitions`` are what words stand for, whatever the script defines."""
    content = read_bytes(str(path), f"*{SUFFIX}")
    if len(content) > LARGEST:
        raise ScriptError(f"{path} has {len(content):,} octets, and no script has more than {LARGEST:,}: write several scripts")
    try:
        return parsed(content.decode("utf-8-sig"), str(path), definitions)
    except UnicodeDecodeError as error:
        raise ScriptError(not_utf8(str(path), error)) from error


def parsed(text: str, name: str, definitions: Mapping[str, str] | None = None) -> Script:
    """Return the script that a text is; ``name`` is for messages."""
    try:
        defined = {**dict(defined_in(_parser().lex(text))), **(definitions or {})}
        made = cast("Script", _parser(tuple(sorted(defined.items()))).parse(text))
    except UnexpectedInput as error:
        raise ScriptError(_unexpected(text, name, error)) from error
    except VisitError as error:
        raise _placed(error.orig_exc, name) from error
    except WrongError as error:
        raise _placed(error, name) from error
    return replace(made, name=name)


_Part = Any
"""What was made of a part of a script: its kind depends on the rule of the grammar."""


def _placed(error: Exception, name: str) -> Exception:
    return ScriptError(f"{name}, line {error.line}: {error}") if isinstance(error, WrongError) else error


class _Anywhere:
    """Has the lexer take words anywhere, since a word that is defined may stand for something else."""

    always_accept = ("WORD",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Return the tokens as they are."""
        return stream


@lru_cache(8)
def _parser(definitions: tuple[tuple[str, str], ...] = ()) -> Lark:
    """Return what reads scripts in which some words stand for other things."""
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        start="script",
        parser="lalr",
        propagate_positions=True,
        maybe_placeholders=False,
        transformer=_Made(),
        lexer_callbacks={"WORD": partial(meant, dict(definitions))},
        postlex=_Anywhere(),
    )


_WORDS: Mapping[str, str] = {
    "INTEGER": "a number",
    "FLOAT": "a number",
    "HEX": "a number",
    "WORD": "a word",
    "STRING": 'a text in "quotes"',
    "COMMAND": "a command in `backquotes`",
    "CODE": "%{ an assertion }%",
    "NOTE": "(a remark)",
    "OPTION": "an option as --mss=1000",
    "ELLIPSIS": "...",
    "IPV4": "an address",
    "IPV6": "an address",
    "$END": "the end",
    "STAR": "*",
    "DOT": ".",
}
"""What the words of the grammar are called in a message."""
_MOST_WORDS = 8


def _unexpected(text: str, name: str, error: UnexpectedInput) -> str:
    """Return where a text is no script, what stands there, and what was expected."""
    expected = getattr(error, "allowed", None) or getattr(error, "expected", None)
    literals = {terminal.name: terminal.pattern.value for terminal in _parser().terminals}
    names = dict.fromkeys(_WORDS.get(one, f"{literals.get(one, one)}") for one in sorted(expected or ()))
    listed = list(names)[:_MOST_WORDS] + (["..."] if len(names) > _MOST_WORDS else [])
    wanted = f"; expected is {', '.join(listed[:-1])}{' or ' if len(listed) > 1 else ''}{listed[-1]}" if listed else ""
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return f"{name}: the script ends too soon{wanted}"
    line = text.split("\n")[error.line - 1].lstrip() if 0 < error.line <= text.count("\n") + 1 else ""
    if line.startswith("#"):
        return (
            f"{name}, line {error.line}: packetdrill has no lines that begin with #: run the preprocessor first, as in cpp -P"
        )
    found = str(token) if token is not None else text[error.pos_in_stream :].split("\n", 1)[0][:20]
    found = found.split("\n", 1)[0]
    shown = found if len(found) <= _LONGEST else f"{found[:_LONGEST]}..."
    return f"{name}, line {error.line}, column {error.column}: {shown!r} does not fit here{wanted}"


_LONGEST = 30


def _whole(token: Token, least: int, most: int, what: str) -> int:
    number = int(token)
    if not least <= number <= most:
        raise WrongError(token.line or 0, f"{what} is from {least} to {most}, and not {number}")
    return number


@v_args(inline=True)
class _Made(Transformer[Token, Script]):
    """Makes a :class:`Script` of what the grammar finds, from the leaves up: nothing of it is recursive."""

    def script(self, *parts: _Part) -> Script:
        options: dict[str, str] = {}
        before: list[Event] = []
        events: list[Event] = []
        now = 0.0
        for part in parts:
            match part:
                case ("option", name, value):
                    options[name] = value
                case (line, Command() as command):
                    (events or before).append(Event(line, now, command))
                case (line, begins, what):
                    start, now, ends = _when(line, begins, what, now)
                    events.append(Event(line, start, replace(what, ends=ends) if isinstance(what, Call) else what))
        return Script("", options, tuple(before), tuple(events))

    def option(self, name: Token, *value: Token) -> tuple[str, str, str]:
        return "option", name.removeprefix("--"), "=".join(value)

    def event(self, begins: tuple[int, str, float | None], what: _Part) -> tuple[Any, ...]:
        if isinstance(what, tuple):  # a line and a command
            what = what[1]
        return begins[0], begins[1:], what

    def after(self, *numbers: Token) -> tuple[int, str, float]:
        return numbers[0].line or 0, "+", _seconds(numbers[0])

    def at(self, *numbers: Token) -> tuple[int, str, float]:
        return numbers[0].line or 0, "", _seconds(numbers[0])

    def anytime(self, star: Token) -> tuple[int, str, float]:
        return star.line or 0, "*", 0.0

    def number(self, token: Token) -> Token:
        return token

    def command(self, token: Token) -> tuple[int, Command]:
        return token.line or 0, Command(token[1:-1].strip())

    def code(self, token: Token) -> Code:
        return Code(token[2:-2].strip())

    # -- packets ---------------------------------------------------------------------------------------------------------

    def packet(self, inbound: bool, *parts: _Part) -> Packet:
        *before, last = parts
        assert isinstance(last, Packet)
        lacking = next((part for part in (*before, last.lacking) if part), "")
        return replace(last, inbound=inbound, lacking=lacking)

    def inbound(self) -> bool:
        return True

    def outbound(self) -> bool:
        return False

    def wrapping(self, *_: Token) -> str:
        return said("the packet is within another one")

    def psp(self, *_: Token) -> str:
        return said("the packet is encrypted")

    def ip_info(self, *_: Token) -> str:
        return ""

    def tcp(self, *parts: _Part) -> Packet:
        given = {name: value for name, value in parts if name}
        ctl, passed_over, line = given["flags"]
        seq, end, data, absolute = given["sequence"]
        if end != seq + data:
            raise WrongError(line, f"{seq}:{end}({data}) does not add up: write {seq}:{seq + data}({data})")
        ack, of_ack = given.get("ack", (0, False))
        flags = frozenset(name for name, is_it in (("seq", absolute), ("ack", of_ack)) if is_it)
        lacking = given.get("tunnel", "")
        if "URG" in ctl or "urgent" in given:
            lacking = said("the model knows no urgent data")
        return Packet(
            inbound=False,
            ctl=spelt(",".join(bit for bit in ctl if bit != "URG") or "none"),
            seq=seq,
            data=data,
            ack=ack,
            win=given.get("win"),
            options=given.get("options", ()),
            passed_over=passed_over,
            absolute=flags,
            lacking=lacking,
        )

    def ports(self, *_: Token) -> tuple[str, Any]:
        return "", None

    def tunnel(self, *_: Token) -> tuple[str, Any]:
        return "tunnel", said("the packet is within another one")

    def flags_word(self, word: Token, *dot: Token) -> tuple[str, Any]:
        ctl: list[str] = []
        for letter in str(word) + "".join(dot):
            bit = {**FLAGS, "U": "URG", **PASSED_OVER}.get(letter)
            if bit is None:
                raise WrongError(
                    word.line or 0, f"{str(word)[:20]!r} has a flag {letter!r}, which TCP has not: write F, S, R, P, or ."
                )
            if bit not in ctl:
                ctl.append(bit)
        over = tuple(bit for bit in ctl if bit in PASSED_OVER.values())
        return "flags", ([bit for bit in ctl if bit not in over], over, word.line or 0)

    def flags_ack(self, *_: Token) -> tuple[str, Any]:
        return "flags", (["ACK"], (), 0)

    def flags_none(self, *_: Token) -> tuple[str, Any]:
        return "flags", ([], (), 0)

    def absolute(self, *_: Token) -> bool:
        return True

    def sequence(self, seq: Token, end: Token, data: Token, absolute: bool = False) -> tuple[str, Any]:
        most = MODULUS - 1
        numbers = _whole(seq, 0, most, "SEQ"), _whole(end, 0, most, "the number after the last octet")
        octets = _whole(data, 0, 65535, "the length of text")
        if numbers[1] != numbers[0] + octets:
            raise WrongError(seq.line or 0, f"{seq}:{end}({data}) does not add up: write {seq}:{numbers[0] + octets}({data})")
        return "sequence", (*numbers, octets, absolute)

    def acknowledged(self, ack: Token, absolute: bool = False) -> tuple[str, Any]:
        return "ack", (_whole(ack, 0, MODULUS - 1, "ACK"), absolute)

    def window(self, win: Token) -> tuple[str, Any]:
        return "win", _whole(win, 0, 65535, "a window")

    def urgent(self, *_: Token) -> tuple[str, Any]:
        return "urgent", True

    def tcp_options(self, *options: tuple[str, ...]) -> tuple[str, Any]:
        return "options", options

    def tcp_option(self, *words: Token) -> tuple[str, ...]:
        return tuple(map(str, words))

    def udp(self, *_: Token) -> Packet:
        return Packet(inbound=False, lacking=said("it is a packet of UDP"))

    def icmp(self, *_: Token) -> Packet:
        return Packet(inbound=False, lacking=said("the model knows no ICMP"))

    # -- calls -----------------------------------------------------------------------------------------------------------

    def call(self, *parts: _Part) -> Call:
        ends = next((part[1] for part in parts if isinstance(part, tuple) and part[:1] == ("until",)), None)
        result = next(part[1] for part in parts if isinstance(part, tuple) and part[:1] == ("result",))
        errno = next((part[1] for part in parts if isinstance(part, tuple) and part[:1] == ("errno",)), "")
        told = ("until", "result", "errno", "note")
        name, *arguments = (part for part in parts if not (isinstance(part, tuple) and part[0] in told))
        return Call(str(name), tuple(arguments), result, errno, ends)

    def until(self, *number: Token) -> tuple[str, float]:
        return "until", _seconds(number[-1])

    def result(self, token: Token) -> tuple[str, str]:
        return "result", str(token)

    def errno(self, token: Token) -> tuple[str, str]:
        return "errno", str(token)

    def note(self, token: Token) -> tuple[str, str]:
        return "note", str(token)

    def leaf(self, *tokens: Token) -> str:
        return str(tokens[0])

    def applied(self, name: Token, *arguments: Expression) -> tuple[Any, ...]:
        return ("applied", str(name), *arguments)

    def array(self, *items: Expression) -> tuple[Any, ...]:
        return ("array", *items)

    def structure(self, *items: Expression) -> tuple[Any, ...]:
        return ("structure", *items)

    def expression(self, name: Expression, value: Expression) -> tuple[Any, ...]:
        return ("=", name, value)

    def either(self, *words: Expression) -> tuple[Any, ...]:
        return ("|", *words)


def _seconds(token: Token) -> float:
    seconds = float(token)
    if not 0 <= seconds <= _FARTHEST:
        raise WrongError(token.line or 0, f"a time is from 0 to {_FARTHEST:.0f} seconds, and not {token}")
    return seconds


def _when(line: int, begins: tuple[str, float], what: object, now: float) -> tuple[float, float, float | None]:
    """Return when an event begins, what the time is for the next, and when it ends, where it is a call that blocks."""
    kind, seconds = begins
    start = now if kind == "*" else now + seconds if kind == "+" else seconds
    if start < now:
        raise WrongError(line, f"this happens at {start:g}, and what stands before it at {now:g}: write a later time, or +0")
    ends = what.ends if isinstance(what, Call) else None
    if ends is not None:
        ends = now + ends if kind == "+" else ends
        if ends < start:
            raise WrongError(line, f"this call returns at {ends:g}, before it begins at {start:g}")
    return start, start, ends


def shape(value: Expression) -> Iterator[tuple[str, str]]:
    """Yield the names that a structure has a plain word for, and the words: ``onoff`` and ``1`` of ``{onoff=1, linger=0}``."""
    if isinstance(value, tuple) and value and value[0] in ("structure", "array"):
        for item in value[1:]:
            if isinstance(item, tuple) and item[:1] == ("=",) and isinstance(item[1], str) and isinstance(item[2], str):
                yield item[1], item[2]


_STATE = re.compile(r"assert\s+\(?\s*tcpi_state\s*==\s*(\w+)\s*\)?\s*(,[^;\n]*)?")
_ASSERTS = re.compile(r"\bassert\b")


def states_asserted(code: Code) -> tuple[list[str], bool]:
    """Return the values that some code says ``tcpi_state`` has, and whether it asserts anything else."""
    found = [match[1] for match in _STATE.finditer(code.text)]
    return found, len(_ASSERTS.findall(code.text)) > len(found)
