"""The command line: which commands there are, and how what is typed is read.

This is all that ``--help`` loads. What a command takes is in :mod:`checker.cli.options`, which is loaded for the one that was
typed, and what it does in a module of its own, loaded when it is run: whoever asks for help does not wait for the model.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Callable, Generator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn

from checker.host.interrupt import raising_after
from checker.release import VERSION
from reports.language import ENGLISH

PROGRAM = "synproof"
SUMMARY = """\
Decide what textbooks claim about opening a TCP connection, with the shortest counterexample where a claim fails.
Where to begin:
  synproof tutorial"""
EXIT_CODES = """\
exit codes:
  0    check: all claims asked for hold; compare: each is as declared; others: done
  12   a safety or reachability claim, or a relation, is violated (compare: undeclared); conform: something deviates;
       replay: something deviates that has no name, or a stack was lost
  13   a claim of liveness is violated, and no other
  20   unknown: a search was cut short by a limit, or bounded by its engine; or the scope is too small to reach a goal;
       answer, conform: the model does not speak of it; replay: a run could not be played
  1    trace: the claim holds, so there is no counterexample to show; scenario: a step of it is not possible; recheck: refused
  2    usage
  65   a bad model or scenario file
  66   a checkpoint that is not there, damaged, or of another question
  70   a fault of synproof's own
  74   a file or a stream cannot be read or written
  130  interrupted
  141  nobody reads what is printed"""
EXAMPLES = Path(__file__).parent / "manual" / "examples.toml"


class Command(NamedTuple):
    """A command: the function that runs it, in the modules beside this one, what it does in a line, and more about it."""

    run: str
    summary: str
    about: str


COMMANDS: Mapping[str, Command] = {
    "tutorial": Command(
        "new.tutorial",
        "where to begin: what to type first, and what there is to learn from",
        "Each step is a command to type, with what it shows. After them come files to learn from, which 'synproof new' copies.",
    ),
    "compare": Command(
        "check.compare",
        "every handshake against every claim, as a table; or what differs between two",
        "Of exactly two handshakes, or of a handshake and a file of yours, it also shows each difference with its trace.",
    ),
    "check": Command(
        "check.check",
        "decide claims about one handshake",
        "Each claim holds (within the scope that is printed), is violated (by the shortest run there is), or is unknown.",
    ),
    "trace": Command(
        "check.trace",
        "a shortest counterexample or witness, as a sequence diagram",
        "A claim of safety is shown violated by a run, and a goal reached by one. A claim of liveness is violated by a cycle.",
    ),
    "assumptions": Command(
        "assumptions.assumptions",
        "which sets of assumptions a claim needs, and what happens without",
        "The claim is decided under each way of choosing ISNs and each check of SEG.SEQ; the weakest that suffice are shown.",
    ),
    "scenario": Command(
        "scenario.scenario",
        "a fixed schedule, on several handshakes side by side",
        "A scenario says step by step what happens. Those of RFC 9293's figures are there, and FILE.json is one of yours.",
    ),
    "answer": Command(
        "answer.answer",
        "what RFC 9293 answers to a segment in a state, or to all, as a table",
        "The rules of three-way are asked, about one endpoint that faces anybody: any control bits, numbers and text.",
    ),
    "conform": Command(
        "conform.conform",
        "whether scripts of packetdrill, and captures, agree with RFC 9293",
        "Each agrees, or deviates (at which line, by which rule), or cannot be told: the model does not speak of it.",
    ),
    "replay": Command(
        "replay.replay",
        "runs of the model on a running stack: Linux, lwIP, libslirp, gVisor",
        "The stack takes the place of one endpoint. Each run conforms, or deviates (by which name), or could not be played.",
    ),
    "simulate": Command(
        "simulate.simulate",
        "random runs, and what happens in many of them",
        "A random run shows what is usual, and proves nothing. The same seed gives the same run.",
    ),
    "explain": Command(
        "explain.explain",
        "what can happen in a state, and why the rest cannot",
        "The state is the initial one, or the one that a run ends in.",
    ),
    "explore": Command(
        "explore.explore",
        "the whole model in one page: take steps, undo, ask why not; it works offline",
        "The page computes every step by itself. It opens from disk, loads nothing, and speaks English and Chinese.",
    ),
    "show": Command(
        "show.show",
        "the model as readable text",
        "The rules stand in the order of RFC 9293, with its sections, and after them what is assumed.",
    ),
    "graph": Command(
        "graph.graph",
        "the state graph as DOT, GraphML or SVG",
        "SVG is laid out by Graphviz, which has to be installed; the others need nothing.",
    ),
    "export": Command(
        "export.export",
        "the model in the language of another checker: Promela or TLA+",
        "What SPIN and TLC count of it is what the search here counts.",
    ),
    "minimal": Command(
        "minimal.minimal",
        "how many messages a handshake needs: all of N messages, and attacks",
        "Every handshake of N messages is attacked; what is left has survived all attacks of the scope.",
    ),
    "report": Command(
        "report.report",
        "the whole study as a page: HTML, and Markdown with its pictures",
        "It decides everything again that the page says, which takes a minute or two.",
    ),
    "prove": Command(
        "prove.prove",
        "a proof without bounds, with a certificate; or a shortest counterexample",
        "A proof is about any number of attempts and all 2^32 ISNs. It is an invariant that two solvers have checked.",
    ),
    "recheck": Command(
        "prove.recheck",
        "check a certificate: make its obligations anew, and ask Z3 and cvc5",
        "Nothing in the certificate is believed, and nothing in it is run.",
    ),
    "waste": Command(
        "waste.waste",
        "how many connections old SYNs make a server hold, as a table",
        "Old SYNs of several ports, of one port, and one SYN that arrives again are counted apart.",
    ),
    "guesses": Command(
        "guesses.guesses",
        "of how many numbers in 2^32 a server takes a forged segment",
        "Who sees nothing has to guess a number. Z3 counts those that the rules take, in the state that the server is in.",
    ),
    "mutants": Command(
        "mutants.mutants",
        "which rules could be otherwise without any claim noticing",
        "Each branch of each rule is changed in turn; the table says which claim notices first, and what nobody notices.",
    ),
    "grade": Command(
        "grade.grade",
        "what submissions to an assignment earn, each file run within walls",
        "Marks count states and not seconds; what the clock ended is not graded, which is not zero.",
    ),
    "list": Command(
        "list.listing",
        "handshakes, claims, scenarios, engines, scopes and assumptions, a line each",
        "These are the names that other commands take.",
    ),
    "new": Command(
        "new.new",
        "write a model file to begin with, or copy one to learn from",
        "The file decides as it declares. Change a rule in it and compare: what differs is what the rule is for.",
    ),
    "completion": Command(
        "completion.completion",
        "what a shell completes words by: bash, zsh, fish or tcsh",
        "The words are those of this release: write the script anew after installing another.",
    ),
}
"""The commands, in the order in which help lists them."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints name what could have been meant."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a :class:`~checker.cli.values.UsageError`."""
        from checker.cli.values import UsageError
        from model.notation.sorts import nearest

        lacking = re.fullmatch(r"the following arguments are required: (.*)", message)
        if lacking:
            raise UsageError(f"{self.prog} needs {lacking[1]}: write {synopsis(self)}; {self.prog} --help says more")
        unknown = re.fullmatch(r"unrecognized arguments: (-\S+).*", message, re.DOTALL)
        if unknown:
            own = tuple(option for action in self._actions for option in action.option_strings)
            raise UsageError(f"{self.prog} has no option {unknown[1]}; {nearest(unknown[1], own)}")
        raise UsageError(message)


_REPEATED = {"*": "[{0} ...]", "+": "{0} ...", "?": "[{0}]"}


def synopsis(parser: argparse.ArgumentParser) -> str:
    """Return how a command is written: its arguments, and the options that it has to have. Help lists the others once."""
    words = [parser.prog]
    for action in parser._actions:
        if not action.option_strings:
            words.append(_REPEATED.get(str(action.nargs), "{0}").format(action.metavar))
        elif action.required:
            words.append(f"{action.option_strings[0]} {action.metavar}")
    return " ".join([*words, "[OPTION ...]"])


class _Example(argparse.Action):
    """Help, with an example: reading the examples takes a while that no other command line waits."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        import tomllib

        first, *_others = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))[parser.prog.split()[-1]]
        typed = first["run"].replace("{lang}", "").replace(" && ", "\n  ")
        parser.epilog = f"example:\n  {typed}\n      {first['en']}"
        parser.print_help()
        parser.exit()


class _Formatter(argparse.HelpFormatter):
    """Wraps each line of a text below where its words begin, but for what can be typed. Commands stand as far in as options."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for line in text.splitlines():
            begins = re.match(r" *(?:\d+ +)?", line)
            if begins is None or line.strip().startswith(f"{PROGRAM} "):
                lines.append(indent + line)
            else:
                lines += textwrap.wrap(line, width, subsequent_indent=" " * begins.end(), break_on_hyphens=False) or [""]
        return "\n".join(lines)

    def _iter_indented_subactions(self, action: argparse.Action) -> Generator[argparse.Action, None, None]:
        yield from action._get_subactions() if isinstance(action, argparse._SubParsersAction) else ()


def parsers(filled: Callable[[str], bool] = lambda _: True) -> tuple[Parser, Mapping[str, Parser]]:
    """Return the parser of the whole command line, and that of each command, which takes something where it is ``filled``."""
    root = Parser(
        prog=PROGRAM,
        description=SUMMARY,
        epilog=EXIT_CODES,
        formatter_class=_Formatter,
        usage="%(prog)s COMMAND [ARGUMENT ...]",
        add_help=False,
    )
    root.add_argument("-h", "--help", action="help", help="show this, and end")
    root.add_argument("--version", action="version", version=f"synproof {VERSION}", help="show the version, and end")
    commands = root.add_subparsers(
        prog=PROGRAM, dest="command", metavar="COMMAND", title="commands", required=True, parser_class=Parser
    )
    for name, command in COMMANDS.items():
        parser = commands.add_parser(
            name, help=command.summary, description=_sentences(command), formatter_class=_Formatter, add_help=False
        )
        if filled(name):
            from checker.cli import options

            parser.add_argument("-h", "--help", action=_Example, nargs=0, default=argparse.SUPPRESS, help="show this, and end")
            options.ARGUMENTS[name](parser)
            options.common(parser)
            parser.usage = synopsis(parser)
    return root, commands.choices


def _sentences(command: Command) -> str:
    return f"{command.summary[0].upper()}{command.summary[1:]}. {command.about}"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what was typed. Options may stand between names, as in ``check three-way --max-depth 9 agreement``."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in COMMANDS:  # argparse takes intermixed words from a command's parser only
        _, commands = parsers(lambda name: name == words[0])
        with raising_after(_seconds(words)):
            return _told(commands[words[0]].parse_intermixed_args(words[1:], argparse.Namespace(command=words[0])))
    root, _ = parsers(lambda _: False)
    if not words or not words[0].startswith("-"):
        from checker.cli.values import UsageError
        from model.notation.sorts import nearest

        if not words:
            raise UsageError(f"write a command: {PROGRAM} tutorial says where to begin, and {PROGRAM} --help what there is")
        raise UsageError(f"there is no command {words[0]!r}; {nearest(words[0], tuple(COMMANDS))}")
    return root.parse_args(words)


def _seconds(words: Sequence[str]) -> float | None:
    """Return the seconds in which what is named is to be read: a model file is run then. None where there is no such limit."""
    if not any(".py" in word for word in words):
        return None
    given = [word.partition("=")[2] for word in words if word.startswith("--timeout=")]
    given += [value for option, value in pairwise(words) if option == "--timeout"]
    if not given:
        return None
    from checker.cli.values import UsageError, seconds

    try:
        return seconds(given[-1])
    except UsageError:  # said where it is read in its turn
        return None


def _told(arguments: argparse.Namespace) -> argparse.Namespace:
    """Give the models that were named what ``--assume`` says, and the texts of the language that was asked for.

    Those of several that cannot be had are apart from the others, as ``mistaken``.
    """
    if arguments.command == "compare":
        from checker.cli.request import Mistaken

        named = arguments.models
        arguments.mistaken = [model for model in named if isinstance(model, Mistaken)]
        arguments.models = [model for model in named if not isinstance(model, Mistaken)]
    if hasattr(arguments, "isolated"):
        from checker.cli import request

        if isinstance(arguments.model, request.Unread):
            arguments.model = request.read(arguments.model, arguments)
        elif arguments.isolated and arguments.model is not None:
            from checker.cli.values import UsageError

            raise UsageError(f"--isolated is for files: {arguments.model.name} comes with synproof; leave it out")
    if hasattr(arguments, "assumed"):
        from checker.cli import request

        request.assume(arguments)
    code = getattr(arguments, "lang", ENGLISH)
    if code == ENGLISH:
        return arguments
    from properties.specification import Specification
    from reports.language.catalogue import language

    spoken = language(code)
    if isinstance(getattr(arguments, "model", None), Specification):
        arguments.model = spoken.specification(arguments.model)
    if hasattr(arguments, "models"):
        arguments.models = list(map(spoken.specification, arguments.models))
    return arguments
