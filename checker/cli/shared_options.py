"""What several commands take: the options that mean the same wherever they stand."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from checker.cli import values
from checker.engine import Engine
from checker.engines import ENGINES, able
from model.notation.assumed import Assumption
from model.tcp.assumptions import Assumptions
from model.tcp.scope import DECLARED
from properties.kind import Kind
from reports.traces.formats import FONT, FORMATS

MODEL = "a handshake, or FILE.py[:NAME] with a model of yours; either with /COMPOSITION"


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


def model_unread(name: str) -> Any:  # noqa: ANN401  # as above
    """Return what :func:`checker.cli.request.unread` does."""
    from checker.cli import request

    return request.unread(name)


def add_model_or_stranger(command: argparse.ArgumentParser, without: str = "") -> None:
    """Let a command take one model, whose file may be a stranger's; ``without`` says what it does where none is named."""
    said = f"{MODEL}; default: {without}" if without else MODEL
    command.add_argument("model", metavar="HANDSHAKE", nargs="?" if without else None, type=model_unread, help=said)
    command.add_argument(
        "--isolated",
        action="store_true",
        help="run the file within walls: no network, nothing of yours to read or write, little time and memory; needs bwrap",
    )


def add_model(command: argparse.ArgumentParser) -> None:
    """Let a command take one model."""
    command.add_argument("model", metavar="HANDSHAKE", type=model, help=MODEL)


def add_models(command: argparse.ArgumentParser, had: Callable[[str], Any] = model) -> None:
    """Let a command take several models; ``had`` makes of a name what the command gets."""
    command.add_argument(
        "models", metavar="HANDSHAKE", nargs="*", type=had, help=f"{MODEL}; default: all that come with synproof"
    )


def add_subject(command: argparse.ArgumentParser) -> None:
    """Let a command take a model, or a claim."""
    command.add_argument("model", metavar="HANDSHAKE", type=model_or_claim, help=f"{MODEL}; or a claim, by itself")
    command.add_argument("action", metavar="ACTION", nargs="?", help="only this action, or claim, with everything about it")


def add_record(command: argparse.ArgumentParser) -> None:
    """Let a command print a record."""
    command.add_argument("--json", action="store_true", help="print one record, and nothing else")


def add_verdicts(command: argparse.ArgumentParser) -> None:
    """Add what commands take that decide claims."""
    command.add_argument("--json", action="store_true", help="print a list of one record for each verdict, and nothing else")
    command.add_argument(
        "--keep-going", action="store_true", help="search the whole scope, also when every claim is decided before"
    )


def add_verbosity(command: argparse.ArgumentParser) -> None:
    """Let a command say all."""
    said = "say all: each assumption, the formulas that decide a claim, the actions never taken"
    command.add_argument("-v", "--verbose", action="store_true", help=said)


def add_engine(command: argparse.ArgumentParser) -> None:
    """Let a command be told which engine decides."""
    command.add_argument(
        "--engine",
        type=values.one_of(tuple(ENGINES)),
        metavar="NAME",
        help=f"{', '.join(ENGINES)}; default: for each claim, the first of them that decides its kind",
    )


def add_fairness(command: argparse.ArgumentParser) -> None:
    """Add what concerns claims of liveness."""
    command.add_argument(
        "--unfair",
        action="append",
        default=[],
        metavar="NAME",
        help="leave out a fairness assumption of a claim of liveness: timer, delivery, and so on, or all",
    )


def add_renderings(command: argparse.ArgumentParser, *, verdicts: bool = False, sides: bool = True) -> None:
    """Say how a command that prints runs, or else ``verdicts``, writes runs in other formats.

    Where it has no ``sides`` its runs are of one endpoint, and it has a record of its own.
    """
    summaries = "; ".join(f"{made.name}: {made.summary}" for made in FORMATS.values())
    where, what = ("FILE", "where to; its end says the format, and where there are several runs it is a directory")
    if verdicts:
        where, what = ("DIR", "write the run of each verdict that has one to a file of its own")
    group = command.add_argument_group("runs in other formats")
    group.add_argument("--format", type=values.one_of(tuple(FORMATS)), metavar="NAME", help=summaries)
    kind = values.directory if verdicts else values.file
    group.add_argument("-o", "--output", type=kind, metavar=where, help=what)
    if sides:
        group.add_argument(
            "--as",
            dest="side",
            metavar="ROLE",
            help="whose stack a script of packetdrill is for: server, client, or as the run calls it; default: server",
        )
    _add_size(group)
    if not verdicts and sides:
        command.add_argument(
            "--json", action="store_true", help="print the run as a scenario, which 'scenario' and 'explain' can read"
        )


def _add_size(group: argparse._ArgumentGroup) -> None:
    """Say how large what is drawn is."""
    drawn = ", ".join(made.name for made in FORMATS.values() if made.drawn)
    room = f"how wide the drawing is, in pixels ({drawn}); default: as wide as its text needs"
    group.add_argument("--width", type=values.pixels, metavar="PX", help=room)
    group.add_argument("--font-size", type=values.pixels, metavar="PX", help=f"how large its text is; default: {FONT}")


def add_numbers(command: argparse.ArgumentParser) -> None:
    """Let a command set the numbers of a scenario."""
    command.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=values.assignment,
        metavar="NAME=N",
        help="a number of the scenario's",
    )


def add_limits(command: argparse.ArgumentParser, *, named: bool = False) -> None:
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
    search.add_argument("--log", action="store_true", help="say each minute on standard error how far the search has come")
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


def add_keeping(command: argparse.ArgumentParser) -> None:
    """Let a search keep states on disk: to go on later, or where memory is full."""
    group = command.add_argument_group("very long searches (for safety and reachability, or --claims none)")
    group.add_argument(
        "--checkpoint", metavar="DIR", help="write checkpoints there, from which the search can go on, whatever ends it"
    )
    group.add_argument("--every", type=values.seconds, metavar="S", help="seconds from one checkpoint to the next; default: 60")
    group.add_argument(
        "--resume",
        metavar="DIR",
        help="go on from the checkpoint that is there; without HANDSHAKE with the command that made it",
    )
    group.add_argument("--spill", metavar="DIR", help="go on there when the memory is full: states are kept on disk")
    group.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="have many processes own the states, by Ray: local:N is N of this machine, HOST:PORT a cluster that runs",
    )
    group.add_argument(
        "--disk", type=values.disk, metavar="SIZE", help="bytes of disk, such as 500M or 100G; default: most of what is free"
    )


def add_log(command: argparse.ArgumentParser) -> None:
    """Let a command that takes long be watched where there is no terminal."""
    command.add_argument("--log", action="store_true", help="say each minute on standard error how far it has come")


def add_portfolio(command: argparse.ArgumentParser) -> None:
    """Let a command ask its questions, which do not depend on each other, of a cluster."""
    command.add_argument(
        "--cluster",
        dest="portfolio",
        metavar="ADDRESS",
        help="have a cluster answer, a question on each processor, by Ray: local:N is N here, HOST:PORT a cluster that runs",
    )


def add_setting(command: argparse.ArgumentParser, *, with_scope: bool = True) -> None:
    """Let a command be told what a model is decided under."""
    group = command.add_argument_group("scope and assumptions, for handshakes" if with_scope else "assumptions, for handshakes")
    absent = argparse.SUPPRESS
    if with_scope:
        *first, last = DECLARED.numbers
        set_in_each = f"{', '.join(first)} and {last} can be set: {DECLARED.usual},{first[-1]}=3"
        group.add_argument(
            "--scope", default=absent, metavar="NAME", help=f"see 'synproof list'; {set_in_each}; check takes cutoff too"
        )
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
