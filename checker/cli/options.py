"""What can be typed after each command: its arguments and options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from checker.cli import values
from checker.engine import Engine
from checker.engines import ENGINES, able
from model.notation.assumed import Assumption
from model.tcp.assumptions import Assumptions
from model.tcp.scope import DECLARED
from properties.kind import Kind
from reports.language import CODES, ENGLISH
from reports.traces.formats import FONT, FORMATS

MODEL = "a handshake, or FILE.py[:NAME] with a model of yours; either with /COMPOSITION"
REPORT = "synproof-report"
"""The directory that a report is written to where none is named."""


def model(name: str) -> Any:  # noqa: ANN401  # a specification, which takes longer to load than to ask for help
    """Return what :func:`checker.cli.request.model` does, which is loaded when there is a name."""
    from checker.cli import request

    return request.model(name)


def model_or_mistake(name: str) -> Any:  # noqa: ANN401  # as above
    """Return what :func:`checker.cli.request.model_or_mistake` does."""
    from checker.cli import request

    return request.model_or_mistake(name)


def model_or_claim(name: str) -> Any:  # noqa: ANN401  # as above
    """Return what :func:`checker.cli.request.model_or_claim` does."""
    from checker.cli import request

    return request.model_or_claim(name)


def compare(command: argparse.ArgumentParser) -> None:
    """Add what ``compare`` takes."""
    _add_models(command, model_or_mistake)
    command.add_argument("--liveness", action="store_true", help="the claims of liveness instead; try --scope small")
    _add_limits(command)
    _add_verdicts(command)
    tables = command.add_mutually_exclusive_group()
    tables.add_argument("--csv", action="store_true", help="print a row for each verdict, with all that its record has")
    tables.add_argument("--latex", action="store_true", help="print the table for LaTeX (needs its package booktabs)")
    _add_renderings(command, verdicts=True)
    _add_verbosity(command)
    _add_setting(command)


def check(command: argparse.ArgumentParser) -> None:
    """Add what ``check`` takes."""
    _add_model(command)
    command.add_argument(
        "claims",
        metavar="CLAIM",
        nargs="*",
        help="or a relation; default: all that are asserted, of a handshake without liveness",
    )
    command.add_argument(
        "--claims",
        dest="claims_none",
        type=values.no_claims,
        metavar=values.NO_CLAIMS,
        help="decide nothing, and count the states of the network as it is",
    )
    _add_fairness(command)
    _add_limits(command, named=True)
    _add_engine(command)
    _add_verdicts(command)
    _add_renderings(command, verdicts=True)
    _add_verbosity(command)
    _add_setting(command)


def trace(command: argparse.ArgumentParser) -> None:
    """Add what ``trace`` takes."""
    _add_model(command)
    command.add_argument(
        "claim", metavar="CLAIM", nargs="?", help="see 'synproof list'; default: list those that fail, and why"
    )
    _add_fairness(command)
    _add_limits(command, named=True)
    _add_engine(command)
    command.add_argument(
        "--traces",
        type=values.count,
        default=1,
        metavar="N",
        help="as many counterexamples, that differ in what is done in them",
    )
    _add_renderings(command)
    _add_verbosity(command)
    _add_setting(command)


def assumptions(command: argparse.ArgumentParser) -> None:
    """Add what ``assumptions`` takes."""
    _add_model(command)
    command.add_argument("claim", metavar="CLAIM", help="see 'synproof list'")
    _add_limits(command)
    _add_record(command)
    _add_verbosity(command)
    _add_setting(command)


def scenario(command: argparse.ArgumentParser) -> None:
    """Add what ``scenario`` takes."""
    command.add_argument("scenario", metavar="NAME", help="see 'synproof list', or FILE.json")
    command.add_argument("models", metavar="HANDSHAKE", nargs="*", type=model, help=f"{MODEL}; default: those it is about")
    _add_renderings(command)
    _add_numbers(command)
    command.add_argument(
        "--isn",
        dest="isns",
        action="append",
        type=values.isns,
        default=[],
        metavar="A=N,B=N|WORD",
        help="renumber it: the ISN of the first SYN shown of A (drawn left) and B, or all of them: A=N:N; "
        f"or how ISNs are chosen: {', '.join(Assumptions.named('isn').words)}",
    )
    _add_setting(command, with_scope=False)


def simulate(command: argparse.ArgumentParser) -> None:
    """Add what ``simulate`` takes."""
    _add_model(command)
    _add_renderings(command)
    command.add_argument(
        "--seed", type=values.number, default=1, metavar="N", help="the same seed gives the same runs; default: 1"
    )
    command.add_argument("--steps", type=values.count, default=20, metavar="N", help="at most so many in each run; default: 20")
    command.add_argument("--runs", type=values.count, default=1, metavar="N", help="default: 1, which is shown step by step")
    _add_setting(command)


def explain(command: argparse.ArgumentParser) -> None:
    """Add what ``explain`` takes."""
    _add_subject(command)
    _add_numbers(command)
    command.add_argument(
        "--after", metavar="RUN", help="a scenario, FILE.json, or a claim, for its shortest trace; default: the initial state"
    )
    _add_setting(command)


def show(command: argparse.ArgumentParser) -> None:
    """Add what ``show`` takes."""
    _add_subject(command)
    _add_setting(command)


def graph(command: argparse.ArgumentParser) -> None:
    """Add what ``graph`` takes."""
    _add_model(command)
    command.add_argument("--claim", metavar="CLAIM", help="mark the steps that violate it, and where they lead")
    command.add_argument(
        "--quotient",
        action=argparse.BooleanOptionalAction,
        help="one node for each combination of endpoint states, or every state; default: the former where there are endpoints",
    )
    command.add_argument(
        "-o", "--output", type=values.file, metavar="FILE", help="FILE.dot, FILE.graphml or FILE.svg; default: DOT, printed"
    )
    command.add_argument(
        "--grid",
        action="store_true",
        help="as SVG, what one endpoint does across and what the other does down; needs no Graphviz",
    )
    command.add_argument("--max-states", type=values.count, metavar="N", help="draw no more; default: 2000 without quotient")
    _add_setting(command)


def export(command: argparse.ArgumentParser) -> None:
    """Add what ``export`` takes."""
    _add_model(command)
    command.add_argument(
        "--to", required=True, type=values.one_of(("promela", "tla")), metavar="promela|tla", help="for SPIN or TLC"
    )
    command.add_argument(
        "--claims", nargs="+", default=["none"], metavar="CLAIM", help="what to check; none, or all that are asserted"
    )
    command.add_argument(
        "-o",
        "--output",
        type=values.file,
        metavar="FILE",
        help="FILE.pml; or FILE.tla, and FILE.cfg beside it; default: printed",
    )
    command.add_argument(
        "--reduction", action="store_true", help="keep every segment for ever instead, where that decides the same"
    )
    _add_setting(command)
    command.set_defaults(reduction=False)  # what others count is the network as it is


def minimal(command: argparse.ArgumentParser) -> None:
    """Add what ``minimal`` takes."""
    from model.tcp.handshakes.parametric import FEWEST, MOST

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
    command.add_argument("--timeout", type=values.seconds, metavar="S", help="seconds; default: as long as it takes")
    _add_record(command)


def report(command: argparse.ArgumentParser) -> None:
    """Add what ``report`` takes."""
    _add_models(command)
    command.add_argument(
        "-o",
        "--output",
        type=values.directory,
        metavar="DIR",
        default=REPORT,
        help=f"where the files are written; default: {REPORT}",
    )
    _add_setting(command)


def prove(command: argparse.ArgumentParser) -> None:
    """Add what ``prove`` takes."""
    from checker.proof.engine import SECONDS

    _add_model(command)
    command.add_argument("claims", metavar="CLAIM", nargs="*", help="default: all safety claims that are asserted")
    command.add_argument(
        "-o",
        "--output",
        type=values.directory,
        metavar="DIR",
        help="write a certificate, which 'recheck' and any SMT solver can check",
    )
    command.add_argument(
        "--max-k",
        type=values.count,
        metavar="K",
        help="k-induction for k = 1 to K instead of finding an invariant; with --invariant, from states that meet it",
    )
    command.add_argument("--cover", action="store_true", help="say under which other assumptions the same invariant proves it")
    command.add_argument(
        "--invariant", metavar="FILE", help="check this invariant, a formula to a line, instead of finding one"
    )
    command.add_argument(
        "--timeout", type=values.seconds, default=SECONDS, metavar="S", help=f"for each claim; default: {SECONDS:g}"
    )
    command.add_argument("--json", action="store_true", help="print a list of one record for each claim, and nothing else")
    command.add_argument(
        "-v", "--verbose", action="store_true", help="say all assumptions, and on stderr how the search for an invariant goes"
    )
    _add_setting(command)


def recheck(command: argparse.ArgumentParser) -> None:
    """Add what ``recheck`` takes."""
    command.add_argument("directory", metavar="DIR", help="a certificate, or a directory of certificates")
    command.add_argument(
        "--model",
        dest="trusted",
        type=model,
        metavar="FILE.py[:NAME]",
        help="the model it is about, where that comes from a file: a model is code, so you say which to run",
    )
    command.add_argument(
        "--timeout", type=values.seconds, metavar="S", help="seconds for each certificate; default: as long as it takes"
    )
    command.add_argument(
        "--json", action="store_true", help="print a list of one record for each certificate, and nothing else"
    )


def waste(command: argparse.ArgumentParser) -> None:
    """Add what ``waste`` takes."""
    from checker.studies import SYNS

    _add_models(command)
    command.add_argument("--syns", type=values.count, default=SYNS, metavar="N", help=f"from 1 to N of them; default: {SYNS}")
    command.add_argument("--trace", action="store_true", help="show a shortest run to as many at once as there can be")
    _add_record(command)
    _add_limits(command)
    _add_verbosity(command)
    _add_setting(command)


def listing(command: argparse.ArgumentParser) -> None:
    """Add what ``list`` takes."""


def new(command: argparse.ArgumentParser) -> None:
    """Add what ``new`` takes."""
    command.add_argument("file", metavar="FILE.py", help="the file to write, which must not be there yet")
    command.add_argument(
        "--from",
        dest="origin",
        default="three-way",
        metavar="NAME",
        help="a handshake, or a file to learn from (see 'synproof tutorial'); default: three-way",
    )


def completion(command: argparse.ArgumentParser) -> None:
    """Add what ``completion`` takes."""
    shells = ("bash", "zsh", "fish", "tcsh")
    command.add_argument("shell", type=values.one_of(shells), metavar="|".join(shells), help="the shell that you type in")


def common(command: argparse.ArgumentParser) -> None:
    """Add what every command takes."""
    command.add_argument(
        "--lang", type=values.one_of(CODES), default=ENGLISH, metavar="|".join(CODES), help="the language of what is said"
    )
    command.add_argument("--debug", action="store_true", help="where a file is at fault, show Python's traceback too")


# -- what several commands take ----------------------------------------------------------------------------------------


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)


def _add_models(command: argparse.ArgumentParser, had: Callable[[str], Any] = model) -> None:
    command.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=had, help=f"{MODEL}; default: all that come with synproof"
    )


def _add_subject(command: argparse.ArgumentParser) -> None:
    """Let a command take a model, or a claim."""
    command.add_argument("model", metavar="HANDSHAKE", type=model_or_claim, help=f"{MODEL}; or a claim, by itself")
    command.add_argument("action", metavar="ACTION", nargs="?", help="only this action, or claim, with everything about it")


def _add_record(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one record, and nothing else")


def _add_verdicts(command: argparse.ArgumentParser) -> None:
    """Add what commands take that decide claims."""
    command.add_argument("--json", action="store_true", help="print a list of one record for each verdict, and nothing else")
    command.add_argument(
        "--keep-going", action="store_true", help="search the whole scope, also when every claim is decided before"
    )


def _add_verbosity(command: argparse.ArgumentParser) -> None:
    said = "say all: each assumption, the formulas that decide a claim, the actions never taken"
    command.add_argument("-v", "--verbose", action="store_true", help=said)


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--engine",
        type=values.one_of(tuple(ENGINES)),
        metavar="NAME",
        help=f"{', '.join(ENGINES)}; default: for each claim, the first of them that decides its kind",
    )


def _add_fairness(command: argparse.ArgumentParser) -> None:
    """Add what concerns claims of liveness."""
    command.add_argument(
        "--unfair",
        action="append",
        default=[],
        metavar="NAME",
        help="leave out a fairness assumption of a claim of liveness: timer, delivery, and so on, or all",
    )


def _add_renderings(command: argparse.ArgumentParser, *, verdicts: bool = False) -> None:
    """Say how a command that prints runs, or else ``verdicts``, writes runs in other formats."""
    summaries = "; ".join(f"{made.name}: {made.summary}" for made in FORMATS.values())
    where, what = ("FILE", "where to; its end says the format, and where there are several runs it is a directory")
    if verdicts:
        where, what = ("DIR", "write the run of each verdict that has one to a file of its own")
    group = command.add_argument_group("runs in other formats")
    group.add_argument("--format", type=values.one_of(tuple(FORMATS)), metavar="NAME", help=summaries)
    kind = values.directory if verdicts else values.file
    group.add_argument("-o", "--output", type=kind, metavar=where, help=what)
    _add_size(group)
    if not verdicts:
        command.add_argument(
            "--json", action="store_true", help="print the run as a scenario, which 'scenario' and 'explain' can read"
        )


def _add_size(group: argparse._ArgumentGroup) -> None:
    """Say how large what is drawn is."""
    drawn = ", ".join(made.name for made in FORMATS.values() if made.drawn)
    room = f"how wide the drawing is, in pixels ({drawn}); default: as wide as its text needs"
    group.add_argument("--width", type=values.pixels, metavar="PX", help=room)
    group.add_argument("--font-size", type=values.pixels, metavar="PX", help=f"how large its text is; default: {FONT}")


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


def _add_limits(command: argparse.ArgumentParser, *, named: bool = False) -> None:
    """Add limits to a command in which an engine may be ``named``, or claims go where they usually do."""
    usual = dict.fromkeys(able(kind)[0] for kind in Kind)
    engines: Sequence[Engine] = tuple(ENGINES.values() if named else usual)
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


def _add_setting(command: argparse.ArgumentParser, *, with_scope: bool = True) -> None:
    group = command.add_argument_group("scope and assumptions, for handshakes" if with_scope else "assumptions, for handshakes")
    absent = argparse.SUPPRESS
    if with_scope:
        *first, last = DECLARED.numbers
        set_in_each = f"{', '.join(first)} and {last} can be set: {DECLARED.usual},{first[-1]}=3"
        group.add_argument("--scope", default=absent, metavar="NAME", help=f"see 'synproof list'; {set_in_each}")
    for assumption in sorted(Assumptions.declared().values(), key=lambda assumption: not assumption.words):
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


ARGUMENTS: Mapping[str, Callable[[argparse.ArgumentParser], None]] = {
    "compare": compare,
    "check": check,
    "trace": trace,
    "assumptions": assumptions,
    "scenario": scenario,
    "simulate": simulate,
    "explain": explain,
    "show": show,
    "graph": graph,
    "export": export,
    "minimal": minimal,
    "report": report,
    "prove": prove,
    "recheck": recheck,
    "waste": waste,
    "list": listing,
    "new": new,
    "tutorial": lambda _: None,
    "completion": completion,
}
"""What adds the arguments and options of a command, by its name."""
