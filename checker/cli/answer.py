"""The command that says what RFC 9293 answers to a segment: answer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from checker.cli import answers as records
from checker.cli.exits import OK, UNKNOWN
from checker.cli.values import UsageError
from checker.conformance.host import HOST, WAYS, Answer, Host
from checker.conformance.stimuli import Sum
from checker.conformance.table import Row, table
from checker.host import writing
from model.notation.assumed import Choice
from model.notation.interpreter import State
from model.notation.sorts import NotationError
from model.tcp.handshakes.facing import FACING, FacingAssumptions, mechanisms
from reports import answer_scripts, answers
from reports.language.catalogue import Language, language
from reports.width import line_width

SUITE = "packetdrill"
_GRIDS: Mapping[str, Callable[[Host, list[Row], Language], str]] = {
    "text": lambda _, rows, spoken: answers.text(rows, line_width(), spoken),
    "tsv": lambda host, rows, _: answers.tsv(host, rows),
    "html": answers.page,
}


def answer(arguments: argparse.Namespace) -> int:
    """Say what one endpoint does about each thing, one after the other; or about everything, as a table."""
    spoken = language(arguments.lang)
    try:
        host = Host(_assumptions(arguments))
        if arguments.table:
            return _table(arguments, host, spoken)
        if arguments.format or arguments.output:
            raise UsageError("--format and -o are for a table: write answer --table as well")
        if arguments.state is None or not arguments.stimuli:
            raise UsageError("write a state and a segment, as in answer ESTABLISHED 'RST seq=rcv.nxt+1024'; or answer --table")
        return _each(arguments, host, spoken)
    except NotationError as error:
        raise UsageError(str(error)) from error


def _assumptions(arguments: argparse.Namespace) -> FacingAssumptions:
    given = {name: getattr(arguments, name) for name in FACING if getattr(arguments, name, None) is not None}
    if "mechanisms" in given:
        given["mechanisms"] = mechanisms(given["mechanisms"])
    return FacingAssumptions.of(given)


def _each(arguments: argparse.Namespace, host: Host, spoken: Language) -> int:
    """Answer one thing after the other. What follows something that cannot be expressed is not asked."""
    state, passive = arguments.state.upper(), arguments.passive
    ways = WAYS.get(state, {})
    if passive and ways and True not in ways:
        raise UsageError(f"{state} is no state of an endpoint that was opened passively: leave out --passive")
    given: dict[str, Sum] = {}
    for text in arguments.tcb:
        name, equals, number = text.partition("=")
        if not equals:
            raise UsageError(f"{text[:40]!r} sets nothing: write --tcb NAME=NUMBER, as in --tcb snd.nxt=iss+2001")
        given[name] = Sum.read(number)

    def begin(of: Host) -> State:
        return of.with_numbers(of.come_to(state, passive=passive), given)

    variables = begin(host)
    done: list[str] = []
    found: list[tuple[Answer, str, list[tuple[str, Choice, Answer]]]] = []
    for text in arguments.stimuli:
        result = host.does(host.read(text), variables)
        others = [
            (name, value, reply) for name, value, reply in _otherwise(host, begin, [*done, text]) if _differs(result, reply)
        ]
        opened = ("opened passively" if passive else "opened actively") if len(ways) > 1 and not done else ""
        found.append((result, opened, others))
        if result.cannot:
            break
        variables = result.after
        done.append(text)
    if arguments.json:
        written = [
            {
                **answers.as_record(host, result, opened),
                "otherwise": {f"{n}={v}": answers.as_record(host, o) for n, v, o in others},
            }
            for result, opened, others in found
        ]
        records.show([records.signed(record, arguments) for record in written])
    else:
        print("\n\n".join(answers.said(host, *one, width=line_width(), spoken=spoken) for one in found))
    return UNKNOWN if found[-1][0].cannot else OK


def _otherwise(host: Host, begin: Callable[[Host], State], stimuli: list[str]) -> list[tuple[str, Choice, Answer]]:
    """Return what the last of several things would be answered under each other assumption, where it would come to that."""
    found: list[tuple[str, Choice, Answer]] = []
    for name, value, other in host.alternatives():
        variables = begin(other)
        try:
            for text in stimuli:
                result = other.does(other.read(text), variables)
                variables = result.after
        except NotationError:  # a call that the endpoint has not in the state that it is in by then
            continue
        found.append((name, value, result))
    return found


def _differs(one: Answer, other: Answer) -> bool:
    """Return whether two answers differ in what can be seen, having been asked in the same state."""
    return one.observed != other.observed and one.before[f"{HOST}.state"] == other.before[f"{HOST}.state"]


def _table(arguments: argparse.Namespace, host: Host, spoken: Language) -> int:
    if arguments.state is not None or arguments.tcb:
        raise UsageError("--table asks about all states and segments: leave out the state, the segment and --tcb")
    if arguments.passive:
        raise UsageError("--table has what is opened passively beside what is opened actively: leave out --passive")
    if arguments.format == SUITE and arguments.output is None:
        raise UsageError(f"a suite of scripts is many files: write answer --table --format {SUITE} -o DIR")
    if arguments.format == SUITE and arguments.json:
        raise UsageError("--json prints a record of its own: leave it out, or --format")
    if arguments.format == SUITE:
        writing.directory(arguments.output)
    rows = list(table(host))
    if arguments.format == SUITE:
        return _suite(arguments, host, rows, spoken)
    if arguments.json or arguments.format == "json":
        assumed = {name: getattr(host.assumptions, name) for name in FACING}
        record = {"assumptions": assumed, "answers": answers.records(host, rows)}
        written = records.written(records.signed(record, arguments))
    else:
        written = _GRIDS[arguments.format or "text"](host, rows, spoken)
    if arguments.output is None:
        print(written)
        return OK
    writing.write({Path(arguments.output): written + "\n"})
    print(spoken.tell("wrote {number} answers to {file}", number=len(rows), file=arguments.output), file=sys.stderr)
    return OK


def _suite(arguments: argparse.Namespace, host: Host, rows: list[Row], spoken: Language) -> int:
    scripts = answer_scripts.suite(host, rows, spoken)
    writing.write({Path(arguments.output) / name: script for name, script in scripts.items()})
    told = "wrote {number} scripts to {file}; {left} answers cannot be expressed"
    print(spoken.tell(told, number=len(scripts), file=arguments.output, left=len(rows) - len(scripts)), file=sys.stderr)
    return OK
