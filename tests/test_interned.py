"""Formulas that are written alike are one, and others are not: whatever the sort, the quantifier, or the process."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from random import Random

import pytest

from model.notation import expr
from model.notation.analysis import replaced, subformulas, substitute
from model.notation.expr import FALSE, TRUE, Expr, Op, Row, closed, conj, ite, literal, opened, parameter, variable
from model.notation.interpreter import evaluate
from model.notation.sorts import BOOL, DISTANCE, SEQ, Enum, Nat, NotationError, Relation, Value
from model.notation.system import Action, TransitionSystem, Variable
from tests.random_systems import Formulas

SMALL, LARGE = Nat(1), Nat(2)
ROWS = Relation((("n", SMALL), ("seq", SEQ), ("old", BOOL)))
BAG, OTHER = variable("bag", ROWS), variable("other", ROWS)
ATOMS = (variable("x", SEQ), variable("n", SMALL), variable("a", BOOL), parameter("p", SMALL))
a, n, x = variable("a", BOOL), variable("n", SMALL), variable("x", SEQ)
WRITTEN = 150
"""How many random formulas there are."""


def written(seed: int) -> Expr:
    """Return the formula of a seed, written anew; in every third quantifiers stand within each other."""
    formulas = Formulas(Random(seed).choice, ATOMS, (BAG, OTHER))  # noqa: S311  # nothing is kept secret by it
    if seed % 3:
        return formulas.truth(3)
    return BAG.exists(lambda r: OTHER.forall(lambda s: formulas.truth(3, (*r, *s)))) & formulas.truth(1)


def naively(e: Expr, around: tuple[object, ...] = ()) -> object:
    """Return a formula as tuples, a quantifier's cells by how many quantifiers stand around it: what is alike is equal."""
    if e.op is Op.BOUND:
        return e.op, e.sort, around.index(e.scope), e.column
    if e.op is Op.EXISTS:
        relation, body = e.args
        return e.op, e.scope.names, naively(relation, around), naively(body, (*around, e.scope))
    return e.op, e.sort, type(e.data), e.data, tuple(naively(part, around) for part in e.args)


# -- what is alike is one ------------------------------------------------------------------------------------------------------


def test_what_is_written_alike_is_one_formula_and_what_is_not_is_not() -> None:
    """Catches a part that a formula is not known by, and one by which it should not be."""
    once, again = [[written(seed) for seed in range(WRITTEN)] for _ in range(2)]
    assert all(one is other and one.key is other.key for one, other in zip(once, again, strict=True))
    different = {e.key: naively(e) for e in once}
    assert len(different) == len(set(different.values())) > WRITTEN // 2
    assert sum(part.op is Op.EXISTS and part.level > 1 for e in once for part in subformulas(e)) > WRITTEN // 10


CHANGED: dict[str, tuple[Expr, ...]] = {
    "one of several sorts": (literal(True, BOOL), literal(1, SMALL), literal(1, LARGE), literal(1, SEQ), literal(1, DISTANCE)),
    "of Enums with the same names": tuple(literal("A", Enum(name, ("A",))) for name in ("E", "F")),
    "rows of relations": tuple(
        literal(frozenset({(1,)}) if sort != BOOL else frozenset({(True,)}), Relation((("n", sort),)))
        for sort in (SMALL, LARGE, SEQ, BOOL)
    ),
    "no rows": tuple(literal(frozenset(), Relation(((name, SMALL),))) for name in "nm"),
    "what is read": (variable("v", SMALL), parameter("v", SMALL), variable("v", LARGE), variable("w", SMALL)),
    "what is counted": (n + 1, n + 2, n - 1),
    "sides": (x - variable("y", SEQ), variable("y", SEQ) - x),
    "what is asked of a row": (
        BAG.has(n, x, a),
        OTHER.has(n, x, a),
        BAG.has(n, x + 1, a),
        BAG.add(n, x, a),
        BAG.remove(n, x, a),
    ),
    "how it is joined": (a & (n == 1), a | (n == 1), (n == 1) & a, ~(a & (n == 1))),
    "of which row": (
        BAG.exists(lambda r: BAG.exists(lambda s: (r.n == 1) & s.old)),
        BAG.exists(lambda r: BAG.exists(lambda s: (s.n == 1) & r.old)),
        BAG.exists(lambda _: BAG.exists(lambda s: (s.n == 1) & s.old)),
        BAG.exists(lambda r: OTHER.exists(lambda s: (r.n == 1) & s.old)),
    ),
    "column": (BAG.exists(lambda r: r.seq == x), BAG.exists(lambda r: r.seq + 1 == x), BAG.exists(lambda r: r.old)),
}


@pytest.mark.parametrize("why", CHANGED)
def test_a_formula_changed_in_one_place_is_another(why: str) -> None:
    """Catches a table keyed without the sort (1, True and 1 of another sort are equal), the data, or the operator."""
    assert all(one is not other and one.key is not other.key for one, other in combinations(CHANGED[why], 2))


def test_a_number_of_another_kind_is_another_literal() -> None:
    """Catches a formula that prints as the one which was there before it."""

    class Port(int):
        def __str__(self) -> str:
            return "http"

    http = literal(Port(80), SEQ)
    assert str(literal(80, SEQ)) == "80"
    assert str(http) == "http"


def test_equal_sorts_are_one_sort() -> None:
    one, other = [Relation((("seq", SEQ), ("to", Enum("E", ("A", "B"))))) for _ in range(2)]
    assert one is not other
    assert variable("r", one) is variable("r", other)
    assert literal(frozenset({(1, "A")}), one) is literal(frozenset({(1, "A")}), other)


def test_constants_are_known_by_what_they_are() -> None:
    assert literal(True, BOOL) is TRUE
    assert literal(False, BOOL) is FALSE
    assert Expr(Op.NOT, BOOL, (a,)) is ~a


# -- quantifiers ---------------------------------------------------------------------------------------------------------------


def test_quantifiers_are_one_whatever_their_rows_are_called() -> None:
    assert BAG.exists(lambda r: r.old & (r.seq == x)) is BAG.exists(lambda other: other.old & (other.seq == x))
    inner = BAG.exists(lambda s: s.old)
    assert BAG.exists(lambda r: r.old & inner) is BAG.exists(lambda r: r.old & BAG.exists(lambda s: s.old))
    assert BAG.forall(lambda r: OTHER.exists(lambda s: s.n == r.n)) is BAG.forall(lambda u: OTHER.exists(lambda v: v.n == u.n))


def test_a_quantifier_that_comes_to_stand_in_another_binds_no_row_of_it() -> None:
    """Catches the rows of two quantifiers taken for each other, where one is put into what the other says, in any order."""
    some = BAG.exists(lambda r: r.n != n)
    deep = BAG.exists(lambda r: BAG.exists(lambda s: (r.n == s.n) & (n == s.n) & some))
    put = substitute(deep, {"n": ite(deep, literal(1, SMALL), n)})
    again = substitute(put, {"n": ite(put, literal(0, SMALL), n)})
    assert deep.level == 3
    assert max(put.level, again.level) > 3
    for rows in (set(), {(0, 1, True)}, {(1, 1, True)}, {(0, 1, True), (1, 1, True)}):
        for value in (0, 1):
            state: dict[str, Value] = {"bag": frozenset(rows), "n": value}
            later: dict[str, Value] = {**state, "n": 1 if evaluate(deep, state) else value}
            assert evaluate(put, state) is evaluate(deep, later)
            last: dict[str, Value] = {**state, "n": 0 if evaluate(put, state) else value}
            assert evaluate(again, state) is evaluate(put, last)


def test_taking_a_quantifier_apart_and_putting_it_together_changes_nothing() -> None:
    for seed in range(WRITTEN):
        for e in subformulas(written(seed)):
            if e.op is Op.EXISTS:
                assert closed(e.args[0], *opened(e)) is e
        assert replaced(written(seed), lambda _: None) is written(seed)


def test_a_quantifier_that_goes_away_leaves_those_around_it_as_if_it_had_never_been() -> None:
    e = BAG.exists(lambda r: r.old & (a | OTHER.exists(lambda s: s.n == r.n)))
    assert e.level == 2
    assert substitute(e, {"a": TRUE}) is BAG.exists(lambda r: r.old)


def test_a_cell_outside_of_its_quantifier_is_refused() -> None:
    """Catches a row of one quantifier taken for that of another one, and a formula about a row that there is none of."""
    kept: list[Expr] = []

    def keeping(row: Row) -> Expr:
        kept.append(row.old)
        return row.old

    first = BAG.exists(keeping)
    taken = first.args[1]
    v = Variable("bag", ROWS, frozenset())
    astray: tuple[Callable[[], Expr], ...] = (
        lambda: kept[0],
        lambda: taken,
        lambda: BAG.exists(lambda r: r.old & kept[0]),
        lambda: BAG.exists(lambda r: r.old & BAG.exists(lambda s: s.old) & taken),
    )
    for formula in astray:
        with pytest.raises(NotationError, match=r"a cell of a row.*outside of its quantifier"):
            TransitionSystem("s", (v,), (Action("acts", formula()),))
    with pytest.raises(NotationError, match="in another quantifier than its own"):
        BAG.exists(lambda r: r.old & taken)
    TransitionSystem("s", (v,), (Action("acts", first),))


# -- where formulas go ---------------------------------------------------------------------------------------------------------


def test_a_formula_that_comes_back_from_elsewhere_is_the_same() -> None:
    """Catches a formula that was pickled, or copied, and is another one then."""
    for seed in range(WRITTEN):
        e = written(seed)
        assert pickle.loads(pickle.dumps(e)) is e  # noqa: S301  # what was just made
    e = BAG.exists(lambda r: (r.seq == x) & OTHER.exists(lambda s: s.n == r.n))
    assert copy.deepcopy(e) is copy.copy(e) is e


def test_threads_write_one_formula() -> None:
    def many(_: int) -> list[Expr]:
        return [n == 1] + [conj(a, BAG.has(n, x + i, a)) for i in range(200)]

    with ThreadPoolExecutor(4) as threads:
        first, *others = threads.map(many, range(8))
    assert all(one is other for found in others for one, other in zip(first, found, strict=True))


def test_a_formula_that_nobody_has_any_more_is_forgotten() -> None:
    """Catches a table, or a memo, that keeps what was written."""

    def work() -> None:
        for seed in range(1000, 1000 + WRITTEN):
            e = written(seed)
            substitute(e, {"n": n + 1, "bag": BAG.add(n, x, a)})

    def there() -> tuple[int, ...]:
        gc.collect()
        return len(expr._WRITTEN), len(expr._OPENED)  # noqa: SLF001  # what nobody else can see

    work()
    before = there()
    work()
    assert there() == before
    kept = [written(seed) for seed in range(1000, 1000 + WRITTEN)]
    assert there() > before
    del kept
    assert there() == before


# -- what is not compared by identity ------------------------------------------------------------------------------------------


def test_what_python_would_look_up_is_refused() -> None:
    """Catches ``state in {"LISTEN"}``, which would be False and no formula."""
    tcp = variable("tcp", Enum("S", ("LISTEN", "CLOSED")))
    for mistake in (lambda: tcp in {"LISTEN", "CLOSED"}, lambda: {"LISTEN": 1}.get(tcp), lambda: {tcp}):  # type: ignore[call-overload]
        with pytest.raises(NotationError, match=r"cannot be in a set or be a key.*\(x == a\) \| \(x == b\)"):
            mistake()
