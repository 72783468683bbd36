"""The command line: what can be typed, and what it means. Names that do not exist are answered with the nearest that does."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from checker import files
from checker.decide import ENGINES, Setting
from checker.limits import Limits, Means
from checker.machine import in_bytes, parsed, processors
from checker.relating import relations_of
from checker.waste import SYNS
from model.assumptions import CHOICES, LARGEST_WINDOW, MEANINGS, Assumptions
from model.composition import CLIENT_SERVER, composition_named
from model.handshakes.parametric import FEWEST, MOST
from model.scope import scope_named
from model.sorts import MODULUS, NotationError, nearest
from properties.claim import Claim, Kind
from properties.specification import SPECIFICATIONS, Specification
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
PROOF_SECONDS = 120
"""How long a proof of a claim is looked for by default."""
MODEL = "a handshake, or FILE.py[:NAME] with a model of yours; either with /COMPOSITION"


ALL_FAIRNESS = "all"
"""What is written for every fairness assumption of a claim."""
NO_CLAIMS = "none"
"""What is written for no claim at all."""

REPORT = "synproof-report"
"""The directory that a report is written to where none is named."""

MOST_WORKERS = 256
LEAST_MEMORY = 2**20
"""The least memory that a search can be given: its smallest table takes half of it."""

BMC_DEPTH = 8
"""How deep bounded model checking looks unless told otherwise; each further step takes two to five times as long."""


class UsageError(Exception):
    """Something was asked for that does not exist or makes no sense; the message says what to write instead."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unknown = re.fullmatch(r"unrecognized arguments: (-\S+).*", message, re.DOTALL)
        if unknown:
            own = tuple(option for action in self._actions for option in action.option_strings)
            raise UsageError(f"{self.prog} has no option {unknown[1]}; {nearest(unknown[1], own)}")
        raise UsageError(message)


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and that of each command."""
    root = _Parser(
        prog="synproof", description=SUMMARY, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument("--version", action="version", version=f"synproof {_version()}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    compare = _add_compare(commands)
    check = commands.add_parser("check", help="decide claims about one handshake")
    check.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)
    check.add_argument(
        "claims",
        metavar="CLAIM",
        nargs="*",
        help="or a relation; default: all that are asserted, of a handshake without liveness",
    )
    check.add_argument(
        "--claims",
        dest="bare",
        type=_no_claims,
        metavar=NO_CLAIMS,
        help="decide nothing, and count the states of the network as it is",
    )
    trace = commands.add_parser("trace", help="a shortest counterexample or witness, as a sequence diagram")
    trace.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)
    trace.add_argument("claim", metavar="CLAIM")
    _add_liveness(compare, check, trace)
    assumed = commands.add_parser("assumptions", help="which sets of assumptions a claim needs, and what happens without")
    assumed.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)
    assumed.add_argument("claim", metavar="CLAIM")
    scenario = commands.add_parser("scenario", help="a fixed schedule, on several handshakes side by side")
    scenario.add_argument("scenario", metavar="NAME", help="see 'synproof list', or FILE.json")
    scenario.add_argument("models", metavar="HANDSHAKE", nargs="*", type=model, help=f"{MODEL}; default: those it is about")
    simulate = commands.add_parser("simulate", help="random runs, and what happens in many of them")
    explain = commands.add_parser("explain", help="what can happen in a state, and why the rest cannot")
    show = commands.add_parser("show", help="the model as readable text")
    graph = commands.add_parser("graph", help="the state graph as DOT, GraphML or SVG")
    for command in (simulate, explain, show, graph):
        command.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)
    for command in (explain, show):
        command.add_argument("action", metavar="ACTION", nargs="?", help="only this action, with everything about it")
    _add_limits(compare, check, trace, assumed)
    for command in (check, trace):
        command.add_argument(
            "--engine", type=_one_of(tuple(ENGINES)), default="bfs", metavar="|".join(ENGINES), help="default: bfs"
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
        "--traces", type=_count, default=1, metavar="N", help="as many counterexamples, that differ in what is done in them"
    )
    _add_renderings(verdicts=(check, compare), runs=(trace, scenario, simulate))
    _add_numbers(scenario)
    scenario.add_argument(
        "--isn",
        dest="isns",
        action="append",
        type=_isns,
        default=[],
        metavar="A=N,B=N|WORD",
        help="renumber it: the ISN of the first SYN shown of A (drawn left) and B, or all of them: A=N:N; "
        f"or how ISNs are chosen: {', '.join(CHOICES['isn'])}",
    )
    simulate.add_argument("--seed", type=_number, default=1, metavar="N", help="the same seed gives the same runs; default: 1")
    simulate.add_argument("--steps", type=_count, default=20, metavar="N", help="at most so many in each run; default: 20")
    simulate.add_argument("--runs", type=_count, default=1, metavar="N", help="default: 1, which is shown step by step")
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
    graph.add_argument("--max-states", type=_count, metavar="N", help="draw no more; default: 2000 without quotient")
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
            "--lang", type=_one_of(CODES), default=ENGLISH, metavar="|".join(CODES), help="the language of what claims say"
        )


def _add_compare(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    compare = commands.add_parser(
        "compare", help="every handshake against every claim, as a table; or what differs between two"
    )
    compare.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=model, help=f"{MODEL}; default: all that come with synproof"
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
    prove.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)
    prove.add_argument("claims", metavar="CLAIM", nargs="*", help="default: all safety claims that are asserted")
    prove.add_argument(
        "-o", "--output", metavar="DIR", help="write a certificate, which 'recheck' and any SMT solver can check"
    )
    prove.add_argument(
        "--max-k",
        type=_count,
        metavar="K",
        help="k-induction for k = 1 to K instead of finding an invariant; with --invariant, from states that meet it",
    )
    prove.add_argument("--cover", action="store_true", help="say under which other assumptions the same invariant proves it")
    prove.add_argument("--invariant", metavar="FILE", help="check this invariant, a formula to a line, instead of finding one")
    prove.add_argument(
        "--timeout", type=_seconds, default=PROOF_SECONDS, metavar="S", help=f"for each claim; default: {PROOF_SECONDS}"
    )
    prove.add_argument("--json", action="store_true", help="print a list of one record for each claim, and nothing else")
    prove.add_argument("--verbose", action="store_true", help="say on stderr how the search for an invariant goes")
    recheck = commands.add_parser("recheck", help="check a certificate: make its obligations anew, and ask Z3 and cvc5")
    recheck.add_argument("directory", metavar="DIR", help="a certificate, or a directory of certificates")
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
        raise UsageError(f"there is no command {words[0]!r}; {nearest(words[0], tuple(commands))}")
    return root.parse_args(words)


def _told(arguments: argparse.Namespace) -> argparse.Namespace:
    """Give the models that were named the texts of the language that was asked for."""
    spoken = language(getattr(arguments, "lang", ENGLISH))
    if hasattr(arguments, "model"):
        arguments.model = spoken.specification(arguments.model)
    if hasattr(arguments, "models"):
        arguments.models = list(map(spoken.specification, arguments.models))
    return arguments


def setting(arguments: argparse.Namespace, *models: Specification) -> Setting:
    """Return the setting that the options ask for, which ``models`` have to be able to take."""
    named = {f.name: getattr(arguments, f.name) for f in fields(Assumptions) if hasattr(arguments, f.name)}
    given = [*(["scope"] if hasattr(arguments, "scope") else []), *named]
    bound = next((spec for spec in models if not spec.scoped), None)
    if given and bound is not None and all(not spec.scoped for spec in models):
        option = ("no-" if named.get(given[0]) is False else "") + given[0].replace("_", "-")
        raise UsageError(f"--{option} is for handshakes: {bound.name} has its bounds and assumptions in its file")
    engine, max_states = getattr(arguments, "engine", "bfs"), getattr(arguments, "max_states", None)
    if engine == "bmc" and max_states:
        raise UsageError("--max-states is for bfs: bmc counts no states; limit it by --max-depth or --timeout")
    depth = getattr(arguments, "max_depth", None) or (BMC_DEPTH if engine == "bmc" else None)
    memory, workers = getattr(arguments, "memory", None), getattr(arguments, "workers", None)
    compaction = getattr(arguments, "hash_compaction", False)
    bfs_only = {"memory": memory, "workers": workers, "hash-compaction": compaction}
    bfs_only["symmetry"] = getattr(arguments, "symmetry", False)
    for option, value in bfs_only.items():
        if engine == "bmc" and value:
            raise UsageError(f"--{option} is for bfs: bmc keeps no states; limit it by --max-depth or --timeout")
    limits = Limits(max_states, depth, getattr(arguments, "timeout", None), memory=memory)
    means = Means(workers or processors(), compaction, getattr(arguments, "symmetry", False))
    keep_going = getattr(arguments, "keep_going", False)
    if engine == "bmc" and keep_going:
        raise UsageError("--keep-going is for bfs: bmc takes claims one by one, and decides each of them anyhow")
    scope = scope_named(getattr(arguments, "scope", "default"))
    reduction = getattr(arguments, "reduction", True)
    return Setting(scope, Assumptions(**named), engine, limits, reduction, keep_going, means)


def model(name: str) -> Specification:
    """Return the handshake of that name, or the model in that file; after a slash, in that composition."""
    if name in SPECIFICATIONS:
        return SPECIFICATIONS[name]
    whole, _, composition = name.rpartition("/")
    if composition and not files.is_path(composition) and (whole in SPECIFICATIONS or files.is_path(whole)):
        return _composed(model(whole), composition, name)
    if files.is_path(name):
        return files.read(name)
    raise UsageError(f"there is no handshake {name!r}, and it is no FILE.py; {nearest(name, tuple(SPECIFICATIONS))}")


def _composed(spec: Specification, composition: str, name: str) -> Specification:
    if spec.composed is None:
        raise UsageError(f"{spec.name} has no compositions: they are for handshakes")
    try:
        other = composition_named(composition)
    except NotationError as error:
        raise UsageError(str(error)) from error
    if spec.composition is not CLIENT_SERVER:
        raise UsageError(f"{spec.name} is a composition already: write {spec.name.partition('/')[0]}/{composition}")
    return replace(spec.composed(other), file=name if spec.file else "")


def claim(name: str, spec: Specification) -> Claim:
    """Return the claim of that name about a model."""
    if name not in spec.claim:
        if not spec.claims:
            raise UsageError(f"there is no claim {name!r}: {spec.name} has none")
        raise UsageError(f"there is no claim {name!r}; {nearest(name, (*spec.claim, *relations_of(spec)))}")
    return spec.claim[name]


def assuming(claims: Sequence[Claim], arguments: argparse.Namespace) -> list[Claim]:
    """Return claims without the fairness assumptions that ``--unfair`` names."""
    unfair = [name for given in arguments.unfair for name in given.split(",")]
    if not unfair:
        return list(claims)
    known = tuple(dict.fromkeys(assumption.name for claim in claims for assumption in claim.fairness))
    if not known:
        raise UsageError("--unfair is for claims of liveness that assume fairness: name one, or leave it out")
    for name in unfair:
        if name not in (*known, ALL_FAIRNESS):
            raise UsageError(f"none of these claims assumes {name!r}; {nearest(name, (*known, ALL_FAIRNESS))}")
    left_out = known if ALL_FAIRNESS in unfair else unfair
    return [
        claim.assuming(f for f in claim.fairness if f.name not in left_out) if claim.kind is Kind.LIVENESS else claim
        for claim in claims
    ]


def _add_renderings(verdicts: Sequence[_Parser], runs: Sequence[_Parser]) -> None:
    """Say how commands that print ``verdicts``, and those that print ``runs``, write runs in other formats."""
    summaries = "; ".join(f"{made.name}: {made.summary}" for made in FORMATS.values())
    for command in (*verdicts, *runs):
        group = command.add_argument_group("runs in other formats")
        group.add_argument("--format", type=_one_of(tuple(FORMATS)), metavar="|".join(FORMATS), help=summaries)
        where, what = ("FILE", "where to; its end says the format, and where there are several runs it is a directory")
        if command in verdicts:
            where, what = ("DIR", "write the run of each verdict that has one to a file of its own")
        group.add_argument("-o", "--output", metavar=where, help=what)
    for command in runs:
        command.add_argument(
            "--json", action="store_true", help="print the run as a scenario, which 'scenario' and 'explain' can read"
        )


def _add_export(export: _Parser) -> _Parser:
    export.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)
    export.add_argument("--to", required=True, type=_one_of(("promela", "tla")), metavar="promela|tla", help="for SPIN or TLC")
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
        type=_assignment,
        metavar="NAME=N",
        help="a number of the scenario's",
    )


def _add_waste(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    command = commands.add_parser("waste", help="how many connections old SYNs make a server hold, as a table")
    command.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=model, help=f"{MODEL}; default: all that come with synproof"
    )
    command.add_argument("--syns", type=_count, default=SYNS, metavar="N", help=f"from 1 to N of them; default: {SYNS}")
    command.add_argument("--trace", action="store_true", help="show a shortest run to as many at once as there can be")
    command.add_argument("--json", action="store_true", help="print one record, and nothing else")
    _add_limits(command)
    return command


def _add_minimal(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--messages", required=True, type=_messages, metavar="N", help=f"how many there are, from {FEWEST} to {MOST}"
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
    command.add_argument("--max-depth", type=_count, metavar="N", help="attacks of at most so many steps; default: all")
    command.add_argument(
        "--exhaustive",
        action=argparse.BooleanOptionalAction,
        help="search every member as well, to confirm; default: up to three messages",
    )
    command.add_argument("--json", action="store_true", help="print one record, and nothing else")


def _add_limits(*commands: argparse.ArgumentParser) -> None:
    for command in commands:
        _add_limits_to(command)


def _add_limits_to(command: argparse.ArgumentParser) -> None:
    limits = command.add_argument_group("limits (a search that one of them ends is 'unknown')")
    limits.add_argument("--max-states", type=_count, metavar="N", help="distinct states")
    limits.add_argument("--max-depth", type=_count, metavar="N", help=f"steps from the initial state (bmc: {BMC_DEPTH})")
    limits.add_argument("--timeout", type=_seconds, metavar="S", help="seconds (bmc: for each claim)")
    limits.add_argument(
        "--memory", type=_memory, metavar="SIZE", help="bytes for the states, such as 500M or 2G; default: most of what is free"
    )
    search = command.add_argument_group("long searches, which run as machine code")
    search.add_argument("--workers", type=_workers, metavar="N", help="threads; default: one for each processor")
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
        group.add_argument(
            "--scope",
            default=absent,
            metavar="NAME",
            help="see 'synproof list'; attempts, answers and data can be set: default,answers=3",
        )
    for name, choices in CHOICES.items():
        if name == "isn" and not with_scope:
            continue  # a scenario says which ISNs are chosen
        option = "--" + name.replace("_", "-")
        group.add_argument(option, type=_one_of(choices), default=absent, metavar="|".join(choices), help=MEANINGS[name])
    group.add_argument(
        "--rcv-wnd", type=_window, default=absent, metavar="N", help=MEANINGS["rcv_wnd"] + f"; default: {LARGEST_WINDOW}"
    )
    group.add_argument(
        "--no-rfc5961",
        dest="rfc5961",
        action="store_false",
        default=absent,
        help="RFC 793 where RFC 5961 differs",
    )
    for name in ("abort_established", "quiet_time"):
        option = "--" + name.replace("_", "-")
        group.add_argument(option, action=argparse.BooleanOptionalAction, default=absent, help=MEANINGS[name])
    group.add_argument("--no-loss", dest="loss", action="store_false", default=absent, help="the network loses nothing")
    group.add_argument(
        "--no-duplication",
        dest="duplication",
        action="store_false",
        default=absent,
        help="the network delivers each segment once (one sent again while in flight is that same segment)",
    )
    if with_scope:
        group.add_argument(
            "--no-reduction",
            dest="reduction",
            action="store_false",
            help="write out every loss and duplication, even where it decides the same",
        )


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in choices:
            raise UsageError(f"{text!r} is none of {', '.join(choices)}; {nearest(text, choices)}")
        return text

    return convert


_DIGITS = 19
"""The most digits of a number that is typed; more are a slip."""


def _whole(text: str, wrong: str, least: int = 0) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) >= least):
        raise UsageError(wrong)
    return int(text)


def _count(text: str) -> int:
    return _whole(text, f"{text[:20]!r} is no limit: write a whole number greater than 0", 1)


def _messages(text: str) -> int:
    wrong = f"{text[:20]!r} is no number of messages for a handshake here: write one from {FEWEST} to {MOST}"
    messages = _whole(text, wrong, FEWEST)
    if messages > MOST:
        raise UsageError(wrong)
    return messages


def _no_claims(text: str) -> str:
    if text != NO_CLAIMS:
        raise UsageError(f"--claims takes only {NO_CLAIMS}; a claim is written after the handshake, without --claims")
    return text


def _workers(text: str) -> int:
    workers = _whole(text, wrong := f"{text[:20]!r} is no number of threads: write one from 1 to {MOST_WORKERS}", 1)
    if workers > MOST_WORKERS:
        raise UsageError(wrong)
    return workers


def _memory(text: str) -> int:
    try:
        size = parsed(text)
    except ValueError:
        size = 0
    if size < LEAST_MEMORY:
        least = in_bytes(LEAST_MEMORY)
        raise UsageError(f"{text[:20]!r} is no amount of memory: write {least} or more, as in --memory 500M or --memory 2G")
    return size


def _number(text: str) -> int:
    return _whole(text, f"{text[:20]!r} is no seed: write a whole number")


def _assignment(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{text!r} sets nothing: write --set NAME=N, as in --set syns=5")
    return name, _whole(number, f"{number[:20]!r} is no value for {name}: write a whole number, as in --set {name}=5")


def _window(text: str) -> int:
    wrong = f"{text[:20]!r} is no window: write a number of octets from 0 to {LARGEST_WINDOW}"
    octets = _whole(text, wrong)
    if octets > LARGEST_WINDOW:
        raise UsageError(wrong)
    return octets


def _isns(text: str) -> dict[str, tuple[int, ...]] | str:
    if text in CHOICES["isn"]:
        return text
    found: dict[str, tuple[int, ...]] = {}
    for part in text.split(","):
        side, equals, numbers = part.partition("=")
        if side not in ("A", "B") or not equals or side in found:
            raise UsageError(f"{text[:40]!r} renumbers nothing: write --isn A=N,B=N, A being the side drawn left")
        wrong = f"{numbers[:40]!r} is no ISN for {side}: write a number below 2^32, as in --isn {side}=1000"
        found[side] = tuple(_whole(n, wrong) for n in numbers.split(":"))
        if max(found[side]) >= MODULUS:
            raise UsageError(wrong)
    return found


def renumbering(arguments: argparse.Namespace) -> dict[str, tuple[int, ...]]:
    """Return what all ``--isn`` of a scenario together ask for; one that says how ISNs are chosen becomes an assumption."""
    found: dict[str, tuple[int, ...]] = {}
    for isns in arguments.isns:
        if isinstance(isns, str):
            arguments.isn = isns
            continue
        if found.keys() & isns.keys():
            raise UsageError(f"--isn gives {min(found.keys() & isns.keys())} twice: give each side once")
        found |= isns
    return found


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"{text!r} is no time limit: write a number of seconds greater than 0")
    return seconds


def _version() -> str:
    try:
        return version("synproof")
    except PackageNotFoundError:
        return "(not installed)"
