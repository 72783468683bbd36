"""What can be typed after each command: its arguments and options.

What several of them take is in :mod:`checker.cli.shared_options`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from checker.cli import shared_options, values
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import ALL, WEAKEST
from model.tcp.composition import TWO_RUNS
from reports.language import CODES, ENGLISH

REPORT = "synproof-report"
"""The directory that a report is written to where none is named."""


def compare(command: argparse.ArgumentParser) -> None:
    """Add what ``compare`` takes."""
    shared_options.add_models(command, shared_options.model_or_mistake)
    shared_options.add_portfolio(command)
    instead, names = command.add_mutually_exclusive_group(), tuple(dict.fromkeys((*TWO_RUNS, *ALL)))
    instead.add_argument("--liveness", action="store_true", help="the claims of liveness instead; try --scope small")
    instead.add_argument(
        "--attacker",
        type=values.one_of((*names, WEAKEST)),
        metavar="NAME",
        help=f"the claims about attackers instead, with this one between client and server: {', '.join(names)}; or {WEAKEST}, "
        "the weakest that breaks each; default: handshakes and defences",
    )
    command.add_argument(
        "--quick", action="store_true", help="of a file and a handshake, only the parts that take a second or two"
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART",
        help="of a file and a handshake, only these parts of the battery, such as textbook, ports-1, figures or steps",
    )
    shared_options.add_limits(command)
    shared_options.add_verdicts(command)
    tables = command.add_mutually_exclusive_group()
    tables.add_argument("--csv", action="store_true", help="print a row for each verdict, with all that its record has")
    tables.add_argument("--latex", action="store_true", help="print the table for LaTeX (needs its package booktabs)")
    shared_options.add_renderings(command, verdicts=True)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)


def check(command: argparse.ArgumentParser) -> None:
    """Add what ``check`` takes."""
    shared_options.add_model_or_stranger(command, "what synproof.toml here expects")
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
    shared_options.add_fairness(command)
    shared_options.add_limits(command, named=True)
    shared_options.add_keeping(command)
    shared_options.add_engine(command)
    shared_options.add_verdicts(command)
    shared_options.add_renderings(command, verdicts=True)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)


def trace(command: argparse.ArgumentParser) -> None:
    """Add what ``trace`` takes."""
    shared_options.add_model_or_stranger(command)
    command.add_argument(
        "claim", metavar="CLAIM", nargs="?", help="see 'synproof list'; default: list those that fail, and why"
    )
    shared_options.add_fairness(command)
    shared_options.add_limits(command, named=True)
    shared_options.add_engine(command)
    command.add_argument(
        "--traces",
        type=values.count,
        default=1,
        metavar="N",
        help="as many counterexamples, that differ in what is done in them",
    )
    shared_options.add_renderings(command)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)


def assumptions(command: argparse.ArgumentParser) -> None:
    """Add what ``assumptions`` takes."""
    shared_options.add_model(command)
    command.add_argument("claim", metavar="CLAIM", help="see 'synproof list'")
    shared_options.add_limits(command)
    shared_options.add_portfolio(command)
    shared_options.add_record(command)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)


def scenario(command: argparse.ArgumentParser) -> None:
    """Add what ``scenario`` takes."""
    command.add_argument("scenario", metavar="NAME", help="see 'synproof list', or FILE.json")
    command.add_argument(
        "models",
        metavar="HANDSHAKE",
        nargs="*",
        type=shared_options.model,
        help=f"{shared_options.MODEL}; default: those it is about",
    )
    shared_options.add_renderings(command)
    shared_options.add_numbers(command)
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
    shared_options.add_setting(command, with_scope=False)


def answer(command: argparse.ArgumentParser) -> None:
    """Add what ``answer`` takes."""
    command.add_argument("state", metavar="STATE", nargs="?", help="a state of RFC 9293, such as SYN-RECEIVED")
    command.add_argument(
        "stimuli",
        metavar="SEGMENT",
        nargs="*",
        help="a segment, as 'RST seq=rcv.nxt+1024' or 'SYN,ACK ack=iss+1 data=3', or a call such as closes; "
        "several come one after the other",
    )
    command.add_argument("--passive", action="store_true", help="the endpoint was opened passively")
    command.add_argument(
        "--tcb",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="set a number of its TCB by hand before, as in --tcb snd.nxt=iss+2001",
    )
    command.add_argument("--table", action="store_true", help="all states, control bits, and edges of windows")
    command.add_argument(
        "--format",
        type=values.one_of(("text", "tsv", "json", "html", "packetdrill")),
        metavar="NAME",
        help="of a table: text, tsv, json, html; or packetdrill, a script for each row",
    )
    command.add_argument(
        "-o", "--output", type=values.file, metavar="FILE", help="write a table to a file, or scripts to a directory"
    )
    shared_options.add_record(command)
    _endpoint(command)


def _endpoint(command: argparse.ArgumentParser) -> None:
    """Add the assumptions about one endpoint that faces anybody."""
    from model.tcp.handshakes.facing import FACING

    group = command.add_argument_group("assumptions about the endpoint")
    for name, assumption in FACING.items():
        option = "rfc5961" if name == "mechanisms" else assumption.option
        said = f"{assumption.meaning}; default: {assumption.default}"
        if isinstance(assumption.default, bool):
            group.add_argument(
                f"--{option}", action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=assumption.meaning
            )
            continue
        if name == "mechanisms":
            taken: dict[str, Any] = {"metavar": "LIST"}
        else:
            taken = {"metavar": "|".join(assumption.words) or "N", "type": values.choice(assumption)}
        group.add_argument(f"--{option}", dest=name, default=argparse.SUPPRESS, help=said, **taken)


def conform(command: argparse.ArgumentParser) -> None:
    """Add what ``conform`` takes."""
    from checker.conformance.profiles import PROFILES, SIDES
    from model.tcp.handshakes.facing import FACES

    command.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="FILE.pkt, a script of packetdrill's; FILE.pcap or FILE.pcapng, a capture; or a directory of them",
    )
    command.add_argument(
        "--as",
        dest="side",
        type=values.one_of(SIDES),
        metavar="|".join(SIDES),
        help="of a capture: at whose host it was made, that of who was opened (server, the default), of who opened (client), "
        "or at neither (middle)",
    )
    command.add_argument(
        "--profile",
        type=values.one_of(tuple(PROFILES)),
        metavar="|".join(PROFILES),
        help="of a capture: what an endpoint is held against; default: rfc9293",
    )
    command.add_argument(
        "--handshake",
        type=values.one_of(tuple(FACES)),
        default="three-way",
        metavar="|".join(FACES),
        help="which handshake the endpoint has; default: three-way, that of RFC 9293",
    )
    command.add_argument(
        "-D",
        "--define",
        dest="definitions",
        action="append",
        default=[],
        type=values.definition,
        metavar="NAME=VALUE",
        help="of a script: what a word stands for, whatever the script defines",
    )
    command.add_argument("--junit", type=values.file, metavar="FILE", help="write what was found as JUnit's XML as well")
    shared_options.add_record(command)
    shared_options.add_verbosity(command)
    shared_options.add_renderings(command, sides=False)
    _endpoint(command)


def replay(command: argparse.ArgumentParser) -> None:
    """Add what ``replay`` takes."""
    from checker.stacks.adapters import ADAPTERS
    from checker.stacks.alone import RULES

    command.add_argument(
        "runs",
        metavar="RUN",
        nargs="*",
        help="a scenario, or FILE.json; HANDSHAKE:CLAIM, for the shortest run that decides a claim; answer-table, for all "
        "answers of RFC 9293",
    )
    command.add_argument("--all", action="store_true", help="all scenarios, all counterexamples of three-way, and answer-table")
    command.add_argument(
        "--on",
        action="append",
        type=values.one_of(tuple(ADAPTERS)),
        default=[],
        metavar="|".join(ADAPTERS),
        help="the stack, or several, each with --on; default: linux",
    )
    command.add_argument(
        "--skip-absent", action="store_true", help="leave out stacks that this host does not have, and say which"
    )
    command.add_argument("--as", dest="side", metavar="ENDPOINT", help="whose place the stack takes; default: of each in turn")
    command.add_argument(
        "--walk",
        type=values.count,
        metavar="N",
        help="N random walks of one endpoint, held against the rules at each step; one that deviates without a name is made as "
        "short as can be, and printed as a scenario",
    )
    command.add_argument("--seed", type=values.number, metavar="N", help="the same seed gives the same walks; default: 1")
    command.add_argument(
        "--against",
        type=values.one_of(tuple(RULES)),
        metavar="HANDSHAKE",
        help="whose rules a walk is held against: three-way is RFC 9293; default: those known of the stack",
    )
    command.add_argument(
        "-o", "--output", type=values.file, metavar="DIR", help="write a page for each stack, a table of them, and captures"
    )
    shared_options.add_record(command)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)
    shared_options.add_log(command)


def simulate(command: argparse.ArgumentParser) -> None:
    """Add what ``simulate`` takes."""
    shared_options.add_model(command)
    shared_options.add_renderings(command)
    command.add_argument(
        "--seed", type=values.number, default=1, metavar="N", help="the same seed gives the same runs; default: 1"
    )
    command.add_argument("--steps", type=values.count, default=20, metavar="N", help="at most so many in each run; default: 20")
    command.add_argument("--runs", type=values.count, default=1, metavar="N", help="default: 1, which is shown step by step")
    shared_options.add_setting(command)


def explain(command: argparse.ArgumentParser) -> None:
    """Add what ``explain`` takes."""
    shared_options.add_subject(command)
    shared_options.add_numbers(command)
    command.add_argument(
        "--after", metavar="RUN", help="a scenario, FILE.json, or a claim, for its shortest trace; default: the initial state"
    )
    shared_options.add_setting(command)


def explore(command: argparse.ArgumentParser) -> None:
    """Add what ``explore`` takes."""
    shared_options.add_model(command)
    shared_options.add_numbers(command)
    command.add_argument(
        "--after", metavar="RUN", help="a scenario, FILE.json, or a claim, for its shortest trace; default: the initial state"
    )
    beside = "another handshake, which takes the same schedule beside it"
    command.add_argument("--beside", metavar="HANDSHAKE", type=shared_options.model, help=beside)
    command.add_argument(
        "-o", "--output", type=values.file, metavar="FILE.html", help="where to; default: HANDSHAKE.explorer.html"
    )
    shared_options.add_setting(command)


def show(command: argparse.ArgumentParser) -> None:
    """Add what ``show`` takes."""
    shared_options.add_subject(command)
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="text to read, or the whole model as data; default: text"
    )
    shared_options.add_setting(command)


def graph(command: argparse.ArgumentParser) -> None:
    """Add what ``graph`` takes."""
    shared_options.add_model(command)
    command.add_argument("--claim", metavar="CLAIM", help="mark the steps that violate it, and where they lead")
    command.add_argument(
        "--quotient",
        action=argparse.BooleanOptionalAction,
        help="one node for each combination of endpoint states, or every state; default: the former where there are endpoints",
    )
    command.add_argument(
        "--endpoint", action="store_true", help="one node for each state of an endpoint, as RFC 9293 draws it in Figure 5"
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
    shared_options.add_setting(command)


def export(command: argparse.ArgumentParser) -> None:
    """Add what ``export`` takes."""
    shared_options.add_model(command)
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
    shared_options.add_setting(command)
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
    shared_options.add_record(command)


def report(command: argparse.ArgumentParser) -> None:
    """Add what ``report`` takes."""
    shared_options.add_models(command)
    command.add_argument(
        "-o",
        "--output",
        type=values.directory,
        metavar="DIR",
        default=REPORT,
        help=f"where the files are written; default: {REPORT}",
    )
    shared_options.add_setting(command)


def prove(command: argparse.ArgumentParser) -> None:
    """Add what ``prove`` takes."""
    from checker.proof.engine import SECONDS

    shared_options.add_model(command)
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
    shared_options.add_setting(command)
    shared_options.add_log(command)
    shared_options.add_portfolio(command)


def recheck(command: argparse.ArgumentParser) -> None:
    """Add what ``recheck`` takes."""
    command.add_argument("directory", metavar="DIR", help="a certificate, or a directory of certificates")
    command.add_argument(
        "--model",
        dest="trusted",
        type=shared_options.model,
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
    from checker.studies import RUNS, SEED, SYNS

    shared_options.add_models(command)
    command.add_argument("--syns", type=values.count, default=SYNS, metavar="N", help=f"from 1 to N of them; default: {SYNS}")
    command.add_argument("--trace", action="store_true", help="show a shortest run to as many at once as there can be")
    command.add_argument(
        "--defence",
        action="append",
        default=[],
        metavar="NAME",
        help="instead, how many clients get in under a flood of SYNs, and what it holds: of this, or 'all'; may be given again",
    )
    command.add_argument(
        "--runs", type=values.count, default=RUNS, metavar="N", help=f"with --defence, how many clients try; default: {RUNS}"
    )
    command.add_argument(
        "--seed", type=values.count, default=SEED, metavar="N", help=f"with --defence, which random runs; default: {SEED}"
    )
    shared_options.add_record(command)
    shared_options.add_limits(command)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)


def guesses(command: argparse.ArgumentParser) -> None:
    """Add what ``guesses`` takes."""
    shared_options.add_models(command)
    shared_options.add_record(command)
    shared_options.add_verbosity(command)
    shared_options.add_setting(command)


def mutants(command: argparse.ArgumentParser) -> None:
    """Add what ``mutants`` takes."""
    shared_options.add_model(command)
    only = "only mutants of this branch, as 'synproof show HANDSHAKE' names it without the endpoint; may be given again"
    command.add_argument("--only", action="append", default=[], metavar="RULE", help=only)
    command.add_argument("--sample", type=values.count, metavar="N", help="only so many mutants, chosen at random")
    command.add_argument("--seed", type=values.count, default=1, metavar="N", help="which ones --sample chooses; default: 1")
    shared_options.add_log(command)
    shared_options.add_portfolio(command)
    command.add_argument("--quick", action="store_true", help="ask only the quick questions: who survives may be noticed yet")
    command.add_argument("--csv", action="store_true", help="print a line of comma-separated values for each mutant")
    shared_options.add_record(command)


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


def grade(command: argparse.ArgumentParser) -> None:
    """Add what ``grade`` takes."""
    command.add_argument("assignment", metavar="ASSIGNMENT", help="a folder with assignment.toml")
    command.add_argument(
        "submission", metavar="SUBMISSION", help="FILE.py, or a folder of such files or folders, one for each student"
    )
    command.add_argument("--trust", action="store_true", help="run the files without walls, as yourself")
    shared_options.add_log(command)
    shared_options.add_portfolio(command)
    command.add_argument("--json", action="store_true", help="print a list of one record for each submission, and nothing else")
    command.add_argument(
        "--gradescope", type=values.file, metavar="FILE", help="of one submission what Gradescope reads: results.json"
    )
    command.add_argument("--csv", type=values.file, metavar="FILE", help="a class as a table: a row for each submission")
    command.add_argument("--html", type=values.file, metavar="FILE", help="a class as a page, with what most fell on")
    command.add_argument("--otter", type=values.file, metavar="FILE", help="a class as otter-grader has it: final_grades.csv")
    command.add_argument(
        "--junit", type=values.file, metavar="FILE", help="a class as JUnit's XML, a suite for each submission"
    )


def _nothing(_: argparse.ArgumentParser) -> None:
    """Add nothing: what every command takes is all."""


def common(command: argparse.ArgumentParser) -> None:
    """Add what every command takes."""
    command.add_argument(
        "--lang", type=values.one_of(CODES), default=ENGLISH, metavar="|".join(CODES), help="the language of what is said"
    )
    command.add_argument("--debug", action="store_true", help="where a file is at fault, show Python's traceback too")


ARGUMENTS: Mapping[str, Callable[[argparse.ArgumentParser], None]] = {
    "compare": compare,
    "check": check,
    "trace": trace,
    "assumptions": assumptions,
    "scenario": scenario,
    "answer": answer,
    "conform": conform,
    "replay": replay,
    "simulate": simulate,
    "explain": explain,
    "explore": explore,
    "show": show,
    "graph": graph,
    "export": export,
    "minimal": minimal,
    "report": report,
    "prove": prove,
    "recheck": recheck,
    "waste": waste,
    "guesses": guesses,
    "mutants": mutants,
    "grade": grade,
    "list": _nothing,
    "new": new,
    "tutorial": _nothing,
    "completion": completion,
}
"""What adds the arguments and options of a command, by its name."""
