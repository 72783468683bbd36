"""A queue is what a Python list is that is read from its beginning and written at its end, up to its capacity."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from checker.explicit.search import search
from model.notation.expr import Expr, literal, variable
from model.notation.interpreter import evaluate
from model.notation.queue import Contents, Queue, queue
from model.notation.sorts import BOOL, SEQ, Enum, Nat, NotationError, Relation, Token, Value
from model.notation.system import Action, TransitionSystem, Variable, choose
from properties.observe import Monitored

CAPACITY = 3
SIGN = Enum("Sign", ("A", "B"))
WIRE = queue("wire", SIGN, CAPACITY)
ROWS = queue("rows", (("sign", SIGN), ("n", Nat(1))), 2)
NOW = WIRE.value

State = dict[str, Value]


def holding(of: Queue, *elements: Value | tuple[Value, ...]) -> State:
    """Return the state in which a queue holds some elements."""
    return {v.name: v.initial for v in of.variables(*elements)}


def after(of: Queue, contents: Contents, state: State) -> State:
    """Return the state after a queue was given other contents."""
    return {**state, **{name: evaluate(e, state) for name, e in of.set(contents).items()}}


EVERY = [list(signs) for length in range(CAPACITY + 1) for signs in product(SIGN.members, repeat=length)]
"""Every list of at most three signs."""


@pytest.mark.parametrize("signs", EVERY, ids="".join)
def test_a_queue_is_a_list_of_bounded_length(signs: list[str]) -> None:
    """The state after each operation is the one state of the list after it: nothing is left in places that hold nothing."""
    state = holding(WIRE, *signs)
    assert after(WIRE, NOW.tail(), state) == holding(WIRE, *signs[1:])
    for sign in SIGN.members:
        longer = [*signs, sign][:CAPACITY]
        assert after(WIRE, NOW.append(sign), state) == holding(WIRE, *longer)
        assert after(WIRE, NOW.append(sign).append("B").tail(), state) == holding(WIRE, *[*longer, "B"][:CAPACITY][1:])
        assert after(WIRE, NOW.tail().append(sign), state) == holding(WIRE, *signs[1:], sign)
        assert evaluate(NOW.has(sign), state) is (sign in signs)
        assert evaluate(NOW.exists(lambda e, sign=sign: e == sign), state) is (sign in signs)
        assert evaluate(NOW.forall(lambda e, sign=sign: e == sign), state) is all(s == sign for s in signs)
    assert evaluate(NOW.length, state) == len(signs)
    assert evaluate(NOW.empty, state) is (not signs)
    assert evaluate(NOW.full, state) is (len(signs) == CAPACITY)
    assert evaluate(NOW.head, state) == (signs[0] if signs else "A")


def test_a_queue_of_rows_has_cells() -> None:
    state = holding(ROWS, ("B", 1))
    assert list(state) == ["rows[0].sign", "rows[0].n", "rows[1].sign", "rows[1].n", "rows.length"]
    assert after(ROWS, ROWS.value.append("A", 1), state) == holding(ROWS, ("B", 1), ("A", 1))
    assert evaluate(ROWS.value.has("B", 1), state) is True
    assert evaluate(ROWS.value.has("A", 0), state) is False
    assert evaluate((ROWS.value.first.sign == "B") & (ROWS.value.first.n == 1), state) is True
    assert evaluate(ROWS.value.forall(lambda row: row.sign == "B"), state) is True


def test_only_what_changes_is_updated() -> None:
    assert WIRE.set(NOW) == {}
    assert list(WIRE.set(NOW.tail())) == ["wire[0]", "wire[1]", "wire[2]", "wire.length"]
    assert {str(v.initial) for v in WIRE.variables()} == {"A", "0"}


def test_one_state_for_each_queue() -> None:
    """Of capacity 3 there are 1 + 2 + 4 + 8 queues of two signs."""
    p = choose("p", SIGN)
    actions = (
        Action("puts", updates=WIRE.set(NOW.append(p.value)), parameters=(p,)),
        Action("takes", updates=WIRE.set(NOW.tail())),
    )
    assert search(Monitored(TransitionSystem("queue", WIRE.variables(), actions), ())).counts.states == 15


COOKIE = Token("Cookie", 2, ("none",))
MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "no capacity": (lambda: queue("q", BOOL, 0), "queue 'q' takes 0 elements: write from 1 to 64"),
    "capacity too large": (lambda: queue("q", BOOL, 65), "queue 'q' takes 65 elements"),
    "capacity of True": (lambda: queue("q", BOOL, True), "queue 'q' takes True elements"),
    "capacity of a text": (lambda: queue("q", BOOL, "3"), "the capacity of queue 'q' is '3': write"),  # type: ignore[arg-type]
    "no name": (lambda: queue("", BOOL, 1), "the name of a queue is ''"),
    "elements of no sort": (lambda: queue("q", 3, 1), "what a relation has as its columns is 3"),  # type: ignore[arg-type]
    "elements without columns": (lambda: queue("q", (), 1), "a relation has no columns"),
    "elements that are relations": (lambda: queue("q", Relation((("n", Nat(1)),)), 1), "give it the columns of one"),
    "places without a token": (lambda: queue("q", Token("Key", 2), 1), r"as in Token\('Key', 2, \('none',\)\)"),
    "appended of another sort": (lambda: NOW.append(3), "3 is not a Sign"),
    "appended name": (lambda: NOW.append("C"), "'C' is not a Sign"),
    "appended token": (lambda: queue("q", COOKIE, 1).value.append("Cookie-1"), "'Cookie-1' stands in a formula"),
    "appended number": (lambda: NOW.append(variable("x", SEQ)), "a Seq stands where a Sign is needed"),
    "appended two": (lambda: NOW.append("A", "B"), "an element of this queue has one cell, not 2"),
    "appended half a row": (lambda: ROWS.value.append("A"), r"has 2 cells \(sign, n\), not 1"),
    "asked for two": (lambda: NOW.has("A", "B"), "an element of this queue has one cell, not 2"),
    "head of rows": (lambda: ROWS.value.head, r"have columns \(sign, n\): read first\.sign"),
    "no such column": (lambda: ROWS.value.first.sgn, "a row has no column 'sgn'; did you mean 'sign'"),
    "condition that is none": (lambda: NOW.exists(lambda _: "A"), "'A' is not a truth value"),  # type: ignore[arg-type, return-value]
    "begins too long": (lambda: ROWS.variables(("A", 0), ("A", 0), ("A", 0)), "begins with 3 elements, and 2 are the most"),
    "begins with half a row": (lambda: ROWS.variables(("A",)), "begins with what is no row: write a tuple of 2 values"),
    "begins with no row": (lambda: ROWS.variables("A"), "begins with what is no row: write a tuple of 2 values"),
    "begins with another sort": (lambda: WIRE.variables("C"), "'C' is not a Sign"),
    "set to a sign": (lambda: WIRE.set("A"), "what queue 'wire' is given is 'A': write contents"),  # type: ignore[arg-type]
    "set to another queue": (lambda: WIRE.set(ROWS.value), "the contents of a queue of another kind"),
    "length too large": (lambda: NOW.length == 4, "4 is not a counter of this kind: write a whole number from 0 to 3"),
    "length by Python": (lambda: len(NOW), "how many elements a queue has is a formula: read .length"),
    "element by Python": (lambda: NOW[0], "the first element is .head, and the others come by .tail"),
    "elements by Python": (lambda: list(NOW), "write .exists or .forall"),
    "compared": (lambda: WIRE.value == NOW, "queues cannot be compared as wholes"),
    "in a queue": (lambda: "A" in NOW, "write .has"),
    "variables twice": (lambda: TransitionSystem("q", (*WIRE.variables(), *WIRE.variables()), ()), "is defined twice"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_raises_where_it_is_written(mistake: str) -> None:
    write, message = MISTAKES[mistake]
    with pytest.raises(NotationError, match=message):
        write()


def test_tokens_may_wait() -> None:
    """Places without one hold the value that can be named."""
    jar, mine = queue("jar", COOKIE, 2), variable("mine", COOKIE)
    state: State = {**holding(jar), "mine": "Cookie-2"}
    assert after(jar, jar.value.append(mine), state)["jar[0]"] == "Cookie-2"
    assert evaluate(jar.value.has(mine), after(jar, jar.value.append(mine), state)) is True
    assert str(jar.value.head == "none") == "jar[0] == none"
    assert isinstance(literal("none", COOKIE), Expr)
    assert isinstance(jar.variables()[0], Variable)
