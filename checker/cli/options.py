"""The command line: what can be typed."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from checker.cli import request, values
from checker.engine import Engine
from checker.engines import ENGINES, able
from checker.proof.engine import SECONDS
from checker.studies.waste import SYNS
from model.notation.assumed import Assumption
from model.notation.sorts import nearest
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.parametric import FEWEST, MOST
from properties.claim import Kind
from reports.language.catalogue import CODES, ENGLISH, language
from reports.traces.formats import FORMATS

SUMMARY = """\
Decide what textbooks claim about opening a TCP connection, with the shortest
counterexample where a claim fails."""
EXIT_CODES = """\
exit codes:
  0    check: all claims asked for hold; compare: each is as declared;
       others: done
  12   a safety or reachability claim, or a relation, is violated
       (compare: undeclared)
  13   a claim of liveness is violated, and no other
  20   unknown: a search was cut short by a limit, or bounded by its engine
  1    trace: the claim holds, so there is no counterexample to show;
       scenario: a step of it is not possible; recheck: refused
  2    usage     65  a bad model or scenario file     130  interrupted"""
MODEL = "a handshake, or FILE.py[:NAME] with a model of yours; either with /COMPOSITION"


REPORT = "synproof-report"
"""The directory that a report is written to where none is named."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unknown = re.fullmatch(r"unrecognized arguments: (-\S+).*", message, re.DOTALL)
        if unknown:
            own = tuple(option for action in self._actions for option in action.option_strings)
            raise values.UsageError(f"{self.prog} has no option {unknown[1]}; {nearest(unknown[1], own)}")
        raise values.UsageError(message)


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and that of each command."""
    root = _Parser(
        prog="synproof", description=SUMMARY, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument("--version", action="version", version=f"synproof {_version()}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    compare = _add_compare(commands)
    check = commands.add_parser("check", help="decide claims about one handshake")
    check.add_argument("model", metavar="HANDSHAKE", type=request.model, help=MODEL)
    check.add_argument(
        "claims",
        metavar="CLAIM",
        nargs="*",
        help="or a relation; default: all that are asserted, of a handshake without liveness",
    )
    check.add_argument(
        "--claims",
        dest="claims_none",
        type=values.no_claims,
        metavar=values.NO_CLAIMS,
        help="decide nothing, and count the states of the network as it is",
    )
    trace = commands.add_parser("trace", help="a shortest counterexample or witness, as a sequence diagram")
    trace.add_argument("model", metavar="HANDSHAKE", type=request.model, help=MODEL)
    trace.add_argument("claim", metavar="CLAIM")
    _add_liveness(compare, check, trace)
    assumed = commands.add_parser("assumptions", help="which sets of assumptions a claim needs, and what happens without")
    assumed.add_argument("model", metavar="HANDSHAKE", type=request.model, help=MODEL)
    assumed.add_argument("claim", metavar="CLAIM")
    scenario = commands.add_parser("scenario", help="a fixed schedule, on several handshakes side by side")
    scenario.add_argument("scenario", metavar="NAME", help="see 'synproof list', or FILE.json")
    scenario.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=request.model, help=f"{MODEL}; default: those it is about"
    )
    simulate = commands.add_parser("simulate", help="random runs, and what happens in many of them")
    explain = commands.add_parser("explain", help="what can happen in a state, and why the rest cannot")
    show = commands.add_parser("show", help="the model as readable text")
    graph = commands.add_parser("graph", help="the state graph as DOT, GraphML or SVG")
    for command in (simulate, explain, show, graph):
        command.add_argument("model", metavar="HANDSHAKE", type=request.model, help=MODEL)
    for command in (explain, show):
        command.add_argument("action", metavar="ACTION", nargs="?", help="only this action, with everything about it")
    _add_limits(compare, assumed)
    _add_limits(check, trace, named=True)
    for command in (check, trace):
        command.add_argument(
            "--engine",
            type=values.one_of(tuple(ENGINES)),
            metavar="|".join(ENGINES),
            help="default: for each claim, the first of them that decides its kind",
        )
    for command in (compare, check):
        command.add_argument(
            "--json", action="store_true", help="print a list of one record for each verdict, and nothing else"
        )
        command.add_argument(
            "--keep-going", action="store_true", help="search the whole scope, also when every claim is decided before"
        )
    assumed.add_argument("--json", action="store_true", help="print one record, and nothing else")
    trace.add_argument(
        "--traces",
        type=values.count,
        default=1,
        metavar="N",
        help="as many counterexamples, that differ in what is done in them",
    )
    _add_renderings(verdicts=(check, compare), runs=(trace, scenario, simulate))
    _add_numbers(scenario)
    scenario.add_argument(
        "--isn",
        dest="isns",
        action="append",
        type=values.isns,
        default=[],
        metavar="A=N,B=N|WORD",
        help="renumber it: the ISN of the first SYN shown of A (drawn left) and B, or all of them: A=N:N; "
        f"or how ISNs are chosen: {', '.join(Handshake.assumes.named('isn').words)}",
    )
    simulate.add_argument(
        "--seed", type=values.number, default=1, metavar="N", help="the same seed gives the same runs; default: 1"
    )
    simulate.add_argument(
        "--steps", type=values.count, default=20, metavar="N", help="at most so many in each run; default: 20"
    )
    simulate.add_argument("--runs", type=values.count, default=1, metavar="N", help="default: 1, which is shown step by step")
    _add_numbers(explain)
    explain.add_argument(
        "--after", metavar="RUN", help="a scenario, FILE.json, or a claim, for its shortest trace; default: the initial state"
    )
    graph.add_argument("--claim", metavar="CLAIM", help="mark the steps that violate it, and where they lead")
    graph.add_argument(
        "--quotient",
        action=argparse.BooleanOptionalAction,
        help="one node for each combination of endpoint states, or every state; default: the former where there are endpoints",
    )
    graph.add_argument("-o", "--output", metavar="FILE", help="FILE.dot, FILE.graphml or FILE.svg; default: DOT, printed")
    graph.add_argument("--max-states", type=values.count, metavar="N", help="draw no more; default: 2000 without quotient")
    export = _add_export(commands.add_parser("export", help="the model in the language of another checker: Promela or TLA+"))
    for command in (compare, check, trace, assumed, simulate, explain, show, graph, export, *_add_others(commands)):
        _add_setting(command, with_scope=True)
    export.set_defaults(reduction=False)  # what others count is the network as it is
    _add_setting(scenario, with_scope=False)
    _add_list(commands)
    for command in commands.choices.values():
        command.add_argument("--debug", action="store_true", help="where a file is at fault, show Python's traceback too")
    return root, commands.choices


def _add_others(commands: argparse._SubParsersAction[_Parser]) -> tuple[_Parser, ...]:
    """Add the commands about the family, proofs, waste and the whole study; return those that take a setting."""
    _add_minimal(commands.add_parser("minimal", help="how many messages a handshake needs: all of N messages, and attacks"))
    report = commands.add_parser("report", help="the whole study as a page: HTML, and Markdown with its pictures")
    report.add_argument("-o", "--output", metavar="DIR", default=REPORT, help=f"where the files are written; default: {REPORT}")
    return _add_proofs(commands), _add_waste(commands)


def _add_list(commands: argparse._SubParsersAction[_Parser]) -> None:
    """Add the command that lists names, and let those that say what claims are about say it in another language."""
    commands.add_parser("list", help="handshakes, claims, scenarios, engines, scopes and assumptions, a line each")
    for name in ("compare", "check", "trace", "report", "list"):
        commands.choices[name].add_argument(
            "--lang",
            type=values.one_of(CODES),
            default=ENGLISH,
            metavar="|".join(CODES),
            help="the language of what claims say",
        )


def _add_compare(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    compare = commands.add_parser(
        "compare", help="every handshake against every claim, as a table; or what differs between two"
    )
    compare.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=request.model, help=f"{MODEL}; default: all that come with synproof"
    )
    return compare


def _add_liveness(compare: _Parser, *others: _Parser) -> None:
    """Add what concerns claims of liveness."""
    compare.add_argument("--liveness", action="store_true", help="the claims of liveness instead; try --scope small")
    for command in others:
        command.add_argument(
            "--unfair",
            action="append",
            default=[],
            metavar="NAME",
            help="leave out a fairness assumption of a claim of liveness: timer, delivery, and so on, or all",
        )


def _add_proofs(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    """Add the commands about proofs; return the one that takes a setting."""
    prove = commands.add_parser("prove", help="a proof without bounds, with a certificate; or a shortest counterexample")
    prove.add_argument("model", metavar="HANDSHAKE", type=request.model, help=MODEL)
    prove.add_argument("claims", metavar="CLAIM", nargs="*", help="default: all safety claims that are asserted")
    prove.add_argument(
        "-o", "--output", metavar="DIR", help="write a certificate, which 'recheck' and any SMT solver can check"
    )
    prove.add_argument(
        "--max-k",
        type=values.count,
        metavar="K",
        help="k-induction for k = 1 to K instead of finding an invariant; with --invariant, from states that meet it",
    )
    prove.add_argument("--cover", action="store_true", help="say under which other assumptions the same invariant proves it")
    prove.add_argument("--invariant", metavar="FILE", help="check this invariant, a formula to a line, instead of finding one")
    prove.add_argument(
        "--timeout", type=values.seconds, default=SECONDS, metavar="S", help=f"for each claim; default: {SECONDS:g}"
    )
    prove.add_argument("--json", action="store_true", help="print a list of one record for each claim, and nothing else")
    prove.add_argument("--verbose", action="store_true", help="say on stderr how the search for an invariant goes")
    recheck = commands.add_parser("recheck", help="check a certificate: make its obligations anew, and ask Z3 and cvc5")
    recheck.add_argument("directory", metavar="DIR", help="a certificate, or a directory of certificates")
    recheck.add_argument(
        "--model",
        dest="trusted",
        type=request.model,
        metavar="FILE.py[:NAME]",
        help="the model it is about, where that comes from a file: a model is code, so you say which to run",
    )
    recheck.add_argument(
        "--json", action="store_true", help="print a list of one record for each certificate, and nothing else"
    )
    return prove


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what was typed. Options may stand between names, as in ``check three-way --max-depth 9 agreement``."""
    words = list(sys.argv[1:] if argv is None else argv)
    root, commands = _parsers()
    if words and words[0] in commands:  # argparse takes intermixed words from a command's parser only
        return _told(commands[words[0]].parse_intermixed_args(words[1:], argparse.Namespace(command=words[0])))
    if words and not words[0].startswith("-"):
        raise values.UsageError(f"there is no command {words[0]!r}; {nearest(words[0], tuple(commands))}")
    return root.parse_args(words)


def _told(arguments: argparse.Namespace) -> argparse.Namespace:
    """Give the models that were named what ``--assume`` says, and the texts of the language that was asked for."""
    request.assume(arguments)
    spoken = language(getattr(arguments, "lang", ENGLISH))
    if hasattr(arguments, "model"):
        arguments.model = spoken.specification(arguments.model)
    if hasattr(arguments, "models"):
        arguments.models = list(map(spoken.specification, arguments.models))
    return arguments


def _add_renderings(verdicts: Sequence[_Parser], runs: Sequence[_Parser]) -> None:
    """Say how commands that print ``verdicts``, and those that print ``runs``, write runs in other formats."""
    summaries = "; ".join(f"{made.name}: {made.summary}" for made in FORMATS.values())
    for command in (*verdicts, *runs):
        group = command.add_argument_group("runs in other formats")
        group.add_argument("--format", type=values.one_of(tuple(FORMATS)), metavar="|".join(FORMATS), help=summaries)
        where, what = ("FILE", "where to; its end says the format, and where there are several runs it is a directory")
        if command in verdicts:
            where, what = ("DIR", "write the run of each verdict that has one to a file of its own")
        group.add_argument("-o", "--output", metavar=where, help=what)
    for command in runs:
        command.add_argument(
            "--json", action="store_true", help="print the run as a scenario, which 'scenario' and 'explain' can read"
        )


def _add_export(export: _Parser) -> _Parser:
    export.add_argument("model", metavar="HANDSHAKE", type=request.model, help=MODEL)
    export.add_argument(
        "--to", required=True, type=values.one_of(("promela", "tla")), metavar="promela|tla", help="for SPIN or TLC"
    )
    export.add_argument(
        "--claims", nargs="+", default=["none"], metavar="CLAIM", help="what to check; none, or all that are asserted"
    )
    export.add_argument(
        "-o", "--output", metavar="FILE", help="FILE.pml; or FILE.tla, and FILE.cfg beside it; default: printed"
    )
    export.add_argument(
        "--reduction", action="store_true", help="keep every segment for ever instead, where that decides the same"
    )
    return export


def _add_numbers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=values.assignment,
        metavar="NAME=N",
        help="a number of the scenario's",
    )


def _add_waste(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    command = commands.add_parser("waste", help="how many connections old SYNs make a server hold, as a table")
    command.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=request.model, help=f"{MODEL}; default: all that come with synproof"
    )
    command.add_argument("--syns", type=values.count, default=SYNS, metavar="N", help=f"from 1 to N of them; default: {SYNS}")
    command.add_argument("--trace", action="store_true", help="show a shortest run to as many at once as there can be")
    command.add_argument("--json", action="store_true", help="print one record, and nothing else")
    _add_limits(command)
    return command


def _add_minimal(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--messages", required=True, type=values.messages, metavar="N", help=f"how many there are, from {FEWEST} to {MOST}"
    )
    command.add_argument(
        "--claim",
        dest="claims",
        action="append",
        default=[],
        metavar="CLAIM",
        help="what a survivor has to hold, once for each; default: all that can be asked but agreement",
    )
    command.add_argument("--scope", default="default", metavar="NAME", help="see 'synproof list'; default,answers=3 and so on")
    command.add_argument("--max-depth", type=values.count, metavar="N", help="attacks of at most so many steps; default: all")
    command.add_argument(
        "--exhaustive",
        action=argparse.BooleanOptionalAction,
        help="search every member as well, to confirm; default: up to three messages",
    )
    command.add_argument("--json", action="store_true", help="print one record, and nothing else")


def _add_limits(*commands: argparse.ArgumentParser, named: bool = False) -> None:
    """Add limits to commands, in which an engine may be ``named`` or claims go where they usually do."""
    usual = dict.fromkeys(able(kind)[0] for kind in Kind)
    for command in commands:
        _add_limits_to(command, tuple(ENGINES.values() if named else usual))


def _add_limits_to(command: argparse.ArgumentParser, engines: Sequence[Engine]) -> None:
    limits = command.add_argument_group("limits (a search that one of them ends is 'unknown')")
    limits.add_argument("--max-states", type=values.count, metavar="N", help="distinct states")
    depths = ", ".join(f"{engine.name}: {engine.usual.depth}" for engine in engines if engine.usual.depth is not None)
    steps = f"steps from the initial state{f' ({depths})' if depths else ''}"
    limits.add_argument("--max-depth", type=values.count, metavar="N", help=steps)
    alone = ", ".join(engine.name for engine in engines if not engine.several)
    limits.add_argument("--timeout", type=values.seconds, metavar="S", help=f"seconds ({alone}: for each claim)")
    limits.add_argument(
        "--memory",
        type=values.memory,
        metavar="SIZE",
        help="bytes for the states, such as 500M or 2G; default: most of what is free",
    )
    search = command.add_argument_group("long searches, which run as machine code")
    search.add_argument("--workers", type=values.workers, metavar="N", help="threads; default: one for each processor")
    search.add_argument(
        "--hash-compaction",
        action="store_true",
        help="keep 64 bits of each state, which takes less memory and cannot say holds, only how likely",
    )
    search.add_argument(
        "--symmetry",
        action="store_true",
        help="take states that differ only in the names of ISNs for one, where a model chooses among several and cannot tell",
    )


def _add_setting(command: argparse.ArgumentParser, *, with_scope: bool) -> None:
    group = command.add_argument_group("scope and assumptions, for handshakes" if with_scope else "assumptions, for handshakes")
    absent = argparse.SUPPRESS
    if with_scope:
        *first, last = Handshake.scopes.numbers
        set_in_each = f"{', '.join(first)} and {last} can be set: {Handshake.scopes.usual},{first[-1]}=3"
        group.add_argument(
            "--scope", default=absent, metavar="NAME", help=f"see 'synproof list'; {set_in_each}; check takes cutoff too"
        )
    for assumption in sorted(Handshake.assumes.declared().values(), key=lambda assumption: not assumption.words):
        if with_scope or assumption.name != "isn":  # a scenario says which ISNs are chosen
            _add_assumption(group, assumption)
    group.add_argument(
        "--assume",
        dest="assumed",
        action="append",
        type=values.assumed,
        default=[],
        metavar="NAME=VALUE",
        help="an assumption by its name, also one that the model declares itself: see 'synproof show HANDSHAKE'",
    )
    if with_scope:
        group.add_argument(
            "--no-reduction",
            dest="reduction",
            action="store_false",
            help="write out every loss and duplication, even where it decides the same",
        )


def _add_assumption(group: argparse._ArgumentGroup, assumption: Assumption) -> None:
    """Add the option that says what an assumption is."""
    option, absent = f"--{assumption.option}", argparse.SUPPRESS
    if assumption.without:
        option = f"--no-{assumption.option}"
        group.add_argument(option, dest=assumption.name, action="store_false", default=absent, help=assumption.without)
    elif isinstance(assumption.default, bool):
        group.add_argument(option, action=argparse.BooleanOptionalAction, default=absent, help=assumption.meaning)
    else:
        said = assumption.meaning + ("" if assumption.words else f"; default: {assumption.default}")
        taken = "|".join(assumption.words) or "N"
        group.add_argument(option, type=values.choice(assumption), default=absent, metavar=taken, help=said)


def _version() -> str:
    try:
        return version("synproof")
    except PackageNotFoundError:
        return "(not installed)"
