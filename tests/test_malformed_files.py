"""Files that are wrong: each is answered in one sentence that says where, what is wrong, and what to write instead.

A malformed file here is a valid one with one change, so that nothing else in it can be meant. The line that has to be named is
marked in the changed file by a comment; where none is marked, the whole file is at fault and no line is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from checker.explicit import search
from tests.command_line import Answer, Ask

HERE = "# <- here"
SMALL = ("--scope", "small")

SYSTEM = """\
from model import BOOL, SEQ, Action, Enum, Nat, Network, Relation, TransitionSystem, Variable, View, draw
from properties import invariant, specify

PLACE = Enum("Place", ("idle", "busy"))
PACKETS = Relation((("to", PLACE), ("n", Nat(3))))
place = Variable("place", PLACE, "idle")
n = Variable("n", Nat(3), 0)
seq = Variable("seq", SEQ, 0)
net = Variable("net", PACKETS, frozenset())
packet = draw("packet", net.value)
works = Action(
    "works",
    guard=place.value == "idle",
    updates={"place": "busy"},
    sends=(("busy", n.value),),
)
rests = Action(
    "rests",
    guard=packet.row.to == place.value,
    updates={"place": "idle"},
    parameters=(packet,),
    receives="packet",
)
toy = TransitionSystem("toy", (place, n, seq, net), (works, rests), {"me": View(place.value)}, Network("net"))
small = invariant("small", n.value < 2, trigger=n.value == 0, when="n was 0")
SPEC = specify(
    toy,
    (small,),
    {"small": "holds"},
)
"""

HANDSHAKE = """\
from model import TRUE, Cases, Response, first
from model.tcp.endpoint import EventKind
from model.tcp.handshakes import Handshake, ThreeWay, TwoWay
from model.tcp.handshakes.handshake import expect
from properties import Claim, Kind

class Mine(TwoWay):
    name = "mine"
    expects = (expect("violated", "agreement"),)

    def syn_sent(self, tcb, segment):
        return super().syn_sent(tcb, segment)
"""


@dataclass(frozen=True)
class Malformed:
    """A file, what has to be said about it, and the options under which it comes to light."""

    source: str
    message: str
    words: tuple[str, ...] = ()


def changed(valid: str, old: str, new: str) -> str:
    """Return a file with one change, the line where that begins being marked unless it marks one itself."""
    assert valid.count(old) == 1, old
    before, after = valid.split(old)
    text = before + new + after
    if HERE in new:
        return text
    end = text.find("\n", len(before) + len(new) - len(new.lstrip("\n")))
    return f"{text[:end]}  {HERE}{text[end:]}"


def system(old: str, new: str, message: str) -> Malformed:
    return Malformed(changed(SYSTEM, old, new), message)


def handshake(old: str, new: str, message: str, *words: str) -> Malformed:
    return Malformed(changed(HANDSHAKE, old, new), message, (*SMALL, *words))


def rule(body: str, message: str, *words: str) -> Malformed:
    """Return a handshake with other methods than it has. Where they do not mark a line, it is that of the class."""
    old = "    def syn_sent(self, tcb, segment):\n        return super().syn_sent(tcb, segment)\n"
    begin = "class Mine(TwoWay):"
    marked = HANDSHAKE if HERE in body else HANDSHAKE.replace(begin, f"{begin}  {HERE}")
    return Malformed(marked.replace(old, body), message, (*SMALL, *words))


def line_of(source: str) -> str:
    """Return how the line that is marked is named."""
    marked = [number for number, line in enumerate(source.splitlines(), 1) if HERE in line]
    assert len(marked) <= 1, source
    return f", line {marked[0]}" if marked else ""


def assert_answered(answer: Answer, place: str, message: str, code: int = 65, *, as_json: bool = False) -> None:
    assert answer.code == code
    assert [record.get("exit_code") for record in json.loads(answer.out)].count(code) == 1 if as_json else answer.out == ""
    assert answer.err.count("\n") == 1
    assert answer.err.endswith("\n")
    assert answer.err.startswith(f"synproof: {place}")
    said = answer.err.removeprefix(f"synproof: {place}").rstrip("\n")
    assert re.fullmatch(message, said), said


OPERATORS = (
    r": a formula has no truth value .*: use & \| ~ >> instead of and, or, not, and ite\(.*\) instead of if; .*chaining.*"
)
TUPLE = r"write a tuple of .*, as in \(a, b\), or \(a,\) for one"
TRIGGER = "say what has to happen for its verdict to mean anything, .*"
TOO_DEEP = r"nested \d+ deep, and 100 is the most: .*"
DEEP = """
deep = n.value == 0
for _ in range(200):
    deep = ~(deep & (n.value == 1))
"""
GUARD = 'guard=place.value == "idle"'

LOADING: Mapping[str, Malformed] = {
    # what is no model at all
    "empty": Malformed("", " defines no model: write a class derived from a handshake, .*, or a value specify.*"),
    "nothing in it": Malformed("x = 1\n", " defines no model: write a class derived from a handshake, .*specify.*"),
    "not Python": system('"me": View(place.value)', '"me": View(place.value', r": this is not Python: .*"),
    "indented wrongly": system("small = inv", "  small = inv", ": this is not Python: unexpected indent"),
    "nested without end": system(
        "small = inv", f"x = {'(' * 300}{')' * 300}\nsmall = inv", ": this is not Python: too many .*"
    ),
    "too deep for Python": Malformed(f"x = {'-' * 50_000}1\n", ": this is not Python: it is nested too deep"),
    "a null": Malformed("x = 1\0\n", ": this is not Python: .*null.*"),
    # slips that Python would let pass, or say nothing useful about
    "forgotten parentheses": system(
        GUARD,
        'guard=place.value == "idle" & n.value == 1',
        r": 'idle' is not a truth value: .* put each comparison in parentheses, as in \(x == 1\) & \(y == 2\)",
    ),
    "not of a variable": system(GUARD, "guard=not place", r": 'place' is a Variable and no formula: write .value after it .*"),
    "a variable for its name": system(
        'works = Action(\n    "works",\n    guard=place.value == "idle",\n    updates={"place": "busy"},',
        f'works = Action(  {HERE}\n    "works",\n    guard=place.value == "idle",\n    updates={{place: "busy"}},',
        r": what action 'works' updates is Variable\(.*: write the name of a variable, as in \{'x': 1\}",
    ),
    "a rule's name mistyped": handshake(
        "def syn_sent(", "def syn_snet(", r": 'syn_snet' replaces nothing in TwoWay; did you mean 'syn_sent'\?"
    ),
    "a claim that sees nothing": handshake(
        '    expects = (expect("violated", "agreement"),)',
        f"""    claims = (Claim("c", Kind.SAFETY, brief="", statement="", formula="", why="", when_stopped="",  {HERE}
        trigger="t", roles=(), watch=lambda step: None),)""",
        r": what claim 'c' sees in .* is None: write return Seen\(stop=..., trigger=...\)",
    ),
    "an actor nobody sees": system(
        '    receives="packet",\n', f'    receives="packet",\n    by="you",  {HERE}\n', r".*about 'you', .* known are 'me'"
    ),
    "not from the network": system(
        '    parameters=(packet,),\n    receives="packet",',
        f'    parameters=(packet, __import__("model").choose("other", BOOL)),  {HERE}\n    receives="other",',
        r".* receives 'other', which is not from the network: draw\('other', ...\) from 'net'",
    ),
    "the network's own name": system(
        'rests = Action(\n    "rests",\n',
        f'rests = Action(  {HERE}\n    "network_loses",\n',
        ".* uses the name 'network_loses', which is the network's own: choose another",
    ),
    # what Python raises
    "ZeroDivisionError": system("small = inv", "1 / 0\nsmall = inv", ": it raises ZeroDivisionError: division by zero"),
    "own exception": system(
        "small = inv",
        f"class Own(Exception): pass\nraise Own('first\\nsecond')  {HERE}\nsmall = inv",
        ": it raises Own: first second",
    ),
    "exception without a word": system("small = inv", "raise ValueError\nsmall = inv", ": it raises ValueError"),
    "not even an Exception": system(
        "small = inv",
        f"class Own(BaseException): pass\nraise Own('x')  {HERE}\nsmall = inv",
        ": it raises Own: x",
    ),
    "sys.exit": system("small = inv", "raise SystemExit(0)\nsmall = inv", r": it ends Python \(sys.exit\): leave that out"),
    "endless recursion": system(
        "small = inv",
        f"def f(): f()  {HERE}\nf()\nsmall = inv",
        ": it nests a formula, or calls itself, too deep: give the parts of it to several actions or variables",
    ),
    "in a function": system(
        "small = inv",
        f"def formula():\n    return n.value < 7  {HERE}\nformula()\nsmall = inv",
        ": 7 is not a counter of this kind: write a whole number from 0 to 3",
    ),
    # names
    "no such module": system(
        "from properties",
        "import nompy\nfrom properties",
        ": there is no module 'nompy'; install it, or put nompy.py beside .*",
    ),
    "mistyped module": system("properties import", "propertys import", r": there is no module .*; did you mean 'properties'\?"),
    "mistyped submodule": handshake(
        "model.tcp.handshakes import",
        "model.handshaks import",
        ": there is no module 'model.handshaks': write 'from model.tcp.handshakes import Handshake, ThreeWay, TwoWay'",
    ),
    "module that is elsewhere": handshake(
        "model.tcp.handshakes import",
        "model.three_way import",
        ": there is no module 'model.three_way': write 'from model.tcp.handshakes import Handshake, ThreeWay, TwoWay'",
    ),
    "module that is elsewhere, as a whole": system(
        "from properties",
        "import model.expr\nfrom properties",
        r": there is no module 'model.expr': write 'model.notation.expr', .*",
    ),
    "module that is elsewhere, from its package": system(
        "from properties",
        "from model import sorts\nfrom properties",
        ": there is no 'sorts' in model: write 'from model.notation import sorts'",
    ),
    "names that are in several places": system(
        "from properties",
        "from model.expr import EventKind, evaluate\nfrom properties",
        ": there is no module 'model.expr': "
        "write 'from model import EventKind' and 'from model.notation.interpreter import evaluate'",
    ),
    "name that went elsewhere": system(
        "from properties",
        "from properties.observe import Step\nfrom properties",
        ": there is no 'Step' in properties.observe: write 'from properties import Step'",
    ),
    "name that went into a part": system(
        "from properties",
        "from checker.files import read\nfrom properties",
        ": there is no 'read' in checker.files: write 'from checker import read'",
    ),
    "module of the checker's that is elsewhere": system(
        "from properties",
        "from checker.trace import Trace\nfrom properties",
        ": there is no module 'checker.trace': write 'from checker.runs.trace import Trace'",
    ),
    "mistyped import from model": system("Enum, Nat,", "Enum, Natt,", r": there is no 'Natt' in model; did you mean 'Nat'\?"),
    "mistyped import from properties": system(
        "import invariant", "import invarant", r": there is no 'invarant' in properties; did you mean 'invariant'\?"
    ),
    "mistyped name": system(GUARD, 'guard=plase.value == "idle"', r": name 'plase' is not defined; did you mean 'place'\?"),
    "name not imported": system(
        "n.value < 2", "(n.value < 2) & TRUE", ": name 'TRUE' is not defined; write 'from model import TRUE' above"
    ),
    "name like no other": system("n.value < 2", "qqqqqqq", ": name 'qqqqqqq' is not defined; define it above, or import it"),
    "mistyped attribute": system(
        GUARD, 'guard=place.valeu == "idle"', r": 'Variable' object has no attribute 'valeu'; did you mean 'value'\?"
    ),
    "mistyped attribute of a TCB": handshake(
        "return super", "tcb.sate\n        return super", r": 'Tcb' object has no attribute 'sate'; did you mean 'state'\?"
    ),
    "mistyped method of Response": handshake(
        "return super",
        "Response('is', 'is.').establsh(tcb)\n        return super",
        r": 'Response' object has no attribute 'establsh'; did you mean 'establish'\?",
    ),
    "mistyped column": system("packet.row.to", "packet.row.too", r": a row has no column 'too'; did you mean 'to'\?"),
    # calls
    "mistyped argument of Action": Malformed(
        SYSTEM.replace('"rests",\n', '"rests",\n    gard=1,\n').replace("rests = Action(", f"rests = Action(  {HERE}"),
        r": Action\(\) got an unexpected keyword argument 'gard'; did you mean 'guard'\?",
    ),
    "mistyped argument of Variable": system(
        "Nat(3), 0)", "Nat(3), inital=0)", r": Variable\(\) got an unexpected .* 'inital'; did you mean 'initial'\?"
    ),
    "mistyped argument of View": system(
        "View(place.value)", "View(stat=place.value)", r": View\(\) got .* 'stat'; did you mean 'state'\?"
    ),
    "mistyped argument of invariant": system("when=", "wen=", r": invariant\(\) got .* 'wen'; did you mean 'when'\?"),
    "mistyped argument of Claim": system(
        "small = inv",
        f"from properties import Claim\nClaim(nam='small')  {HERE}\nsmall = inv",
        r": Claim\(\) got .* 'nam'; did you mean 'name'\?",
    ),
    "mistyped argument of specify": Malformed(
        SYSTEM.replace('{"small": "holds"}', 'expect={"small": "holds"}').replace(
            "SPEC = specify(", f"SPEC = specify(  {HERE}"
        ),
        r": specify\(\) got an unexpected keyword argument 'expect'; did you mean 'expects'\?",
    ),
    "mistyped argument of a method": handshake(
        "return super",
        "Response('is', 'is.').choosing(wen=TRUE)\n        return super",
        r": Reaction.choosing\(\) got .* 'wen'; did you mean 'when'\?",
    ),
    "missing argument": system(
        "Nat(3), 0)", "Nat(3))", r": Variable\(\) missing 1 required positional argument: 'initial'; add initial=\.\.\."
    ),
    "one argument too many": system(
        "Nat(3), 0)", "Nat(3), 0, 0)", r": Variable\(\) takes 4 .* 5 were given; write Variable\(name, sort, initial\)"
    ),
    # operators
    "and": system(GUARD, f"{GUARD} and n.value == 0", OPERATORS),
    "or": system(GUARD, f"{GUARD} or n.value == 0", OPERATORS),
    "not": system(GUARD, 'guard=not place.value == "idle"', OPERATORS),
    "if": system(GUARD, "guard=n.value == 0 if n.value < 2 else n.value == 1", OPERATORS),
    "if statement": system("small = inv", "if n.value == 0: pass\nsmall = inv", OPERATORS),
    "chained comparison": system("n.value < 2", "0 < n.value < 2", OPERATORS),
    "in a tuple": system(GUARD, 'guard=place.value in ("idle", "busy")', OPERATORS),
    "in a relation": system(GUARD, 'guard=("idle", 0) in net.value', r": use relation\.has\(\.\.\.\) instead of in"),
    "sequence numbers ordered": system(
        "n.value < 2", "seq.value < 2", r": sequence numbers have no order, because they wrap: compare a distance .*"
    ),
    # a variable where its value is meant
    "variable compared": system(
        GUARD, 'guard=place == "idle"', ": 'place' is a Variable and no formula: write .value after it .*"
    ),
    "variable ordered": system("n.value < 2", "n < 2", ": 'n' is a Variable and no formula: write .value after it to read it"),
    "variable negated": system(GUARD, "guard=~place", ": 'place' is a Variable and no formula: write .value .*"),
    "variable in a formula": system("n.value < 2", "n.value < n", ": 'n' is a Variable and no formula: write .value .*"),
    "variable as an update": system(
        '"busy"}', "place}", ".*gives 'place' .*: 'place' is a Variable and no .*: write .value .*"
    ),
    "variable viewed": system(
        "View(place.value)", "View(place)", ": the view of 'me' has .* where a formula is needed: write .*"
    ),
    "variable drawn from": system(
        "net.value)", "net)", ": what parameter 'packet' is drawn from is .*: write a relation, .*value .*"
    ),
    # sorts
    "wrong sort compared": system("n.value < 2", "n.value < seq.value", r": a Seq stands where a Nat\(3\) is needed: seq"),
    "wrong sort as an update": system(
        '"busy"}', "n.value}", r": action 'works' of toy gives 'place' what does not fit: a Nat\(3\) .* a Place is needed: n"
    ),
    "wrong sort as a guard": Malformed(
        SYSTEM.replace(GUARD, "guard=n.value").replace("works = Action(", f"works = Action(  {HERE}"),
        r": action 'works' of toy has as its guard what does not fit: a Nat\(3\) .* a Bool is needed: n",
    ),
    "wrong sort sent": Malformed(
        SYSTEM.replace('("busy", n.value)', '("busy", seq.value)').replace("works = Action(", f"works = Action(  {HERE}"),
        r": action 'works' of toy sends as 'n' what does not fit: a Seq stands where a Nat\(3\) is needed: seq",
    ),
    "segment too short": Malformed(
        SYSTEM.replace('("busy", n.value)', '("busy",)').replace("works = Action(", f"works = Action(  {HERE}"),
        r": action 'works' of toy sends what is no segment .*: a segment has 2 cells \(to, n\), not 1",
    ),
    "no such state": system('"busy"}', '"bussy"}', ".*gives 'place' .*'bussy' is not a Place; did you mean 'busy'.*"),
    "no such state at first": system(
        'PLACE, "idle")', 'PLACE, "idel")', ": variable 'place' cannot begin so: .* did you mean 'idle'.*"
    ),
    "no such state in a rule": handshake(
        "return super",
        "Response('is', 'is.').set(tcb, state='ESTABLISHD')\n        return super",
        r": 'ESTABLISHD' is not a State; did you mean 'ESTABLISHED'\?",
    ),
    "no such state compared in a rule": handshake(
        "return super",
        "first(tcb.state == 'LISTENS', 0)\n        return super",
        r": 'LISTENS' is not a State; did you mean 'LISTEN'\?",
    ),
    "two initial values": system(
        'PLACE, "idle")',
        'PLACE, ("idle", "busy"))',
        r": variable 'place' cannot begin so: .* is not one value; write one_of\(\.\.\.\) for several",
    ),
    "class for a sort": system(
        "Nat(3), 0)", "Nat, 0)", r": the sort of variable 'n' is .*: write a sort, such as BOOL or Nat\(3\)"
    ),
    "relation in a relation": system(
        '("n", Nat(3)))',
        '("n", Relation((("n", BOOL),))))',
        ": column 'n' is itself a relation: give it the columns of that .*",
    ),
    "column without a sort": system(
        '("n", Nat(3))', '("n",)', r": a column of a relation is \('n',\): write a name and a sort, .*"
    ),
    "row too short": system(
        "PACKETS, frozenset())", 'PACKETS, frozenset({("idle",)}))', ": variable 'net' .*: write a tuple of 2 values"
    ),
    "row of a formula too short": system("n.value < 2", "net.value.has(1)", r": a row .* not 1: write as many"),
    # references
    "no such variable": system(
        '{"place": "busy"}', '{"plase": "busy"}', r": action 'works' of toy updates 'plase', .*; did you mean 'place'\?"
    ),
    "no such variable of an endpoint": handshake(
        "return super",
        "Response('is', 'is.').set(tcb, stat='CLOSED')\n        return super",
        r": an endpoint has no variable 'stat'; did you mean 'state'\?",
    ),
    "no such variable in updates": handshake(
        "return super().syn_sent(tcb, segment)",
        "return first(TRUE, Response('is', 'is.', updates={'client.stat': TRUE}))",
        r": action 'client_is' of mine updates 'client.stat', which is no variable; did you mean 'client.state'\?",
    ),
    "claim reads no variable": system(
        "n.value < 2",
        'Variable("m", BOOL, False).value',
        ": claim 'small' reads the variable 'm', which does not exist; known .*",
    ),
    "claim reads another sort": system(
        "n.value < 2",
        'Variable("n", BOOL, False).value',
        r": claim 'small' reads the variable 'n' as a Bool, and it is a Nat\(3\)",
    ),
    "receives no parameter": system(
        'receives="packet"', 'receives="packed"', r": action 'rests' .* none of its parameters; did you mean 'packet'\?"
    ),
    "no such network": system(
        'Network("net")', 'Network("nett")', ": the network 'nett' of toy is none of its .*did you mean 'net'.*"
    ),
    "network that is no relation": system(
        'Network("net")', 'Network("n")', ": the network 'n' of toy is none of its relations; .*'net'.*"
    ),
    # twice
    "variable twice": system(
        'seq = Variable("seq", SEQ', 'seq = Variable("n", SEQ', ": variable 'n' is defined twice .*its own name"
    ),
    "action twice": Malformed(
        SYSTEM.replace('Action(\n    "rests"', f'Action(  {HERE}\n    "works"'),
        ": action 'works' is defined twice .*its own name",
    ),
    "parameter twice": Malformed(
        SYSTEM.replace("(packet,)", "(packet, packet)").replace("rests = Action(", f"rests = Action(  {HERE}"),
        ": action 'rests' of toy has two parameters called 'packet': give each its own name",
    ),
    "claim twice": Malformed(
        SYSTEM.replace("(small,)", "(small, large)").replace(
            "SPEC =", f'large = invariant("small", n.value < 3, trigger=n.value == 0, when="n was 0")  {HERE}\nSPEC ='
        ),
        ": toy has two claims called 'small': give each its own name",
    ),
    "member twice": system(
        '("idle", "busy"))', '("idle", "busy", "idle"))', ": Place has the member 'idle' twice: give each .*"
    ),
    "two handshakes of one name": Malformed(
        f'{HANDSHAKE}\nclass Other(TwoWay):\n    name = "mine"  {HERE}\n',
        ": this defines two models, 'mine': give it a name .*",
    ),
    # commas that make a tuple
    "claims without a comma": Malformed(
        SYSTEM.replace("(small,)", "small").replace("SPEC = specify(", f"SPEC = specify(  {HERE}"),
        r": what toy has as its claims is one claim, 'small': write a tuple, as in \(a, b\), or \(a,\) for one",
    ),
    "variables without a comma": system("(place, n, seq, net)", "(place)", f": what toy has as its variables is .*: {TUPLE}"),
    "parameters without a comma": Malformed(
        SYSTEM.replace("(packet,)", "(packet)").replace("rests = Action(", f"rests = Action(  {HERE}"),
        f": what action 'rests' has as its parameters is .*: {TUPLE}",
    ),
    "sends without a comma": Malformed(
        SYSTEM.replace('(("busy", n.value),)', '(("busy", n.value))').replace("works = Action(", f"works = Action(  {HERE}"),
        f": what action 'works' has as its sends is .*: {TUPLE}",
    ),
    "members without a comma": system('("idle", "busy"))', '("idle"))', f": what Place has as its members is 'idle': {TUPLE}"),
    "expects without a comma": handshake(
        'class Mine(TwoWay):\n    name = "mine"\n    expects = (expect("violated", "agreement"),)',
        f'class Mine(TwoWay):  {HERE}\n    name = "mine"\n    expects = expect("violated", "agreement")',
        f": what mine expects is .*: {TUPLE}",
    ),
    # claims
    "claim without a trigger": system(
        "trigger=n.value == 0, ", "", r": invariant\(\) missing .* 'trigger'; add trigger=\.\.\."
    ),
    "claim with an empty trigger": system('when="n was 0"', 'when=""', f": claim 'small' has no trigger: {TRIGGER}"),
    "claim that is never triggered": Malformed(
        changed(SYSTEM, "trigger=n.value == 0", "trigger=FALSE").replace("import BOOL", "import BOOL, FALSE"),
        f": claim 'small' has no trigger in any action: {TRIGGER}",
    ),
    "claim that is no formula": system(
        "n.value < 2", "True", ": claim 'small' has True where .*: write .* such as x.value == 1"
    ),
    "claim that is a number": system("n.value < 2", "n.value", ": claim 'small' has n where .*: write .* such as x.value == 1"),
    "no claim": Malformed(
        SYSTEM.replace("(small,)", "(toy,)").replace("SPEC = specify(", f"SPEC = specify(  {HERE}"),
        r": TransitionSystem.* is no claim of toy: write invariant\(\.\.\.\), .*",
    ),
    "expects of no claim": system(
        '{"small": ', '{"smal": ', ": toy expects .* 'smal', .* none of its claims; did you mean 'small'.*"
    ),
    "expects no verdict": system('"holds"', '"hold"', r": toy expects 'hold' of 'small'; did you mean 'holds'\?"),
    "handshake expects of no claim": handshake(
        '"agreement"', '"agrement"', r": mine expects .* 'agrement', .* none of its claims; did you mean 'agreement'\?"
    ),
    "handshake expects no verdict": handshake(
        '"violated"', '"violates"', r": mine expects 'violates' of 'agreement'; did you mean 'violated'\?"
    ),
    "expects under no assumption": handshake(
        '"agreement")', '"agreement", seq_chek=("none",))', r": there is no assumption 'seq_chek'; did you mean 'seq_check'\?"
    ),
    "expects under no value": handshake(
        '"agreement")', '"agreement", seq_check=("windw",))', r": 'windw' is no value .*'seq_check'; did you mean 'window'\?"
    ),
    "expects under no tuple": handshake(
        '"agreement")', '"agreement", seq_check="none")', r": write the values of seq_check as a tuple, .*seq_check=\('none',\)"
    ),
    "specification of a specification": system(
        "SPEC = specify(\n    toy,",
        f"SPEC = specify(  {HERE}\n    specify(toy),",
        r": specify\(\) is for .*: write specify\(system, .*",
    ),
    # handshakes
    "handshake without a name": handshake(
        'class Mine(TwoWay):\n    name = "mine"\n',
        f"class Mine(TwoWay):  {HERE}\n",
        ": the handshake Mine has no name .*: write name = .*",
    ),
    "handshake with a known name": handshake('"mine"', '"two-way"', ": this defines .* 'two-way': give it a name of its own"),
    "handshake with a number for a name": handshake(
        'class Mine(TwoWay):\n    name = "mine"\n',
        f"class Mine(TwoWay):  {HERE}\n    name = 3\n",
        ": the name of handshake Mine is 3: write a text",
    ),
    "unfinished handshake": handshake(
        "Mine(TwoWay)",
        "Mine(Handshake)",
        ": the handshake Mine is not finished: define calls, rules, or derive it from ThreeWay, .*",
    ),
    "rule without an answer": rule(
        f"    def syn_sent(self, tcb, segment):  {HERE}\n        super().syn_sent(tcb, segment)\n",
        r": the rule for SYN-SENT returns None: return first\(condition, Response\(\.\.\.\)\), and .*",
    ),
    "rule with another answer": rule(
        f"    def syn_sent(self, tcb, segment):  {HERE}\n        return first(TRUE, 'closes')\n",
        r": the rule for SYN-SENT returns .*: return first\(condition, Response\(\.\.\.\)\), and .*",
    ),
    "rule with too few arguments": rule(
        f"    def syn_sent(self, tcb):  {HERE}\n        return None\n",
        r": Mine.syn_sent\(\) takes 2 positional arguments but 3 were given; write syn_sent\(tcb, segment\)",
    ),
    "rule of no state": rule(
        f"    def rules(self, tcb):\n        return {{'CLOSD': ('', self.closed)}}  {HERE}\n",
        r": rules\(\) of mine has one for 'CLOSD'; did you mean 'CLOSED'\?",
    ),
    "rule without a section": rule(
        f"    def rules(self, tcb):\n        return {{'CLOSED': self.closed}}  {HERE}\n",
        ": the rule for CLOSED is .*: write a pair, as in .*self.listen.*",
    ),
    "calls without a section": rule(
        f"    def calls(self, tcb):  {HERE}\n        yield TRUE, Response('closes', 'closes.')\n",
        r": calls\(\) of mine yields .*: write triples of section, condition and response, with yield",
    ),
    "calls nothing": rule(
        f"    def calls(self, tcb):  {HERE}\n        pass\n",
        r": what calls\(\) of mine returns is None: write triples of section, condition and response, with yield",
    ),
    "no system": rule(
        f"    def system(self):  {HERE}\n        pass\n", r": system\(\) of mine returns None: return a TransitionSystem"
    ),
    "no event": handshake(
        "return super",
        "Response('is', 'is.').event('ends')\n        return super",
        f": what response 'is' has as its events is .*: {TUPLE}",
    ),
    "rule that raises under an assumption": handshake(
        "return super",
        f"if self.assumptions.seq_check == 'window':\n            1 / 0  {HERE}\n        return super",
        ": it raises ZeroDivisionError: division by zero",
        *("--seq-check", "window"),
    ),
    # depth
    "guard too deep": Malformed(
        SYSTEM.replace("works = Action(", f"{DEEP}works = Action(  {HERE}").replace(GUARD, "guard=deep"),
        f": action 'works' of toy has a formula that is {TOO_DEEP}",
    ),
    "claim too deep": Malformed(
        SYSTEM.replace("small = inv", f"{DEEP}small = inv")
        .replace("n.value < 2,", "deep,")
        .replace('was 0")', f'was 0")  {HERE}'),
        f": the formula of claim 'small' is {TOO_DEEP}",
    ),
}

ANSWERS_WITHOUT = """\
    def answer_syn(self, tcb, segment):
        given = super().answer_syn(tcb, segment)
        events = tuple(kind for kind in given.events if kind is not EventKind.{})
        return Response(given.name, given.doc, given.when, given.updates, given.sends, events, given.parameters)
"""
OPENS_ESTABLISHED = """\
    def open(self, tcb):
        return super().open(tcb).event(EventKind.ESTABLISHES)
"""
VANISHES = f"""\
    def calls(self, tcb):
        yield from super().calls(tcb)
        response = Response('vanishes', 'vanishes.')  {HERE}
        yield '', tcb.state == 'LISTEN', response.set(tcb, state='CLOSED')
"""

EVENTS: Mapping[str, Malformed] = {
    "establishes silently": rule(
        ANSWERS_WITHOUT.format("ESTABLISHES"),
        r": action 'server_receives_syn' .*: the server enters ESTABLISHED in it, .*: add \.establish\(tcb\) or Event\(.*\)",
    ),
    "neither opened nor answered": rule(
        ANSWERS_WITHOUT.format("ANSWERS"),
        ": action 'server_receives_syn' .*: the server becomes ESTABLISHED and neither opened nor answered before.*",
    ),
    "says what does not happen": rule(
        OPENS_ESTABLISHED,
        ": action 'client_opens' .*: it says that the client enters ESTABLISHED, and the client does not.*",
    ),
    "deletes a TCB silently": rule(
        VANISHES,
        r": action 'server_vanishes' .*: it deletes the server's TCB, .*: add \.end\(tcb\) or Event\(.*ENDS, 'server'\)",
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.py"


@pytest.mark.parametrize("mistake", LOADING)
def test_a_mistake_is_answered_with_its_line_and_what_to_write_instead(ask: Ask, path: Path, mistake: str) -> None:
    """Catches a traceback, a line that is not the one to change, and a message that leaves the reader without a way out."""
    malformed = LOADING[mistake]
    path.write_text(malformed.source, encoding="utf-8")
    assert_answered(ask("check", str(path), *malformed.words), f"{path}{line_of(malformed.source)}", malformed.message)


def test_what_is_changed_was_valid(ask: Ask, path: Path) -> None:
    """Otherwise the changes would show nothing."""
    path.write_text(SYSTEM, encoding="utf-8")
    assert ask("check", str(path)).code == 0
    path.write_text(HANDSHAKE, encoding="utf-8")
    answer = ask("check", str(path), "agreement", *SMALL)
    assert (answer.code, answer.err) == (12, "")


@pytest.mark.parametrize("engine", ["bfs", "bmc"])
@pytest.mark.parametrize("mistake", EVENTS)
def test_events_that_do_not_happen_as_declared_are_found_by_each_engine(
    ask: Ask, path: Path, mistake: str, engine: str
) -> None:
    """Catches a claim that is decided by events which are not there. What is not written has the line of its class."""
    malformed = EVENTS[mistake]
    path.write_text(malformed.source, encoding="utf-8")
    for command in ("check", "trace"):
        answer = ask(command, str(path), "agreement", *malformed.words, "--engine", engine, "--max-depth", "3")
        assert_answered(answer, f"{path}{line_of(malformed.source)}", malformed.message)


def test_wrong_events_are_found_by_compare(ask: Ask, path: Path) -> None:
    """Each model is searched in a process of its own, and what it says has to come back."""
    malformed = EVENTS["establishes silently"]
    path.write_text(malformed.source, encoding="utf-8")
    answer = ask("compare", str(path), "two-way", *SMALL)
    assert re.search(r"^agreement +violated \(3\)$", answer.out, re.MULTILINE)  # of two-way, which is compared with nothing
    assert_answered(replace(answer, out=""), f"{path}{line_of(malformed.source)}", malformed.message)


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "FILE"),
        ("compare", "two-way", "FILE", "--json"),
        ("check", "FILE", "--json"),
        ("trace", "FILE", "agreement"),
        ("trace", "FILE", "agreement", "--traces", "2"),
        ("scenario", "stale-syn", "FILE"),
        ("simulate", "FILE", "--runs", "2"),
        ("explain", "FILE", "client_opens"),
        ("show", "FILE"),
        ("graph", "FILE"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "mistake", ["not Python", "mistyped attribute of a TCB", "rule without an answer", "unfinished handshake"]
)
def test_every_command_answers_so(ask: Ask, path: Path, words: Sequence[str], mistake: str) -> None:
    malformed = LOADING[mistake]
    path.write_text(malformed.source, encoding="utf-8")
    answer = ask(*(str(path) if word == "FILE" else word for word in words))
    assert_answered(answer, f"{path}{line_of(malformed.source)}", malformed.message, as_json="--json" in words)


@pytest.mark.parametrize("command", ["check", "compare", "show", "explain", "graph", "simulate"])
def test_a_rule_that_raises_under_an_assumption_is_answered_when_it_is_assumed(ask: Ask, path: Path, command: str) -> None:
    malformed = LOADING["rule that raises under an assumption"]
    path.write_text(malformed.source, encoding="utf-8")
    assert_answered(ask(command, str(path), *malformed.words), f"{path}{line_of(malformed.source)}", malformed.message)
    assert ask("show", str(path), *SMALL).code == 0


def test_debug_shows_the_traceback_and_still_the_sentence(ask: Ask, path: Path) -> None:
    malformed = LOADING["ZeroDivisionError"]
    path.write_text(malformed.source, encoding="utf-8")
    answer = ask("check", str(path), "--debug")
    assert (answer.code, answer.out) == (65, "")
    assert answer.err.startswith("Traceback (most recent call last):")
    assert f'File "{path}"{line_of(malformed.source)}, in <module>' in answer.err
    *_, last = answer.err.splitlines()
    assert_answered(Answer(answer.code, "", f"{last}\n"), f"{path}{line_of(malformed.source)}", malformed.message)


# -- files that cannot be read, or do not say which model is meant ---------------------------------------------------------


def test_a_file_that_is_not_there(ask: Ask, path: Path) -> None:
    assert_answered(ask("check", str(path)), str(path), " cannot be read: there is no such file", 74)
    path.write_text(SYSTEM, encoding="utf-8")
    typed = path.with_name("mien.py")
    meant = r" cannot be read: there is no such file; did you mean 'mine.py'\?"
    assert_answered(ask("check", str(typed)), str(typed), meant, 74)


def test_a_directory(ask: Ask, path: Path) -> None:
    path.mkdir()
    assert_answered(ask("check", str(path)), str(path), " cannot be read: it is a directory; write the name of a file", 74)


@pytest.mark.parametrize("valid", [SYSTEM, HANDSHAKE])
def test_a_file_that_is_no_text(ask: Ask, path: Path, valid: str) -> None:
    path.write_bytes(b"# one\n# caf\xe9\n" + valid.encode())
    assert_answered(ask("check", str(path)), str(path), ", line 2: octet 0xe9 is not UTF-8; save the file as UTF-8")


def test_a_file_in_no_known_encoding(ask: Ask, path: Path) -> None:
    path.write_text("# -*- coding: utf-88 -*-\n", encoding="utf-8")
    assert_answered(ask("check", str(path)), str(path), ": this is not Python: unknown encoding: utf-88")


def test_a_file_may_begin_with_a_mark_and_end_its_lines_as_on_another_system(ask: Ask, path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + SYSTEM.replace("\n", "\r\n").encode())
    assert ask("check", str(path)).code == 0


TWO = HANDSHAKE + '\nclass Yours(TwoWay):\n    name = "yours"\n'


def test_two_models_in_a_file_have_to_be_told_apart(ask: Ask, path: Path) -> None:
    path.write_text(TWO, encoding="utf-8")
    message = f" defines several models: write {re.escape(str(path))}:NAME with one of mine, yours"
    assert_answered(ask("check", str(path)), str(path), message)
    assert ask("show", f"{path}:yours").code == 0
    assert_answered(ask("check", f"{path}:your"), str(path), r" defines no model 'your'; did you mean 'yours'\?")


def test_a_name_is_looked_up_in_a_file_with_one_model_too(ask: Ask, path: Path) -> None:
    path.write_text(SYSTEM, encoding="utf-8")
    assert ask("check", f"{path}:toy").code == 0
    assert_answered(ask("check", f"{path}:tyo"), str(path), r" defines no model 'tyo'; did you mean 'toy'\?")


# -- what a file does beside defining a model ------------------------------------------------------------------------------


def test_what_a_file_prints_is_not_taken_for_an_answer(ask: Ask, path: Path) -> None:
    """While it is loaded, and when its rules are asked later."""
    printing = HANDSHAKE.replace("class Mine", 'print("loading")\n\nclass Mine').replace(
        "return super", 'print("asked")\n        return super'
    )
    path.write_text(printing, encoding="utf-8")
    answer = ask("check", str(path), "agreement", *SMALL, "--json")
    assert [record["claim"] for record in json.loads(answer.out)] == ["agreement"]
    assert set(answer.err.split()) == {"loading", "asked"}


def test_a_file_can_import_what_is_beside_it_and_nothing_is_left_there(ask: Ask, path: Path) -> None:
    path.with_name("shared.py").write_text("LIMIT = 3\n", encoding="utf-8")
    path.write_text(SYSTEM.replace("n = Var", "from shared import LIMIT\nn = Var").replace("Nat(3), 0", "Nat(LIMIT), 0"))
    assert ask("check", str(path)).code == 0
    assert sorted(file.name for file in path.parent.iterdir()) == ["mine.py", "shared.py"]


def test_two_files_may_have_different_files_of_one_name_beside_them(ask: Ask, tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shared.py").write_text(f"NAME = {name!r}\n", encoding="utf-8")
        files.append(tmp_path / name / "mine.py")
        files[-1].write_text(HANDSHAKE.replace('"mine"', "NAME").replace("class Mine", "from shared import NAME\n\nclass Mine"))
    answer = ask("compare", *map(str, files), "--only", "textbook", *SMALL, "--json")
    assert {record["handshake"] for record in json.loads(answer.out)} == {"one", "two"}


def test_nothing_beside_a_file_takes_the_place_of_what_it_imports(ask: Ask, path: Path) -> None:
    for name in ("model", "properties", "checker", "reports", "json", "z3"):
        path.with_name(f"{name}.py").write_text("raise ZeroDivisionError(__name__)\n", encoding="utf-8")
    path.write_text(f"import json\n{SYSTEM}", encoding="utf-8")
    for words in (("check",), ("check", "--engine", "bmc", "--max-depth", "1"), ("show",)):
        assert ask(words[0], str(path), *words[1:]).code in {0, 20}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"x = 1\ny = 1 / 0  {HERE}\n", ": it raises ZeroDivisionError: division by zero"),
        (f"x = 1\ny = (1  {HERE}\n", ": this is not Python: .* was never closed"),
        (
            f"from model import Nat\n\ndef limit():\n    return Nat(-1)  {HERE}\n\nlimit()\n",
            ": the limit of a Nat is -1: write .*",
        ),
    ],
)
def test_a_mistake_in_a_file_beside_it_is_named_there(ask: Ask, path: Path, source: str, message: str) -> None:
    beside = path.with_name("shared.py")
    beside.write_text(source, encoding="utf-8")
    path.write_text(f"import shared\n{SYSTEM}", encoding="utf-8")
    assert_answered(ask("check", str(path)), f"{beside}{line_of(source)}", message)


def test_a_formula_may_be_nested_as_deep_as_it_is_said(ask: Ask, path: Path) -> None:
    """Catches an engine, or a printer, that cannot take what was let through."""
    source = LOADING["guard too deep"].source.replace("range(200)", "range(49)").replace("n.value < 2,", "deep,")
    path.write_text(source, encoding="utf-8")
    assert ask("check", str(path)).code == 0
    assert ask("check", str(path), "--engine", "bmc", "--max-depth", "2").code == 20
    assert ask("show", str(path)).code == ask("explain", str(path), "works").code == ask("graph", str(path)).code == 0


def test_what_an_engine_cannot_take_is_answered_too(ask: Ask, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overwhelmed(*_: object, **__: object) -> object:
        raise RecursionError

    source = changed(SYSTEM, "toy = Tr", "toy = Tr")
    path.write_text(source, encoding="utf-8")
    monkeypatch.setattr(search, "search", overwhelmed)
    message = ": a formula is nested too deep: give parts of it to several actions or variables"
    assert_answered(ask("check", str(path)), f"{path}{line_of(source)}", message)


# -- scenarios ---------------------------------------------------------------------------------------------------------------

SCENARIO = """\
{
  "summary": "A SYN is lost.",
  "models": ["three-way"],
  "isns": {"A": [100]},
  "numbers": {"times": 2},
  "steps": [
    {"action": "server_listens"},
    {"says": "Now the client opens."},
    {"action": "client_opens", "isn": 100},
    {"lose": {"ctl": "SYN"}},
    {"repeat": "times", "steps": [
      {"action": "client_retransmits_syn"},
      {"deliver": {"ctl": "SYN"}, "kept": false, "if_possible": true}
    ]},
    {"deliver": "all"}
  ]
}
"""
OPENS = '{"action": "client_opens", "isn": 100}'
LOSES = '{"lose": {"ctl": "SYN"}}'


@dataclass(frozen=True)
class Change:
    """A change of the scenario, what has to be said about it, and how many lines after the change the mistake is noticed."""

    old: str
    new: str
    message: str
    later: int = 0


SCENARIOS: Mapping[str, Change] = {
    "comma forgotten": Change('"A SYN is lost.",', '"A SYN is lost."', ": this is not JSON: Expecting ',' delimiter", 1),
    "comma too many": Change('{"deliver": "all"}', '{"deliver": "all"},', ": this is not JSON: .*", 1),
    "a name in single quotes": Change('"summary"', "'summary'", ": this is not JSON: Expecting property name .*"),
    "unknown key": Change('"models"', '"model"', r": a scenario has no 'model'; did you mean 'models'\?"),
    "summary that is no text": Change('"A SYN is lost."', "3", ': "summary" is a text, and not 3'),
    "models that are no list": Change(
        '["three-way"]', '"three-way"', r': "models" is a list of names, such as \["two-way", .*'
    ),
    "ISNs that are no object": Change('{"A": [100]}', "[100]", r': "isns" is an object in braces, and not \[100\]'),
    "ISNs of nobody": Change('"A": [100]', '"a": [100]', r""": "isns" has no 'a'; .*'A', 'B'"""),
    "ISNs that are no list": Change("[100]", "100", r': the ISNs of "A" are a list of at most 8 numbers, such as \[100, 200\]'),
    "ISN too large": Change("[100]", "[4294967296]", ': each ISN of "A" is a whole number from 0 to .*, and not 4294967296'),
    "ISN that is a text": Change("[100]", '["100"]', ': each ISN of "A" is a whole number from 0 to .*, and not "100"'),
    "name of an ISN that is none": Change("[100]", '{"x1": 100}', ": 'x1' is no name of an ISN: write capital letters, .*"),
    "named ISN too small": Change("[100]", '{"X": -1}', ': each ISN of "A" is a whole number from 0 to .*, and not -1'),
    "two names for one number": Change("[100]", '{"X": 100, "Y": 101}', ": 'Y' is there twice, or as near as 1 to another: .*"),
    "field that says nothing": Change(LOSES, '{"line": "--> <SEQ=1><CTL> -->"}', ": step 4: .*: write <CTL=...>, .*"),
    "field twice": Change(LOSES, '{"line": "--> <SEQ=1><SEQ=1> -->"}', ": step 4: .*: a segment is <SEQ=..>, .*"),
    "field out of place": Change(LOSES, '{"line": "--> <CTL=SYN><SEQ=1> -->"}', ": step 4: .*: a segment is <SEQ=..>, .*"),
    "data out of range": Change('"isns"', '"data": 9, "isns"', ': "data" is a whole number from 0 to 8, and not 9'),
    "octets out of range": Change('"isns"', '"octets": 537, "isns"', ': "octets" is a whole number from 0 to 536, and not 537'),
    "line that is no text": Change(LOSES, '{"line": 3}', ': "line" in step 4 is a text, and not 3'),
    "line that is none": Change(LOSES, '{"line": "SYN"}', ": step 4: 'SYN' is no line of a figure: write it as in .*"),
    "line in no direction": Change(LOSES, '{"line": "A --> <SEQ=1> <-- B"}', ": step 4: .* its arrows say in no one .*"),
    "line with a comment of its own": Change(
        LOSES, '{"line": "(REBOT) | LISTEN"}', r": step 4: '\(REBOT\)' is no comment of the RFC's figures; .*'\(REBOOT\)'\?"
    ),
    "line with an unknown name": Change(LOSES, '{"line": "--> <SEQ=Z> -->"}', ": step 4: 'Z' is no number in it"),
    "line that may be missing": Change(
        LOSES, '{"line": "A | B", "if_possible": true}', ': step 4 only says something: leave out "if_possible"'
    ),
    "numbers that are no object": Change('{"times": 2}', "2", ': "numbers" is an object in braces, and not 2'),
    "number that is none": Change(
        '{"times": 2}', '{"times": true}', ': the number "times" is a whole number from 0 to 8, and not true'
    ),
    "number too large": Change('{"times": 2}', '{"times": 9}', ': the number "times" is a whole number from 0 to 8, and not 9'),
    "steps that are no list": Change(
        '{"repeat": "times", "steps": [\n      {"action": "client_retransmits_syn"},\n'
        '      {"deliver": {"ctl": "SYN"}, "kept": false, "if_possible": true}\n    ]}',
        '{"repeat": "times", "steps": {}}',
        r': the "steps" of step 5 are a list, such as \[\{"action": "server_listens"\}\]',
    ),
    "repeat without steps": Change(LOSES, '{"repeat": 2}', r': the "steps" of step 4 are a list, such as .*'),
    "step that is no object": Change(OPENS, '"client_opens"', ': step 3 is an object in braces, and not "client_opens"', -3),
    "step without a kind": Change(OPENS, '{"acton": "client_opens"}', r": step 3 .*has none; did you mean 'action'\?"),
    "empty step": Change(OPENS, "{}", ": step 3 has to have one of says, action, .*, and has none"),
    "step of two kinds": Change(OPENS, '{"action": "client_opens", "says": "x"}', ": step 3 .* one of .* and has action, says"),
    "step with a key twice": Change(
        OPENS, '{"action": "client_opens",\n"action": "client_aborts"}', ": step 3 has 'action' twice: leave one out", 1
    ),
    "action that is no text": Change('"client_opens"', "3", ': "action" in step 3 is a text, and not 3'),
    "says what is no text": Change('"Now the client opens."', "null", ': "says" in step 2 is a text, and not null'),
    "says more than a text": Change(
        'opens."}', 'opens.", "isn": 1}', ': step 2 has "says" and cannot have "isn" as well: leave .*'
    ),
    "repeats by no number": Change(
        '"times", ', '"tims", ', r': "repeat" in step 5 names \'tims\', .*; did you mean \'times\'\?'
    ),
    "repeats too often": Change('"times", ', "1000, ", ': "repeat" in step 5 is a whole number from 0 to 8, and not 1000'),
    "repeats more": Change(
        '"times", ', '"times", "isn": 1, ', ': step 5 has "repeat" and cannot have "isn" as well: leave that out'
    ),
    "delivers no segment": Change(
        '"deliver": "all"', '"deliver": "everything"', r': "deliver" in step 8 says which .*, or "all".*'
    ),
    "loses all": Change('{"ctl": "SYN"}}', '"all"}', r': "lose" in step 4 says which segment, as in \{"ctl": "SYN", .*', 0),
    "if_possible that is neither": Change(
        '"if_possible": true', '"if_possible": "yes"', ': "if_possible" in step 7 is true or left out'
    ),
    "unknown action": Change(
        '"client_opens"', '"client_open"', r": step 3: three-way has no action .*; did you mean 'client_opens'\?"
    ),
    "unknown parameter": Change(
        '"isn": 100', '"iss": 100', r": step 3: client_opens has no parameter 'iss'; did you mean 'isn'\?"
    ),
    "parameter of another sort": Change(
        '"isn": 100', '"isn": "100"', ": step 3: '100' is not a Seq: write a whole number from 0 .*"
    ),
    "parameter that is an object": Change(
        '"isn": 100', '"isn": {"a": [1]}', ": step 3: .* is not a Seq: write a whole number .*"
    ),
    "unknown column": Change('{"lose": {"ctl"', '{"lose": {"ctll"', r": step 4: a segment has no 'ctll'; did you mean 'ctl'\?"),
    "unknown value of a column": Change(
        '{"lose": {"ctl": "SYN"', '{"lose": {"ctl": "SIN"', r": step 4: 'SIN' is not a Ctl; did you .*"
    ),
    "a list as a value of a column": Change(
        '{"lose": {"ctl": "SYN"', '{"lose": {"ctl": ["SYN"]', ": step 4: .* is not a Ctl; did you mean 'SYN'.*"
    ),
}


@pytest.fixture
def schedule(tmp_path: Path) -> Path:
    return tmp_path / "mine.json"


@pytest.mark.parametrize("mistake", SCENARIOS)
def test_a_mistake_in_a_scenario_is_answered_with_its_line(ask: Ask, schedule: Path, mistake: str) -> None:
    change = SCENARIOS[mistake]
    before, changes, after = SCENARIO.partition(change.old)
    assert changes
    schedule.write_text(before + change.new + after, encoding="utf-8")
    line = before.count("\n") + 1 + change.later
    assert_answered(ask("scenario", str(schedule)), f"{schedule}, line {line}", change.message)
    assert_answered(ask("explain", "three-way", "--after", str(schedule)), f"{schedule}, line {line}", change.message)


def test_the_scenario_that_is_changed_was_valid(ask: Ask, schedule: Path) -> None:
    schedule.write_text(SCENARIO, encoding="utf-8")
    assert (ask("scenario", str(schedule)).code, ask("scenario", str(schedule), "--json").err) == (0, "")
    schedule.write_text(f"\ufeff{SCENARIO}", encoding="utf-8")
    assert ask("scenario", str(schedule)).code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ", line 1: this is not JSON: Expecting value"),
        ("[]", r", line 1: a scenario is an object in braces, and not \[\]"),
        ("{}", r', line 1: it has no "steps": write "steps": \[\{"action": "server_listens"\}\]'),
        ('{\n"steps": 3}', r', line 2: the "steps" of the scenario are a list, such as \[\{"action": "server_listens"\}\]'),
        ('{"steps": [], "steps": []}', ", line 1: a scenario has 'steps' twice: leave one out"),
        ("[" * 100_000, ": this is nested too deep: write the steps one after the other"),
        ('{"data": ' + "9" * 5000 + "}", ": this is not JSON: .*digits.*"),
        (
            '{"steps": ' + '[{"repeat": 8, "steps": ' * 6 + '[{"says": "Again."}]' + "}]" * 6 + "}",
            ", line 1: it has more than 1000 steps with all that is repeated: repeat less",
        ),
    ],
)
def test_what_is_no_scenario_is_answered(ask: Ask, schedule: Path, content: str, message: str) -> None:
    schedule.write_text(content, encoding="utf-8")
    assert_answered(ask("scenario", str(schedule), "two-way"), str(schedule), message)


def test_a_scenario_that_cannot_be_read(ask: Ask, schedule: Path) -> None:
    message = " cannot be read: there is no such file"
    assert_answered(ask("scenario", str(schedule), "two-way"), str(schedule), message, 74)
    schedule.write_text(SCENARIO, encoding="utf-8")
    typed = schedule.with_name("mien.json")
    assert_answered(ask("scenario", str(typed), "two-way"), str(typed), rf"{message}; did you mean 'mine.json'\?", 74)
    schedule.write_bytes(b'{\n"summary": "\xff"}')
    assert_answered(ask("scenario", str(schedule)), str(schedule), ", line 2: octet 0xff is not UTF-8; save the file as UTF-8")
    schedule.unlink()
    schedule.mkdir()
    assert_answered(
        ask("scenario", str(schedule)), str(schedule), " cannot be read: it is a directory; write the name of a file", 74
    )


def test_a_relation_that_is_chosen_is_written_as_lists(ask: Ask, path: Path, schedule: Path) -> None:
    """Catches what Python says about a list in a set."""
    chooses = "from model import choose\nchosen = choose('chosen', PACKETS, among=(net.value,))\n"
    picks = "picks = Action('picks', parameters=(chosen,))\n"
    source = SYSTEM.replace("toy = ", f"{chooses}{picks}toy = ").replace("(works, rests)", "(works, rests, picks)")
    path.write_text(source, encoding="utf-8")
    for value in ("3", "[3]", '[["idle", [1]]]', '[["idle"]]', '["idle"]', '[["idle", 9]]'):
        schedule.write_text(f'{{"steps": [\n{{"action": "picks", "chosen": {value}}}]}}', encoding="utf-8")
        message = r", line 2: step 1: .*(write|known).*"
        assert_answered(ask("scenario", str(schedule), str(path)), str(schedule), message)
    schedule.write_text('{"steps": [{"action": "picks", "chosen": [["idle", 1]]}]}', encoding="utf-8")
    assert ask("scenario", str(schedule), str(path)).code == 0
