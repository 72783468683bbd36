"""The notation catches the mistakes it promises to catch, and builds the formulas that were meant."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import pytest

from model.notation.analysis import mentions, substitute
from model.notation.cases import Cases, first
from model.notation.expr import (
    FALSE,
    TRUE,
    Expr,
    Op,
    conj,
    conjuncts,
    disj,
    exists_in,
    forall_in,
    ite,
    lift,
    literal,
    negate,
    parameter,
    variable,
)
from model.notation.family import family
from model.notation.interpreter import evaluate
from model.notation.network import connect
from model.notation.pretty import pretty, value_text
from model.notation.sorts import (
    BOOL,
    DISTANCE,
    MODULUS,
    SEQ,
    Distance,
    Enum,
    Modulo,
    Nat,
    NotationError,
    Relation,
    Seq,
    Sort,
    Token,
    Value,
    nearest,
)
from model.notation.system import Action, Network, TransitionSystem, Variable, choose, draw
from properties.step import Step, monitor

TCP = Enum("TcpState", ("CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"))
SEGMENTS = Relation((("seq", SEQ), ("ctl", Enum("Ctl", ("SYN", "ACK"))), ("old", BOOL)))
NUMBERS = Relation((("n", Nat(2)),))
NONE: frozenset[tuple[Value, ...]] = frozenset()

a, b, c = variable("a", BOOL), variable("b", BOOL), variable("c", BOOL)
n, m, larger = variable("n", Nat(2)), variable("m", Nat(2)), variable("larger", Nat(3))
x, y, d = variable("x", SEQ), variable("y", SEQ), variable("d", DISTANCE)
tcp, x8, turn = variable("tcp", TCP), variable("x8", Seq(8)), variable("turn", Modulo(6))
COOKIE = Token("Cookie", 2, ("none",))
COOKIE_OF = variable("cookie", COOKIE)
net, numbers = variable("net", SEGMENTS), variable("numbers", NUMBERS)


def system(
    *actions: Action, variables: tuple[Variable, ...] = (Variable("a", BOOL, False), Variable("n", Nat(2), 0))
) -> TransitionSystem:
    """Return a system with the variables a and n."""
    return TransitionSystem("toy", variables, actions)


MISTAKES: Mapping[str, tuple[Callable[[], object], str]] = {
    # Python's own words, which would quietly drop a part of the formula
    "and": (lambda: a and b, r"use & \| ~ >> instead of and, or, not"),
    "or": (lambda: a or b, r"use & \| ~ >> instead of and, or, not"),
    "not": (lambda: not a, r"instead of and, or, not"),
    "not of a variable": (lambda: not Variable("n", Nat(2), 0), r"'n' is a Variable and no formula: write .value after it"),
    "forgotten parentheses": (lambda: n == 1 & m == 2, r"1 is not a truth value.*put each comparison in parentheses, as in"),
    "in a set": (lambda: a in {b, c}, r"a formula cannot be in a set"),
    "if": (lambda: 1 if a else 2, r"ite\(\.\.\.\) instead of if"),
    "while": (lambda: all((a, b)), "no truth value"),
    "comparison chained": (lambda: 0 < n < 2, "each comparison in parentheses instead of chaining"),
    "equation chained": (lambda: a == b == c, "each comparison in parentheses instead of chaining"),
    "in a relation": (lambda: 1 in numbers, r"\.has\(\.\.\.\) instead of in"),
    "in a tuple": (lambda: tcp in (lift("LISTEN", TCP), lift("CLOSED", TCP)), "no truth value"),
    # sorts
    "number and truth value": (lambda: n & a, "a Nat.2. stands where a Bool is needed: n"),
    "truth value and number": (lambda: a & n, "a Nat.2. stands where a Bool is needed: n"),
    "truth value or name": (lambda: a | tcp, "a TcpState stands where a Bool is needed: tcp"),
    "not of a number": (lambda: ~x, "a Seq stands where a Bool is needed: x"),
    "implication to a number": (lambda: a >> n, "where a Bool is needed"),
    "one is no truth value": (lambda: a & 1, "1 is not a truth value: write True or False"),
    "Seq equals name": (lambda: x == tcp, "a TcpState stands where a Seq is needed: tcp"),
    "Seq equals Distance": (lambda: x == d, "a Distance stands where a Seq is needed"),
    "Seq equals counter": (lambda: x == n, r"a Nat\(2\) stands where a Seq is needed"),
    "two kinds of counter": (lambda: n == larger, r"a Nat\(3\) stands where a Nat\(2\) is needed"),
    "two kinds of counter ordered": (lambda: n < larger, r"a Nat\(3\) stands where a Nat\(2\) is needed"),
    "unequal sorts": (lambda: x != a, "a Bool stands where a Seq is needed"),
    "equals None": (lambda: x == None, "None is not a Seq"),  # noqa: E711  # the mistake itself
    "branches of two sorts": (lambda: ite(a, n, x), r"a Seq stands where a Nat\(2\) is needed"),
    "condition is a number": (lambda: ite(n, a, b), "where a Bool is needed"),
    "conj of a number": (lambda: conj(a, n), "where a Bool is needed"),
    "disj of a name": (lambda: disj(a, tcp), "where a Bool is needed"),
    "negate a number": (lambda: negate(n), "where a Bool is needed"),
    "lift to another sort": (lambda: lift(x, BOOL), "a Seq stands where a Bool is needed: x"),
    "relations of two sorts": (lambda: ite(a, net, numbers), "stands where a Relation"),
    # names
    "mistyped state": (lambda: tcp == "ESTABLISHD", "'ESTABLISHD' is not a TcpState; did you mean 'ESTABLISHED'"),
    "mistyped state in small letters": (lambda: tcp == "SYN-RECIEVED", "did you mean 'SYN-RECEIVED'"),
    "nothing like a state": (lambda: tcp == "banana", "known are 'CLOSED', 'LISTEN', 'SYN-SENT'"),
    "a number as a state": (lambda: tcp == 3, "3 is not a TcpState"),
    "mistyped cell": (lambda: net.has(1, "SIN", True), "did you mean 'SYN'"),
    # order and arithmetic
    "Seq < Seq": (lambda: x < y, r"sequence numbers have no order, because they wrap.*a\.is_after\(b\)"),
    "Seq > Seq": (lambda: x > y, "sequence numbers have no order"),
    "Seq <= Seq": (lambda: x <= y, "sequence numbers have no order"),
    "Seq >= number": (lambda: x >= 7, "sequence numbers have no order"),
    "number < Seq": (
        lambda: 7 < x,  # noqa: SIM300  # as a user may write it
        "sequence numbers have no order",
    ),
    "names ordered": (lambda: tcp < "LISTEN", "< is for counters and distances, not for TcpState"),
    "truth values ordered": (lambda: a <= b, "< is for counters and distances, not for Bool"),
    "relations ordered": (lambda: numbers <= variable("other", NUMBERS), "< is for counters and distances"),
    "window of a counter": (lambda: n.in_window(n, 1), "whole number"),
    "window of size counter": (lambda: x.in_window(y, n), r"a Nat\(2\) stands where a Distance is needed"),
    "Seq + Seq": (lambda: x + y, "a Seq cannot be added to a sequence number"),
    "Seq + Bool": (lambda: x + a, "a Bool cannot be added to a sequence number"),
    "Seq + True": (lambda: x + True, "True is not a whole number"),
    "Seq + text": (lambda: x + "1", "'1' is not a whole number"),
    "Seq - Distance": (lambda: x - d, "a Distance stands where a Seq is needed"),
    "Distance + 1": (lambda: d + 1, "nothing can be added to a Distance"),
    "Distance - 1": (lambda: d - 1, "nothing can be taken from a Distance"),
    "Bool + 1": (lambda: a + 1, "nothing can be added to a Bool"),
    "name - 1": (lambda: tcp - 1, "nothing can be taken from a TcpState"),
    "counter + counter": (lambda: n + m, "is not a whole number"),
    # tokens, and numbers of other widths
    "token named": (
        lambda: COOKIE_OF == "Cookie-1",
        r"'Cookie-1' stands in a formula where a Cookie is needed.*can name 'none'",
    ),
    "no such token": (lambda: COOKIE_OF == "Cookie", "'Cookie' stands in a formula where a Cookie is needed"),
    "token given": (lambda: ite(a, COOKIE_OF, "Cookie-2"), "compare with a variable or a parameter that has one"),
    "token chosen among": (lambda: choose("c", COOKIE, among=("Cookie-1",)), "'Cookie-1' stands in a formula"),
    "token update": (
        lambda: system(Action("acts", updates={"c": "Cookie-1"}), variables=(Variable("c", COOKIE, "none"),)),
        "gives 'c' what does not fit: 'Cookie-1' stands in a formula",
    ),
    "member by a token": (lambda: family("tcb", COOKIE, BOOL)["Cookie-1"], "'Cookie-1' stands in a formula"),
    "tokens ordered": (lambda: variable("other", COOKIE) > COOKIE_OF, "< is for counters and distances, not for Cookie"),
    "token + 1": (lambda: COOKIE_OF + 1, "nothing can be added to a Cookie"),
    "tokens of two kinds": (lambda: variable("k", Token("Key", 2)) == COOKIE_OF, "a Cookie stands where a Key is needed"),
    "begins with no token": (lambda: Variable("c", COOKIE, "Cookie-9"), "'Cookie-9' is not a Cookie; did you mean"),
    "no token": (lambda: Token("Cookie", 0), r"Cookie has 0 tokens: write from 1 to 10,000, as in Token\('Cookie', 2\)"),
    "tokens without number": (lambda: Token("Cookie", ("a", "b")), "how many tokens Cookie has is"),  # type: ignore[arg-type]
    "tokens of True": (lambda: Token("Cookie", True), "Cookie has True tokens"),
    "token named like one": (lambda: Token("Cookie", 2, ("Cookie-2",)), "Cookie has the member 'Cookie-2' twice"),
    "comma forgotten": (lambda: Token("Cookie", 2, "none"), "write a tuple of texts"),  # type: ignore[arg-type]
    "Seq without bits": (lambda: Seq(0), r"a Seq has 0 bits: write from 1 to 64, as in Seq\(32\)"),
    "Seq too wide": (lambda: Seq(65), "a Seq has 65 bits"),
    "Seq by values": (lambda: Seq("0..7"), "the width of a Seq is '0..7': write how many bits"),  # type: ignore[arg-type]
    "Distance too wide": (lambda: Distance(10**9), "a Distance has 1000000000 bits"),
    "widths compared": (lambda: x == x8, r"a Seq\(8\) stands where a Seq is needed"),
    "widths apart": (lambda: x8 - x, r"a Seq stands where a Seq\(8\) is needed"),
    "distance of another width": (lambda: x8 + d, r"a Distance cannot be added.*add a whole number, Distance\(8\) or Nat"),
    "window of another width": (lambda: x8.in_window(x8, d), r"a Distance stands where a Distance\(8\) is needed"),
    "narrow number ordered": (lambda: x8 < 3, "sequence numbers have no order"),
    "narrow number too large": (lambda: x8 == 256, r"256 is not a Seq\(8\): write a whole number from 0 to 255"),
    "bits in order": (lambda: variable("b", Seq(1)).is_after(variable("c", Seq(1))), r"of two Seq\(1\)s neither is after"),
    "choice of 48 bits": (lambda: choose("isn", Seq(48)), "which no search can list"),
    # counters that go round, and numbers of one sort as those of another
    "Modulo of one": (lambda: Modulo(1), r"a Modulo has 1 values: write from 2 to 2\*\*64, as in Modulo\(6\)"),
    "Modulo of a text": (lambda: Modulo("6"), "the size of a Modulo is '6': write how many values it has"),  # type: ignore[arg-type]
    "Modulo too large": (lambda: turn == 6, r"6 is not a Modulo\(6\): write a whole number from 0 to 5"),
    "two Modulos": (lambda: turn == variable("other", Modulo(5)), r"a Modulo\(5\) stands where a Modulo\(6\) is needed"),
    "Modulo and Seq": (lambda: x8 == variable("byte", Modulo(256)), r"a Modulo\(256\) stands where a Seq\(8\) is needed"),
    "Modulo ordered": (lambda: turn < 3, r"sequence numbers have no order.*as counts they have one: turn\.to\(Nat\(5\)\)"),
    "Modulo of two in order": (lambda: variable("b", Modulo(2)).is_after(literal(1, Modulo(2))), "neither is after the other"),
    "counter is after": (lambda: n.is_after(m), r"of two Nat\(2\)s neither is after the other"),
    "counter of another limit": (lambda: n == larger, r"a Nat\(3\) stands where a Nat\(2\) is needed: larger"),
    "name converted": (lambda: tcp.to(Nat(3)), "a TcpState cannot be converted: that is for numbers"),
    "relation converted": (lambda: numbers.to(Nat(3)), "cannot be converted: that is for numbers"),
    "point of TCP's converted": (lambda: x.to(Nat(3)), "a Seq cannot be converted: take a distance and compare it"),
    "distance of TCP's converted": (lambda: d.to(Nat(3)), "a Distance cannot be converted: compare it"),
    "converted to a name": (
        lambda: n.to(TCP),
        r"a Nat\(2\) cannot become .*: write a Nat, Modulo or Seq, as in n\.to\(Nat\(3\)\)",
    ),
    "converted to a distance": (lambda: n.to(DISTANCE), "cannot become .*: write a Nat, Modulo or Seq"),
    "converted to a number": (lambda: n.to(3), "cannot become 3: write a Nat, Modulo or Seq"),  # type: ignore[arg-type]
    "variable converted": (lambda: Variable("n", Nat(2), 0).to(Nat(3)), "'n' is a Variable and no formula"),
    # what else Python has
    "remainder of a Seq": (lambda: x % 4, "% is no operator of formulas: a sequence number wraps by itself"),
    "remainder of a counter": (lambda: n % 2, r"a counter that wraps has the sort Modulo\(n\)"),
    "remainder by a formula": (lambda: 7 % n, "% is no operator"),
    "divmod": (lambda: divmod(n, 2), "% is no operator"),
    "product": (lambda: n * 2, r"\*, / or \*\* is no operator of formulas: numbers are only added to"),
    "product from the left": (lambda: 2 * n, "numbers are only added to"),
    "quotient": (lambda: n / 2, "numbers are only added to"),
    "whole quotient": (lambda: n // 2, "numbers are only added to"),
    "power": (lambda: 2**n, "numbers are only added to"),
    "negative counter": (lambda: -n, "no number is below 0"),
    "positive counter": (lambda: +n, "write the number alone"),
    "absolute distance": (lambda: abs(x - y), "how far two sequence numbers lie apart is a - b or b - a"),
    "number less Seq": (lambda: 7 - x, r"write literal\(7, SEQ\) for a sequence number"),
    "text + counter": (lambda: "1" + n, "'1' is not a whole number"),
    "exclusive or": (lambda: a ^ b, r"\^ is no operator of formulas: write a != b"),
    "shifted to the left": (lambda: a << b, "write a >> b for 'if a then b'"),
    "number implies": (lambda: 1 >> a, "1 is not a truth value"),
    "range": (lambda: range(n), "a formula has no value while the model is being written"),
    "fraction of a counter": (lambda: float(n), "a formula has no value while"),
    "list by a counter": (lambda: [1, 2][n], "a formula has no value while"),
    "length of a relation": (lambda: len(numbers), "how many rows a relation has is no formula: keep a counter"),
    "rows one by one": (lambda: list(numbers), r"write relation\.exists\(lambda row: \.\.\.\)"),
    "unpacked": (lambda: [*numbers], r"write relation\.exists"),
    "member of a relation": (lambda: numbers[1], r"write family\[key\] for a variable of a family"),
    "remainder of a variable": (lambda: Variable("n", Nat(2), 0) % 2, "'n' is a Variable and no formula"),
    "number and a variable": (lambda: 1 + Variable("n", Nat(2), 0), "'n' is a Variable and no formula"),
    "negative variable": (lambda: -Variable("n", Nat(2), 0), "'n' is a Variable and no formula"),
    # literals
    "Seq too large": (lambda: x == MODULUS, f"{MODULUS} is not a Seq: write a whole number from 0 to {MODULUS - 1}"),
    "Seq negative": (lambda: x == -1, "-1 is not a Seq"),
    "Seq truth value": (lambda: x == True, "True is not a Seq"),  # noqa: E712  # the mistake itself
    "Seq fraction": (lambda: x == 1.0, "1.0 is not a Seq"),
    "Distance too large": (lambda: d < MODULUS, f"{MODULUS} is not a Distance"),
    "window too large": (lambda: x.in_window(y, MODULUS), "is not a Distance"),
    "counter too large": (lambda: n == 3, "3 is not a counter of this kind: write a whole number from 0 to 2"),
    "counter negative": (lambda: n < -1, "-1 is not a counter"),
    "counter truth value": (lambda: n == False, "False is not a counter"),  # noqa: E712  # the mistake itself
    "too many values": (lambda: forall_in(SEQ, lambda e: e == x), "the values of Seq cannot be listed"),
    "too many relations": (lambda: exists_in(NUMBERS, lambda _: a), "cannot be listed"),
    # relations
    "unknown column": (lambda: net.exists(lambda r: r.sek == 1), "a row has no column 'sek'; did you mean 'seq'"),
    "unknown column of a draw": (lambda: draw("s", net).row.clt, "a row has no column 'clt'; did you mean 'ctl'"),
    "row too short": (lambda: net.has(1, "SYN"), r"has 3 cells \(seq, ctl, old\), not 2"),
    "row too long": (lambda: numbers.add(1, 2), r"has 1 cells \(n\), not 2"),
    "no row": (lambda: numbers.remove(*()), r"has 1 cells \(n\), not 0"),
    "wrong cell": (lambda: net.add(a, "SYN", True), "a Bool stands where a Seq is needed"),
    "cell out of range": (lambda: numbers.has(3), "3 is not a counter of this kind"),
    "nested relation": (lambda: Relation((("rows", NUMBERS),)), "column 'rows' is itself a relation"),
    "relations compared": (lambda: numbers == variable("other", NUMBERS), "cannot be compared as wholes"),
    "relation unequal to a constant": (lambda: numbers != NONE, "cannot be compared as wholes"),
    "relation compared with itself": (lambda: numbers == numbers, "cannot be compared as wholes"),  # noqa: PLR0124
    "has of a counter": (lambda: n.has(1), "a Nat.2. has no rows"),
    "add to a name": (lambda: tcp.add("LISTEN"), "a TcpState has no rows"),
    "remove from a Seq": (lambda: x.remove(1), "a Seq has no rows"),
    "exists in a truth value": (lambda: a.exists(lambda _: a), "a Bool has no rows"),
    "forall in a Seq": (lambda: x.forall(lambda _: a), "a Seq has no rows"),
    "quantified number": (lambda: numbers.exists(lambda r: r.n), "where a Bool is needed"),
    "quantified number for all": (lambda: numbers.forall(lambda r: r.n), "where a Bool is needed"),
    "two sorts in a quantifier": (lambda: net.exists(lambda r: r.seq == r.old), "a Bool stands where a Seq is needed"),
    "and in a quantifier": (lambda: net.exists(lambda r: r.old and a), "instead of and"),
    "set that is none": (lambda: literal({(1,)}, NUMBERS), "is not a set of rows"),
    "row in a set too long": (lambda: literal(frozenset({(1, 2)}), NUMBERS), "write a tuple of 1 values"),
    "row that is none": (lambda: literal(frozenset({1}), NUMBERS), "1 is not a row"),
    "row with a wrong cell": (lambda: literal(frozenset({(3,)}), NUMBERS), "3 is not a counter"),
    # formulas do not change
    "formula changed": (lambda: setattr(a, "data", "b"), "a formula cannot be changed; build a new one"),
    "arguments changed": (lambda: setattr(a & b, "args", (a, c)), "cannot be changed.*'args'"),
    "formula given an attribute": (lambda: setattr(x, "colour", 1), "cannot be changed"),
    # families, parameters
    "unknown member": (lambda: family("tcb", TCP, SEQ)["LISEN"], "did you mean 'LISTEN'"),
    "member by another sort": (lambda: family("tcb", TCP, SEQ)[n], "stands where a TcpState is needed"),
    "unknown member set": (lambda: family("tcb", TCP, SEQ).set("LISEN", 1), "did you mean 'LISTEN'"),
    "member set to another sort": (lambda: family("tcb", TCP, SEQ).set("LISTEN", a), "a Bool stands where a Seq"),
    "member set at a formula": (lambda: family("tcb", TCP, SEQ).set(tcp, a), "a Bool stands where a Seq"),
    "family over too much": (lambda: family("tcb", SEQ, BOOL), "cannot be listed"),
    "case on a number": (lambda: first(n, 1), "where a Bool is needed"),
    "later case on a number": (lambda: first(a, 1).otherwise(x, 2), "where a Bool is needed"),
    "choice without candidates": (lambda: choose("isn", SEQ), r"no search can list; .*choose\(name, SEQ, among="),
    "candidate of another sort": (lambda: choose("isn", SEQ, among=(1, a)), "a Bool stands where a Seq"),
    "candidate out of range": (lambda: choose("k", Nat(2), among=(3,)), "3 is not a counter"),
    "draw from a counter": (lambda: draw("s", n), r"'s' is drawn from a Nat\(2\): draw from a relation"),
    # systems
    "initial value": (lambda: Variable("a", BOOL, 0), "0 is not a truth value"),
    "initial state mistyped": (lambda: Variable("t", TCP, "LISEN"), "did you mean 'LISTEN'"),
    "guard is a number": (lambda: system(Action("acts", guard=n)), "where a Bool is needed"),
    "update of nothing": (
        lambda: system(Action("acts", updates={"nn": n})),
        "action 'acts' of toy updates 'nn', which is no variable; did you mean 'n'",
    ),
    "update of another sort": (lambda: system(Action("acts", updates={"n": a})), r"a Bool stands where a Nat\(2\) is needed"),
    "guard reads nothing": (
        lambda: system(Action("acts", guard=variable("aa", BOOL))),
        "action 'acts' of toy reads the variable 'aa', which does not exist; did you mean 'a'",
    ),
    "update reads nothing": (lambda: system(Action("acts", updates={"n": m})), "reads the variable 'm', which does not exist"),
    "sent cell reads nothing": (lambda: system(Action("acts", sends=((m,),))), "reads the variable 'm', which does not exist"),
    "candidate reads nothing": (
        lambda: system(Action("acts", parameters=(choose("k", Nat(2), among=(m,)),))),
        "reads the variable 'm', which does not exist",
    ),
    "source reads nothing": (
        lambda: system(Action("acts", parameters=(draw("s", numbers),))),
        "reads the variable 'numbers', which does not exist",
    ),
    "undeclared parameter": (
        lambda: system(Action("acts", guard=choose("k", Nat(2)).value == 1, parameters=(choose("kk", Nat(2)),))),
        "reads the parameter 'k', which does not exist; did you mean 'kk'",
    ),
    "parameter of another action": (
        lambda: system(
            Action("acts", parameters=(choose("k", Nat(2)),)), Action("does", updates={"n": parameter("k", Nat(2))})
        ),
        "action 'does' of toy reads the parameter 'k'",
    ),
    "candidate reads a parameter": (
        lambda: system(Action("acts", parameters=(choose("k", BOOL), choose("l", BOOL, among=(parameter("k", BOOL),))))),
        "reads the parameter 'k'",
    ),
    "receives nothing": (
        lambda: system(Action("acts", receives="segment")),
        "receives 'segment', which is none of its parameters",
    ),
    "variable twice": (
        lambda: system(variables=(Variable("a", BOOL, False), Variable("a", BOOL, False))),
        "variable 'a' is defined twice in toy: give each its own name",
    ),
    "action twice": (lambda: system(Action("acts"), Action("acts")), "action 'acts' is defined twice in toy"),
    "parameter twice": (
        lambda: system(Action("acts", parameters=(choose("k", BOOL), choose("k", Nat(2))))),
        "two parameters called 'k'",
    ),
    "unknown action": (lambda: system(Action("acts")).named("act"), "toy has no action 'act'; did you mean 'acts'"),
    "sent row too short": (lambda: networked(sends=((lift(1, SEQ),),)), r"has 3 cells \(seq, ctl, old\), not 1"),
    "sent cell of another sort": (lambda: networked(sends=((a, a, a),)), "a Bool stands where a Seq is needed"),
    "variable read as another sort": (lambda: system(Action("acts", guard=variable("n", BOOL))), r"Nat\(2\)"),
    "no such network": (lambda: TransitionSystem("toy", (), (), network=Network("nte")), "'nte'"),
    "member twice": (lambda: Enum("Light", ("red", "green", "red")), "'red'"),
    "column twice": (lambda: Relation((("n", BOOL), ("n", BOOL))), "'n'"),
    "formula forgotten": (lambda: delattr(variable("a", BOOL), "data"), "cannot be changed"),
    "observer updated twice": (
        lambda: system(Action("acts")).extended((Variable("a", BOOL, False),), {}),
        "variable 'a' is defined twice",
    ),
    "unknown observer": (lambda: observer("cout"), "the claim has no observer 'cout'; did you mean 'count'"),
    "observer of another sort": (lambda: observer("count", a), "a Bool stands where a Nat"),
}


def networked(sends: tuple[tuple[Expr, ...], ...]) -> TransitionSystem:
    """Return a system that sends, its network written out."""
    variables = (Variable("a", BOOL, False), Variable("net", SEGMENTS, NONE))
    return connect(TransitionSystem("toy", variables, (Action("acts", sends=sends),), network=Network("net")))


def observer(name: str, value: object = 1) -> object:
    """Set an observer of a claim that has one, "count"."""

    def watched(step: Step) -> object:
        step.set(name, value)
        raise AssertionError(name)

    return monitor(system(Action("acts")), "claim", (Variable("count", Nat(2), 0),), watched)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "mistake",
    MISTAKES,
)
def test_mistake_raises_where_it_is_written(mistake: str) -> None:
    """Catches a mistake that passes for another formula, and a message that does not say what to write instead."""
    write, message = MISTAKES[mistake]
    with pytest.raises(NotationError, match=message):
        write()


def test_nearest_names_one_or_all() -> None:
    """Catches a hint that leads astray."""
    assert nearest("SYN_SENT", TCP.members) == "did you mean 'SYN-SENT'?"
    assert nearest("zzz", ("one", "two")) == "known are 'one', 'two'"
    many = nearest("zzz", tuple(f"a{number}" for number in range(250)))
    assert (many.count("'"), many.endswith("'a39', and 210 more")) == (80, True)


def test_sorts_are_what_they_say() -> None:
    """Catches sorts compared by identity: every module may write Nat(2)."""
    assert Nat(2) == Nat(2) != Nat(3)
    assert Relation((("n", Nat(2)),)) == NUMBERS
    assert Relation((("n", SEQ),)) != Relation((("n", DISTANCE),))
    assert [str(sort) for sort in (BOOL, SEQ, DISTANCE, Nat(2), TCP, NUMBERS)] == [
        "Bool", "Seq", "Distance", "Nat(2)", "TcpState", "Relation(n: Nat(2))",
    ]  # fmt: skip
    assert BOOL.values() == (False, True)
    assert list(Nat(2).values()) == [0, 1, 2]
    assert TCP.values() == TCP.members
    assert NUMBERS.names == ("n",)


# -- meaning -----------------------------------------------------------------------------------------------------------


def meanings(formulas: Callable[[Expr, Expr], Expr], python: Callable[[bool, bool], bool]) -> None:
    """Compare a formula of two truth values with Python's, each argument being a variable, a constant or a negation."""
    operands: tuple[Callable[[bool, str], Expr], ...] = (
        lambda _, name: variable(name, BOOL),
        lambda value, _: literal(value, BOOL),
        lambda _, name: ~variable(name, BOOL),
    )
    for (left, right), p, q in itertools.product(itertools.product(operands, repeat=2), (False, True), (False, True)):
        e = formulas(left(p, "p"), right(q, "q"))
        state = {"p": p != (left is operands[2]), "q": q != (right is operands[2])}
        assert evaluate(e, state) is python(p, q), f"{e} in {state}"


@pytest.mark.parametrize(
    ("formulas", "python"),
    [
        (lambda p, q: p & q, lambda p, q: p and q),
        (lambda p, q: p | q, lambda p, q: p or q),
        (lambda p, q: p >> q, lambda p, q: not p or q),
        (lambda p, q: p == q, lambda p, q: p == q),
        (lambda p, q: p != q, lambda p, q: p != q),
        (lambda p, q: ~(p & ~q), lambda p, q: not p or q),
        (lambda p, q: ite(p, q, ~q), lambda p, q: p == q),
        (lambda p, q: ite(p, p, q), lambda p, q: p or q),
        (lambda p, q: ite(q, p, p), lambda p, _: p),
        (lambda p, q: conj(p, True, q, p), lambda p, q: p and q),
        (lambda p, q: disj(p, False, q | p), lambda p, q: p or q),
        (lambda p, q: conj(p, q, False), lambda _p, _q: False),
        (lambda p, q: disj(p, q, True), lambda _p, _q: True),
        (lambda p, q: True & p & q, lambda p, q: p and q),
        (lambda p, q: False | p | q, lambda p, q: p or q),
        (lambda p, q: (p == True) & (q != False), lambda p, q: p and q),  # noqa: E712  # equations are formulas
        (lambda p, q: forall_in(BOOL, lambda v: (v == p) | q), lambda _, q: q),
        (lambda p, q: exists_in(BOOL, lambda v: (v == p) & q), lambda _, q: q),
    ],
)
def test_folding_of_constants_keeps_the_meaning(
    formulas: Callable[[Expr, Expr], Expr], python: Callable[[bool, bool], bool]
) -> None:
    """Catches a shortcut in building a formula that changes what it says."""
    meanings(formulas, python)


def test_constants_fold() -> None:
    """Catches a formula that keeps parts that cannot matter: engines would carry them into every state."""
    assert conj() is TRUE
    assert disj() is FALSE
    assert (a & TRUE) is a
    assert (a & FALSE) is FALSE
    assert (a | TRUE) is TRUE
    assert ~~a is a
    assert (a == TRUE) is a
    assert pretty(a == FALSE) == "~a"
    assert (n == n) is TRUE  # noqa: PLR0124
    assert (lift("LISTEN", TCP) == "LISTEN") is TRUE
    assert (lift("LISTEN", TCP) == "CLOSED") is FALSE
    assert ite(TRUE, n, m) is n
    assert ite(FALSE, n, m) is m
    assert ite(a, n, n) is n
    assert (a & b & c).args == (a, b, c)
    assert conjuncts(a & b & c) == (a, b, c)
    assert conjuncts(TRUE) == ()
    assert conjuncts(a | b)[0].op is Op.OR


NUMBERS_TO_TRY = (0, 1, 2, 2**31 - 1, 2**31, 2**31 + 1, MODULUS - 2, MODULUS - 1)


@pytest.mark.parametrize(("p", "q"), list(itertools.product(NUMBERS_TO_TRY, repeat=2)))
def test_sequence_numbers_wrap(p: int, q: int) -> None:
    """Catches arithmetic, windows and order that go wrong near 2**32 or half of it (RFC 9293 §3.4)."""
    state: dict[str, Value] = {"x": p, "y": q}
    ahead = (p - q) % MODULUS
    assert evaluate(x - y, state) == ahead
    assert evaluate(x + 1, state) == (p + 1) % MODULUS
    assert evaluate(x - 2, state) == (p - 2) % MODULUS
    assert evaluate(x + (y - x), state) == q
    assert evaluate(x.is_after(y), state) is (0 < ahead < MODULUS // 2)
    for size in (0, 1, 2, MODULUS - 1):
        assert evaluate(x.in_window(y, size), state) is (ahead < size)
    assert evaluate((x - y) <= 2, state) is (ahead <= 2)
    assert evaluate((x - y) > 2, state) is (ahead > 2)
    assert evaluate((x - y) >= 2, state) is (ahead >= 2)


@pytest.mark.parametrize(("value", "by"), list(itertools.product(range(3), (-9, -2, -1, 0, 1, 2, 9))))
def test_counters_stop_at_their_ends(value: int, by: int) -> None:
    """Catches a counter that wraps or leaves its sort."""
    assert evaluate(n + by, {"n": value}) == evaluate(n - -by, {"n": value}) == min(max(value + by, 0), 2)


@pytest.mark.parametrize("size", [2, 3, 6, 256])
@pytest.mark.parametrize("by", [-7, -1, 0, 1, 5, 1000])
def test_counters_go_round(size: int, by: int) -> None:
    count, other = variable("count", Modulo(size)), variable("other", Modulo(size))
    for value, left in itertools.product(range(min(size, 7)), repeat=2):
        state = {"count": value, "other": left}
        assert evaluate(count + by, state) == (value + by) % size
        assert evaluate(count - other, state) == (value - left) % size
        if size > 2:
            assert evaluate(count.is_after(other), state) == (0 < 2 * ((value - left) % size) < size)


def test_a_number_is_converted_by_stopping_or_going_round() -> None:
    wide = variable("wide", Nat(20))
    for value in range(21):
        state = {"wide": value, "turn": value % 6}
        assert evaluate(wide.to(Nat(7)), state) == min(value, 7)
        assert evaluate(wide.to(Modulo(6)), state) == value % 6
        assert evaluate(wide.to(Seq(2)), state) == value % 4
        assert evaluate(wide.to(SEQ), state) == value
        assert evaluate(turn.to(wide.sort), state) == value % 6
        assert evaluate((turn - 1).to(Nat(3)), state) == min((value - 1) % 6, 3)
        assert evaluate(literal(value, Nat(20)).to(Modulo(6)), {}) == value % 6
    assert wide.to(Nat(20)) is wide


def test_a_number_may_stand_before_what_it_is_added_to() -> None:
    n, x = variable("n", Nat(4)), variable("x", SEQ)
    assert evaluate(1 + n, {"n": 2}) == 3
    assert evaluate(2 + x, {"x": MODULUS - 1}) == 1
    assert evaluate(True >> (n == 2), {"n": 1}) is False


def test_relations_are_sets() -> None:
    """Catches rows that are kept twice, not found, or not removed; and quantifiers over no rows."""
    state: dict[str, Value] = {"numbers": frozenset({(0,), (1,)}), "n": 1}
    assert evaluate(numbers.add(n), state) == state["numbers"]
    assert evaluate(numbers.remove(n), state) == frozenset({(0,)})
    assert evaluate(numbers.remove(2), state) == state["numbers"]
    assert evaluate(numbers.remove(n).add(n + 1).has(2), state) is True
    assert evaluate(numbers.exists(lambda r: r.n > n), state) is False
    assert evaluate(numbers.forall(lambda r: r.n <= n), state) is True
    assert evaluate(numbers.forall(lambda r: numbers.exists(lambda s: s.n > r.n)), state) is False
    empty: dict[str, Value] = {"numbers": NONE}
    assert evaluate(numbers.forall(lambda _: FALSE), empty) is True
    assert evaluate(numbers.exists(lambda _: TRUE), empty) is False


# -- cases, families ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "q"), list(itertools.product((False, True), repeat=2)))
def test_of_ordered_cases_the_first_is_taken(p: bool, q: bool) -> None:
    """Catches cases that overlap, or that are taken out of order, or that a case after a sure one can be taken."""
    taken = first(a, "one").otherwise(b, "two").otherwise(~a & ~b, "three").otherwise(True, "four")
    met = [name for when, name in taken.disjoint() if evaluate(when, {"a": p, "b": q})]
    assert met == ["one" if p else "two" if q else "three"]


def test_cases_need_not_cover_everything_and_do_not_change() -> None:
    """Catches an "else" that nobody wrote, and cases that share what was added to one of them."""
    one: Cases[int] = first(a, 1)
    two = one.otherwise(b, 2)
    assert len(one.branches) == 1
    assert not any(evaluate(when, {"a": False, "b": False}) for when, _ in two.disjoint())
    assert [str(when) for when, _ in two.disjoint()] == ["a", "~a & b"]
    assert [when is FALSE for when, _ in first(True, 1).otherwise(b, 2).disjoint()] == [False, True]


def test_family_at_a_constant_is_one_variable() -> None:
    """Catches a family whose members are not the variables of a system, by name."""
    marks = family("mark", Nat(2), BOOL)
    assert str(marks[1]) == "mark[1]"
    assert marks[lift(1, Nat(2))] is marks[1]
    assert mentions(marks[2]) == {(Op.VARIABLE, "mark[2]")}
    assert marks.set(1, True).keys() == {"mark[1]"}
    assert marks.set(1, True)["mark[1]"].data is True


@pytest.mark.parametrize("index", [TCP, Nat(2), BOOL, Nat(0)])
def test_family_at_a_formula_is_the_member_it_names(index: Sort) -> None:
    """Catches a symbolic index that reads or writes another member, or that forgets the last one."""
    cells = family("cell", index, Nat(9))
    at = variable("at", index)
    names = [str(member.data) for member in cells.members.values()]
    for position, where in enumerate(index.values()):
        state: dict[str, Value] = {**{name: i for i, name in enumerate(names)}, "at": where}
        assert evaluate(cells[at], state) == position
        after = {**state, **{name: evaluate(e, state) for name, e in cells.set(at, cells[at] + 5).items()}}
        assert after == {**state, names[position]: position + 5}


# -- reading formulas --------------------------------------------------------------------------------------------------


def test_mentions_finds_reads_at_any_depth() -> None:
    """Catches a read that a system's check or an engine's analysis would not see."""
    k = parameter("k", Nat(2))
    e = ite(net.exists(lambda r: (r.seq == x) & numbers.add(k).has(n)), y + (x - y), y)
    assert mentions(e) == {
        *((Op.VARIABLE, name) for name in ("net", "x", "y", "n", "numbers")),
        (Op.PARAMETER, "k"),
    }
    assert mentions(TRUE) == frozenset()


def test_substitution_is_the_value_after_the_step() -> None:
    """Catches a variable replaced twice, in a parameter, or not inside of a quantifier."""
    swapped = substitute(x - y, {"x": y, "y": x})
    assert evaluate(swapped, {"x": 5, "y": 3}) == MODULUS - 2
    assert substitute(a & b, {"x": y}).args == (a, b)
    assert substitute(a & b, {"a": TRUE}) is b
    assert substitute(a | ~b, {"b": FALSE}) is TRUE
    assert substitute(ite(a, n, m), {"a": FALSE}) is m
    assert substitute(tcp == "LISTEN", {"tcp": lift("LISTEN", TCP)}) is TRUE
    k = parameter("n", Nat(2))
    assert substitute(k == 1, {"n": n + 1}).args[0] is k
    inside = substitute(numbers.exists(lambda r: r.n == n), {"numbers": numbers.add(2), "n": n + 1})
    assert evaluate(inside, {"numbers": NONE, "n": 1}) is True
    assert evaluate(inside, {"numbers": NONE, "n": 0}) is False


def test_substitution_agrees_with_evaluating_later() -> None:
    """Catches a formula after a step that is not the formula in the state after it; a quantifier comes to stand in itself."""
    larger_one = numbers.exists(lambda r: (r.n == n) & numbers.exists(lambda s: s.n != r.n))
    after = substitute(larger_one, {"n": ite(larger_one, lift(1, Nat(2)), lift(2, Nat(2)))})
    twice = substitute(after, {"n": ite(larger_one, lift(0, Nat(2)), n)})
    for size in range(4):
        for rows in itertools.combinations(range(3), size):
            for value in range(3):
                state: dict[str, Value] = {"n": value, "numbers": frozenset((row,) for row in rows)}
                new: dict[str, Value] = {**state, "n": 1 if evaluate(larger_one, state) else 2}
                assert evaluate(after, state) is evaluate(larger_one, new)
                newer: dict[str, Value] = {**state, "n": 0 if evaluate(larger_one, state) else value}
                assert evaluate(twice, state) is evaluate(after, newer)


# -- printing ----------------------------------------------------------------------------------------------------------

PRINTED: tuple[tuple[Expr, str], ...] = (
    (TRUE, "true"),
    (lift("LISTEN", TCP), "LISTEN"),
    (lift(7, SEQ), "7"),
    (literal(frozenset({(2,), (1,)}), NUMBERS), "{⟨1⟩, ⟨2⟩}"),
    (x, "x"),
    (parameter("segment.seq", SEQ), "segment.seq"),
    (tcp == "LISTEN", "tcp == LISTEN"),
    (tcp != "LISTEN", "tcp != LISTEN"),
    (~a, "~a"),
    (~(a & b), "~(a & b)"),
    (~(a | b), "~(a | b)"),
    (a & b & ~c, "a & b & ~c"),
    (a & (b | c), "a & (b | c)"),
    (a & b | c, "a & b | c"),
    (a >> b, "~a | b"),
    (a == (b & c), "a == (b & c)"),
    ((a == b) & (n < m), "a == b & n < m"),
    (ite(a, n, m), "ite(a, n, m)"),
    (ite(a & b, n + 1, m) == 2, "ite(a & b, n + 1, m) == 2"),
    (x + 1, "x + 1"),
    (x - 1, "x - 1"),
    (x + d, "x + d"),
    (x + 1 + 1, "x + 2"),
    (x + (y - x), "x + (y - x)"),
    (x - (y + 1), "x - (y + 1)"),
    (x.in_window(y, 10), "x - y < 10"),
    (x.is_after(y), f"x - (y + 1) < {2**31 - 1}"),
    (n < m, "n < m"),
    (n >= m, "n >= m"),
    (n > m, "m < n"),
    (n <= m, "m >= n"),
    (n + 1, "n + 1"),
    (n - 1, "n - 1"),
    (turn + 1, "turn + 1"),
    (turn - 2, "turn - 2"),
    (n.to(Modulo(6)) == turn, "n.to(Modulo(6)) == turn"),
    ((n + 1).to(SEQ) - x, "(n + 1).to(Seq) - x"),
    (turn.to(Nat(2)).to(Seq(8)) + 1, "turn.to(Nat(2)).to(Seq(8)) + 1"),
    (ite(a, n, m).to(Nat(9)) < 5, "ite(a, n, m).to(Nat(9)) < 5"),
    (numbers.has(1), "numbers.has(1)"),
    (~numbers.has(n + 1), "~numbers.has(n + 1)"),
    (numbers.add(n).remove(m), "numbers.add(n).remove(m)"),
    (ite(a, numbers, numbers.add(1)).has(0), "ite(a, numbers, numbers.add(1)).has(0)"),
    (net.exists(lambda r: r.old & (r.ctl == "SYN")), "net.exists(row: row.old & row.ctl == SYN)"),
    (
        numbers.exists(lambda r: numbers.exists(lambda s: r.n < s.n)),
        "numbers.exists(row: numbers.exists(row': row.n < row'.n))",
    ),
    (numbers.forall(lambda r: r.n == 1), "numbers.forall(row: row.n == 1)"),
)


@pytest.mark.parametrize(("e", "text"), PRINTED, ids=[text for _, text in PRINTED])
def test_formula_is_printed_as_it_was_written(e: Expr, text: str) -> None:
    """Catches a printed formula that says something else, or is hard to read."""
    assert pretty(e) == str(e) == repr(e) == text


def test_every_operator_is_printed() -> None:
    """Catches an operator added to the language and forgotten by the printer, and by the test above."""
    seen: set[Op] = set()
    stack = [e for e, _ in PRINTED]
    while stack:
        e = stack.pop()
        seen.add(e.op)
        stack.extend(e.args)
    assert seen == set(Op)


def test_different_formulas_are_printed_differently() -> None:
    """Catches parentheses left out where the meaning needs them."""
    sides = (a, ~a, a & b, a | b, a == b, a != b)
    formulas = [make(left, right) for left in sides for right in (b, c, b & c, b | c, b == c, b != c) for make in JOINS]
    texts: dict[str, Expr] = {}
    for e in formulas:
        other = texts.setdefault(pretty(e), e)
        for values in itertools.product((False, True), repeat=3):
            state: dict[str, Value] = dict(zip("abc", values, strict=True))
            assert evaluate(e, state) == evaluate(other, state), f"{pretty(e)} has two meanings"


JOINS: tuple[Callable[[Expr, Expr], Expr], ...] = (
    lambda p, q: p & q,
    lambda p, q: p | q,
    lambda p, q: p == q,
    lambda p, q: p != q,
    lambda p, q: ~(p & q),
)


def test_values_are_printed_as_a_reader_expects() -> None:
    """Catches Python's spelling in a report."""
    assert value_text(True) == "true"
    assert value_text(0) == "0"
    assert value_text("SYN-SENT") == "SYN-SENT"
    assert value_text(frozenset({(2, "A", False), (1, "B", True)})) == "{⟨1, B, true⟩, ⟨2, A, false⟩}"
