"""Toy systems with known answers, one for each feature of the notation.

Each is so small that its answer can be worked out by hand; the comment above it does so. The numbers are not what some engine
once printed. ``states``, ``transitions`` and ``depth`` are those of the whole space, ``stop`` is the length of a shortest
run whose last step the check looks for (None: there is no such run), ``triggered`` whether some step meets its trigger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from model.cases import first
from model.expr import FALSE, TRUE, Expr, conj, disj, exists_in, forall_in, ite, lift, literal
from model.family import family
from model.network import connect, keeping_everything
from model.sorts import BOOL, DISTANCE, MODULUS, SEQ, Enum, Nat, Relation, Sort, Value
from model.system import Action, Network, TransitionSystem, Variable, choose, draw
from properties.observe import Check, Monitored, Seen, Step, monitor


@dataclass(frozen=True)
class Toy:
    """A system, its network written out, with one check called "goal", and the answers."""

    name: str
    monitored: Monitored
    states: int
    transitions: int
    depth: int
    stop: int | None
    triggered: bool = False

    @property
    def check(self) -> Check:
        """The one check."""
        (check,) = self.monitored.checks
        return check


def watch(
    name: str,
    variables: tuple[Variable, ...],
    actions: tuple[Action, ...],
    stop: Mapping[str, Expr],
    trigger: Mapping[str, Expr] | None = None,
) -> Monitored:
    """Return a system without a network, and one check of it."""
    return Monitored(TransitionSystem(name, variables, actions), (Check("goal", stop, trigger or {}),))


def start(name: str, sort: Sort, initial: Value) -> tuple[Variable, Expr]:
    """Return a variable and the formula that reads it."""
    v = Variable(name, sort, initial)
    return v, v.value


NUMBER = Nat(2)
"""Three values: small enough for sets of them to be counted by hand."""
NUMBERS = Relation((("n", NUMBER),))
LETTER = Enum("Letter", ("A", "B", "C"))
NONE: frozenset[tuple[Value, ...]] = frozenset()


def truth_values() -> Toy:
    """Bool and its operators, with updates that read each other."""
    # Two lamps in the order of the Gray code: off off, on off, on on, off on, and round again. Each state has one step, so
    # there are 4 states and 4 transitions, and the last state is 3 away. Only there "second implies first" is false, so the step
    # from it is the fourth.
    (a, first_lamp), (b, second_lamp) = start("first", BOOL, False), start("second", BOOL, False)
    actions = (
        Action("turns_first", guard=first_lamp == second_lamp, updates={"first": ~first_lamp}),
        Action("turns_second", guard=first_lamp != second_lamp, updates={"second": ~second_lamp}),
    )
    goal = ~(second_lamp >> first_lamp)
    stop = {"turns_first": goal, "turns_second": goal & TRUE | FALSE}
    return Toy("truth_values", watch("lamps", (a, b), actions, stop, {"turns_first": first_lamp & second_lamp}), 4, 4, 3, 4, True)


def all_at_once() -> Toy:
    """Updates of one step, all of which read the state before it."""
    # (1, 2) becomes (2, 1) becomes (1, 2): 2 states, 2 transitions. Were the updates made one after the other, both would be 2.
    (a, left), (b, right) = start("left", NUMBER, 1), start("right", NUMBER, 2)
    swaps = Action("swaps", updates={"left": right, "right": left})
    return Toy("all_at_once", watch("pair", (a, b), (swaps,), {"swaps": left == right}), 2, 2, 1, None)


def names() -> Toy:
    """Enum, if-then-else on it, and "for all" and "exists" over its members."""
    # Red, green, amber, red, ..., and out of each of the three to "off", for good: 4 states, 3 + 3 transitions. Amber is 2 away
    # and the others at most 1. The third step is the one from amber.
    colour = Enum("Colour", ("red", "green", "amber", "off"))
    v, light = start("light", colour, "red")
    turned = ite(light == "red", lift("green", colour), ite(light == "green", lift("amber", colour), "red"))
    actions = (
        Action("turns", guard=light != "off", updates={"light": turned}), Action("breaks", guard=exists_in(colour, lambda c:
        (light == c) & (c != "off")), updates={"light": lift("off", colour)}),
    )
    stop = {"turns": forall_in(colour, lambda c: (light == c) >> (c == "amber"))}
    return Toy("names", watch("traffic light", (v,), actions, stop, {"breaks": light == "off"}), 4, 6, 2, 3)


def wrapping() -> Toy:
    """Sequence numbers that wrap at 2**32, forwards and backwards."""
    # 2**32-2, 2**32-1, 0, 1, then back by 3 to where it began: 4 states in a circle, so 4 transitions, the last state 3 away. The
    # step from 0 is the third.
    v, x = start("x", SEQ, MODULUS - 2)
    actions = (
        Action("advances", guard=x != 1, updates={"x": x + 1}),
        Action("returns", guard=x == 1, updates={"x": x - 3}),
    )
    return Toy("wrapping", watch("odometer", (v,), actions, {"advances": x == 0}), 4, 4, 3, 3)


def windows() -> Toy:
    """Distances compared and windows tested, across the wrap."""
    # x walks over the 8 points -4, -3, ..., 3 in 7 steps. Without moving it can: be in the window of 4 that begins at -2 (4 points:
    # -2, -1, 0, 1); lie less than 2 ahead of -2 (2 points: -2, -1); lie 4 or more ahead of it (4 points: 2, 3, and, nearly
    # once round, -4, -3); be after -2 (5 points: -1 to 3). 7 + 4 + 2 + 4 + 5 = 22. After -2 but outside the window are 2 and 3;
    # 2 is reached by 6 steps, so the seventh can be the one looked for.
    v, x = start("x", SEQ, MODULUS - 4)
    left = literal(MODULUS - 2, SEQ)
    actions = (
        Action("walks", guard=x != 3, updates={"x": x + 1}),
        Action("is_inside", guard=x.in_window(left, 4)),
        Action("is_near", guard=(x - left) < 2),
        Action("is_far", guard=(x - left) >= 4),
        Action("is_later", guard=x.is_after(left)),
    )
    stop = {"is_later": ~x.in_window(left, 4)}
    return Toy("windows", watch("walk", (v,), actions, stop), 8, 22, 7, 7)


def later() -> Toy:
    """The order of RFC 9293 §3.4, which goes round in a circle: half of it is after a point, the other half before."""
    # With h = 2**31, "p is after x" means that p is 1 to h-1 ahead. Of the points 1, h-1, h, h+1, -1, after 0 are 1 and h-1; after 1
    # are h-1 and h; after h-1 are h and h+1 (and not -1, which is h ahead); after h are h+1 and -1 (h-1 ahead); after h+1 is -1; after
    # -1 is 1 (and not h-1, which is h ahead). That is 2+2+2+2+1+1 = 10 transitions among 6 states; -1 is 3 away, by h-1 and h.
    # Coming back to 1 takes one step more.
    half = MODULUS // 2
    points = (1, half - 1, half, half + 1, MODULUS - 1)
    v, x = start("x", SEQ, 0)
    p = choose("p", SEQ, among=points)
    moves = Action(
        "moves", guard=p.value.is_after(x) & disj(*(p.value == q for q in points)), updates={"x": p.value}, parameters=(p,)
    )
    stop = {"moves": (p.value == 1) & (x != 0)}
    return Toy("later", watch("circle", (v,), (moves,), stop, {"moves": x.is_after(p.value)}), 6, 10, 3, 4)


def distances() -> Toy:
    """A distance kept in a variable, taken across the wrap, and added to a point."""
    # x = -5, y = 5, d = 0. Measuring sets d to y - x = 10; moving adds d to x while x is not y. From (-5, 0): measuring leads to
    # (-5, 10), moving changes nothing. From (-5, 10): measuring changes nothing, moving leads to (5, 10). There only measuring is
    # possible: (5, 0). There too, and it changes nothing. 4 states in a row, 2 + 2 + 1 + 1 transitions, depth 3. The
    # third step measures x = y at a distance that is still 10.
    (a, x), (b, y), (c, d) = start("x", SEQ, MODULUS - 5), start("y", SEQ, 5), start("d", DISTANCE, 0)
    actions = (
        Action("measures", updates={"d": y - x}),
        Action("moves", guard=x != y, updates={"x": x + d}),
    )
    stop = {"measures": (x == y) & (d == 10) & (d > 9) & (d <= 10)}
    return Toy("distances", watch("ruler", (a, b, c), actions, stop, {"measures": d > 10}), 4, 6, 3, 3)


def counters() -> Toy:
    """Counters that stop at both ends, of a sort whose size is no power of two."""
    # In 0..4, up by 3: 0, 3, 4; down by 3 from 4: 1. From 0: up 3, down 0; from 3: up 4, down 0; from 4: up 4, down 1; from 1: up 4,
    # down 0; so 0, 3, 4, 1 are the states (2 is not reached), with two steps each, and 9 up and 9 down from 1 only, to 4 and to 0: 10.
    # 1 is 3 away, and going up from it is a fourth step.
    v, n = start("n", Nat(4), 0)
    actions = (
        Action("rises", updates={"n": n + 3}),
        Action("falls", updates={"n": n - 3}),
        Action("overflows", guard=n == 1, updates={"n": n + 9}),
        Action("empties", guard=(n < 2) & (n > 0), updates={"n": n - 9}),
    )
    return Toy("counters", watch("counter", (v,), actions, {"rises": n == 1}, {"falls": n == 2}), 4, 10, 3, 4)


def counted_shift() -> Toy:
    """A counter added to a sequence number, and counters compared."""
    # n counts 0, 1, 2 and stays; x grows by n as n does: (0, 0), (0, 1), (1, 2), (3, 2), and then the guard n + 1 > n or x < 3 ends it.
    # x is -1 to begin with: -1, -1, 0, 2. 4 states, 3 transitions, depth 3; the third step starts with n = 2.
    (a, n), (b, x) = start("n", NUMBER, 0), start("x", SEQ, MODULUS - 1)
    grows = Action("grows", guard=(n + 1 > n) | (x != 2), updates={"n": n + 1, "x": x + n})
    return Toy("counted_shift", watch("triangle", (a, b), (grows,), {"grows": n >= 2}), 4, 3, 3, 3)


def members() -> Toy:
    """Relation: has, add, remove; a parameter that ranges over a counter."""
    # Any of the 2**3 sets of numbers 0 to 2, and from each one step for each number: 24. All three are 3 away. Taking 0 from
    # the full set is the fourth step.
    v, numbers = start("numbers", NUMBERS, NONE)
    n = choose("n", NUMBER)
    actions = (
        Action("adds", guard=~numbers.has(n.value), updates={"numbers": numbers.add(n.value)}, parameters=(n,)),
        Action("removes", guard=numbers.has(n.value), updates={"numbers": numbers.remove(n.value)}, parameters=(n,)),
    )
    stop = {"removes": conj(n.value == 0, *(numbers.has(k) for k in (0, 1, 2)))}
    return Toy("members", watch("set", (v,), actions, stop, {"removes": ~numbers.has(n.value)}), 8, 24, 3, 4)


def quantifiers() -> Toy:
    """Exists and forall over a relation, one in the other."""
    # Of the edges 01, 12 and 02 any can be there: 8 sets, each with 3 steps that add an edge (24, those that change nothing
    # included). "Transitive" is false only of {01, 12}: 7 more. "Some edge continues another" is true where 01 and 12 are: 2 more. The
    # full set is 3 away and is the only one of which both are true, so the fourth step finds it.
    v, edges = start("edges", Relation((("a", NUMBER), ("b", NUMBER))), NONE)
    a, b = choose("a", NUMBER), choose("b", NUMBER)
    transitive = edges.forall(lambda x: edges.forall(lambda y: (x.b == y.a) >> edges.has(x.a, y.b)))
    continued = edges.exists(lambda x: edges.exists(lambda y: x.b == y.a))
    actions = (
        Action("adds", guard=a.value < b.value, updates={"edges": edges.add(a.value, b.value)}, parameters=(a, b)),
        Action("is_transitive", guard=transitive),
        Action("is_continued", guard=continued),
    )
    trigger = {"is_continued": edges.exists(lambda x: x.a > x.b)}
    return Toy("quantifiers", watch("graph", (v,), actions, {"is_transitive": continued}, trigger), 8, 33, 3, 4)


def columns() -> Toy:
    """Columns of every sort, rows there from the beginning, and two relations of one sort."""
    # Two rows are moved one by one, by their number, from one relation to the other and back: 4 states, 2 transitions each, depth 2.
    # The third step moves the first row when both have been moved.
    row = Relation((("flag", BOOL), ("letter", LETTER), ("seq", SEQ), ("ahead", DISTANCE), ("n", NUMBER)))
    one, two = (True, "C", MODULUS - 1, MODULUS - 1, 2), (False, "A", 0, 0, 0)
    (a, here), (b, there) = start("here", row, frozenset({one, two})), start("there", row, NONE)
    x = draw("x", here)
    y = draw("y", there)
    actions = (
        Action("moves", updates={"here": here.remove(*x.row), "there": there.add(*x.row)}, parameters=(x,)),
        Action("returns", updates={"there": there.remove(*y.row), "here": here.add(*y.row)}, parameters=(y,)),
    )
    full = there.has(*one) & there.has(*two) & ~here.exists(lambda r: ~r.flag | r.flag)
    stop = {"returns": full & y.row.flag & (y.row.letter == "C") & (y.row.seq + 2 == 1) & (y.row.ahead > 5) & (y.row.n > 1)}
    return Toy("columns", watch("two tables", (a, b), actions, stop), 4, 8, 2, 3)


def chosen_relation() -> Toy:
    """If-then-else on relations: as an update, in has, and under a quantifier."""
    # Each step toggles one number: 8 sets, 3 steps each, the full set 3 away. "The set if it has 0, else the other one (which is
    # {2} for good) has 2" is true of {} and of all sets but {0} and {0, 1}: 6 more steps that change nothing. The goal is to toggle 1 when
    # that choice is {0, 2}: "some row is 0 and none is 1" is true of {0} and {0, 2}; with 2 in it, 2 steps lead there, a third toggles.
    (a, numbers), (b, other) = start("numbers", NUMBERS, NONE), start("other", NUMBERS, frozenset({(2,)}))
    n = choose("n", NUMBER)
    toggled = ite(numbers.has(n.value), numbers.remove(n.value), numbers.add(n.value))
    chosen = ite(numbers.has(0), numbers, other)
    actions = (
        Action("toggles", updates={"numbers": toggled}, parameters=(n,)),
        Action("has_two", guard=chosen.has(2)),
    )
    stop = {"toggles": (n.value == 1) & chosen.has(2) & chosen.exists(lambda r: r.n == 0) & chosen.forall(lambda r: r.n != 1)}
    return Toy("chosen_relation", watch("toggles", (a, b), actions, stop), 8, 30, 3, 3)


def copied_relation() -> Toy:
    """A relation that becomes another one, or a constant, or one of two."""
    # The original loses 0 or 1, for good; the copy is what the original was at some time, or {}. Originals and their copies:
    # {0,1}: {}, {0,1}; {0}: {}, {0}, {0,1}; {1}: {}, {1}, {0,1}; {}: {}, {0}, {1}, {0,1}. 12 states. From each, copying, clearing
    # and two losses (which may change nothing) are possible: 48. Two losses with a copy before or between them make depth 3. The goal
    # needs both lost and the copy {0}: lose 1, copy, lose 0, and the fourth step.
    begins = frozenset[tuple[Value, ...]]({(0,), (1,)})
    (a, original), (b, copy) = start("original", NUMBERS, begins), start("copy", NUMBERS, NONE)
    n = choose("n", Nat(1))
    gone = ite(n.value == 0, lift(0, NUMBER), lift(1, NUMBER))
    actions = (
        Action("copies", updates={"copy": original}),
        Action("clears", updates={"copy": literal(NONE, NUMBERS)}),
        Action("loses", updates={"original": original.remove(gone)}, parameters=(n,)),
    )
    stop = {"clears": original.forall(lambda _: FALSE) & copy.has(0) & ~copy.has(1)}
    return Toy("copied_relation", watch("backup", (a, b), actions, stop), 12, 48, 3, 4)


def replaced_relation() -> Toy:
    """A relation that under a condition becomes another one with rows added, whose own rows come first."""
    # {0} and {1}: exchanging, where the first has 0, gives the first the rows of the second and 2: {1, 2}; else it removes all but 2,
    # which is {2} (a constant). {0}, {1, 2}, {2}, and then {2} again. 3 states, 3 transitions, depth 2. The third step is the one
    # from {2}.
    (a, one), (b, two) = start("one", NUMBERS, frozenset({(0,)})), start("two", NUMBERS, frozenset({(1,)}))
    new = ite(one.has(0), two.add(2), literal(frozenset({(2,)}), NUMBERS))
    exchanges = Action("exchanges", updates={"one": new})
    stop = {"exchanges": one.has(2) & ~one.has(1) & ~one.has(0)}
    return Toy("replaced_relation", watch("exchange", (a, b), (exchanges,), stop), 3, 3, 2, 3)


def indexed() -> Toy:
    """Families, read and written at a constant, a variable and a parameter."""
    # A visitor at A toggles A's mark and goes on to B, toggles there, and so on round A, B, C: after 6 steps all is as before. 6 states,
    # 6 transitions, depth 5. In all six the number of marks set is 0, 1, 2, 3, 2, 1, so a look at each marked place adds 9. The fourth step is
    # the first that finds a mark where it is.
    mark = family("mark", LETTER, BOOL)
    place, at = start("at", LETTER, "A")
    marks = tuple(Variable(str(m.data), BOOL, False) for m in mark.members.values())
    where = choose("where", LETTER)
    onward = ite(at == "A", lift("B", LETTER), ite(at == "B", lift("C", LETTER), "A"))
    actions = (
        Action("visits", updates={**mark.set(at, ~mark[at]), "at": onward}),
        Action("looks", guard=mark[where.value], parameters=(where,), updates=mark.set(where.value, TRUE)),
    )
    return Toy(
        "indexed", watch("round", (place, *marks), actions, {"visits": mark[at] & mark["C"]}, {"visits": ~mark["A"] & mark["C"]}),
        6, 15, 5, 4, True,
    )  # fmt: skip


def chosen_values() -> Toy:
    """Parameters over whole finite sorts, three in one action."""
    # (flag, n, letter) becomes any triple in which A goes with 0 only: 2 + 2*2*3 = 14, from each of the 14: 196, all 1 away. A step
    # from (true, 2, C) to an A is a second step.
    (a, flag), (b, n), (c, letter) = start("flag", BOOL, False), start("n", NUMBER, 0), start("letter", LETTER, "A")
    f, k, e = choose("f", BOOL), choose("k", NUMBER), choose("e", LETTER)
    sets = Action(
        "sets",
        guard=(e.value == "A") >> (k.value == 0),
        updates={"flag": f.value, "n": k.value, "letter": e.value},
        parameters=(f, k, e),
    )
    stop = {"sets": flag & (n == 2) & (letter == "C") & (e.value == "A")}
    trigger = {"sets": (letter == "A") & (n > 0)}
    return Toy("chosen_values", watch("dial", (a, b, c), (sets,), stop, trigger), 14, 196, 1, 2)


def candidates() -> Toy:
    """A parameter whose candidates are formulas, some of which have the same value."""
    # x may become x (nothing changes), y = 0, or x + 10 while that is at most 30 ahead of -10. From -10: -10, and 0, which is both y and
    # x + 10 but one step; from 0: 0, 10; from 10: 10, 0, 20; from 20: 20, 0 (30 is 40 ahead). 4 states, 2 + 2 + 3 + 2 transitions,
    # depth 3. From 20 to y is a fourth step.
    start_at = MODULUS - 10
    (a, x), (b, y) = start("x", SEQ, start_at), start("y", SEQ, 0)
    p = choose("p", SEQ, among=(x, y, x + 10))
    near = p.value.in_window(literal(start_at, SEQ), 31)
    one_of = (p.value == x) | (p.value == y) | (p.value == x + 10)
    takes = Action("takes", guard=near & one_of, updates={"x": p.value}, parameters=(p,))
    stop = {"takes": (x == 20) & (p.value == y)}
    return Toy("candidates", watch("jumps", (a, b), (takes,), stop, {"takes": x == 30}), 4, 9, 3, 4)


LABELLED = Relation((("letter", LETTER), ("n", NUMBER)))


def drawn_rows() -> Toy:
    """A row drawn from a relation that nothing else reads."""
    # Three rows are taken in any order, and their numbers 1, 2 and 0 added up. What is left determines the sum: 8 states; each row left
    # can be taken: 12 transitions; depth 3. Taking C at a sum of 3 comes third; taking it at 0 comes first.
    begins = frozenset[tuple[Value, ...]]({("A", 1), ("B", 2), ("C", 0)})
    (a, bag), (b, total) = start("bag", LABELLED, begins), start("total", SEQ, 0)
    row = draw("row", bag)
    takes = Action(
        "takes", updates={"bag": bag.remove(*row.row), "total": total + row.row.n}, parameters=(row,)
    )
    stop = {"takes": (row.row.letter == "C") & (total == 3)}
    trigger = {"takes": (row.row.letter == "B") & (total == 1)}
    return Toy("drawn_rows", watch("bag", (a, b), (takes,), stop, trigger), 8, 12, 3, 3, True)


def drawn_twice() -> Toy:
    """Two rows drawn in one action, one from a relation and one from a formula that has a relation as its value."""
    # {A0, B1, C2}: two rows with the first's number below the second's: the first is removed, but C2 never is as a first. The second
    # is drawn from the relation without C2. So {A0, B1, C2} -> (A, B): {B1, C2}, and there no pair is left. And a row alone may be drawn
    # from what is left of B if there is an A, else from all: from {A0, B1, C2}: A, C; from {B1, C2}: B, C; it changes nothing. 2 states,
    # 1 + 2 + 2 transitions, depth 1. Drawing B alone comes second.
    begins = frozenset[tuple[Value, ...]]({("A", 0), ("B", 1), ("C", 2)})
    v, bag = start("bag", LABELLED, begins)
    one, two = draw("one", bag), draw("two", bag.remove("C", 2))
    alone = draw("alone", ite(bag.has("A", 0), bag.remove("B", 1), bag))
    actions = (
        Action(
            "pairs", guard=one.row.n < two.row.n, updates={"bag": bag.remove(*one.row)}, parameters=(one, two)
        ),
        Action("draws", parameters=(alone,)),
    )
    return Toy("drawn_twice", watch("pairs", (v,), actions, {"draws": alone.row.letter == "B"}), 2, 5, 1, 2)


def mixed_parameters() -> Toy:
    """A row drawn from the pool between two parameters of finite sorts, with conditions on each and on all of them."""
    # {A0, B1, C2} is a pool of rows that are replaced. Of (flag, row, n) only those with n = row.n and flag = (the row is A) may be
    # chosen: one step for each row. A0 becomes A1, A1 becomes A2, and A2 stays (adding stops at the end), B and C likewise. A has
    # 3 values, B 2 and C 1: 6 states, 3 steps each: 18. Depth 2 + 1. The goal, B2 when A is done twice, that is "steps"
    # counted by a counter, is not needed: choosing B2 needs B raised first, so 2 steps.
    begins = frozenset[tuple[Value, ...]]({("A", 0), ("B", 1), ("C", 2)})
    v, bag = start("bag", LABELLED, begins)
    w, last = start("last", BOOL, False)
    flag, row, n = choose("flag", BOOL), draw("row", bag), choose("n", NUMBER)
    raises = Action(
        "raises",
        guard=(row.row.n == n.value) & (flag.value == (row.row.letter == "A")),
        updates={"bag": bag.remove(*row.row).add(row.row.letter, n.value + 1), "last": FALSE},
        parameters=(flag, row, n),
    )
    stop = {"raises": (row.row.letter == "B") & (n.value == 2) & ~flag.value & ~last}
    return Toy("mixed_parameters", watch("levels", (v, w), (raises,), stop), 6, 18, 3, 2)


def ordered_cases() -> Toy:
    """Ordered cases, of which later ones overlap earlier ones."""
    # Each number 0, 1, 2 takes exactly one of the cases, so 3 transitions from each of the 4 states (none, A, B, C), all within 1. Were the
    # cases not disjoint there would be 6. Taking B after C comes second; taking A with 1 never.
    outcome = Enum("Outcome", ("none", "A", "B", "C"))
    v, last = start("last", outcome, "none")
    n = choose("n", NUMBER)
    cases = first(n.value < 1, "A").otherwise(n.value < 2, "B").otherwise(True, "C").otherwise(n.value == 2, "none")
    actions = tuple(
        Action(f"takes_{i}_{name}", guard=when, updates={"last": lift(name, outcome)}, parameters=(n,))
        for i, (when, name) in enumerate(cases.disjoint())
    )
    return Toy(
        "ordered_cases", watch("sieve", (v,), actions, {"takes_1_B": last == "C"}, {"takes_0_A": n.value == 1}), 4, 12, 1, 2
    )


def observed() -> Toy:
    """An observer that a claim brings along, read after the step that sets it."""
    # The system has 2 states and 2 steps from each (stay or turn). The observer remembers two turns: with it there are (off, 0),
    # (on, 1), (off, 2), (on, 2): 4 states, 8 transitions, depth 3. The goal is a turn after which 2 turns are remembered and it is off: the second.
    v, on = start("on", BOOL, False)
    actions = (Action("turns", updates={"on": ~on}), Action("stays"))

    def watched(step: Step) -> Seen:
        if step.action.name != "turns":
            return Seen(trigger=step["turns"] == 2)
        step.set("turns", step["turns"] + 1)
        return Seen(stop=step.after((step["turns"] == 2) & ~on))

    system, check = monitor(TransitionSystem("switch", (v,), actions), "goal", (Variable("turns", NUMBER, 0),), watched)
    return Toy("observed", Monitored(system, (check,)), 4, 8, 3, 2, True)


WIRE = Relation((("n", NUMBER),))
RECEIPTS = Nat(3)


def wire(*, loss: bool, duplication: bool) -> Monitored:
    """Return a sender that sends segments 0 and 1 in one step, and a receiver that counts receipts, up to 3.

    The goal is to receive when two receipts are counted already.
    """
    (a, sent), (b, got), (c, segments) = start("sent", BOOL, False), start("got", RECEIPTS, 0), start("wire", WIRE, NONE)
    s = draw("s", segments)
    actions = (
        Action("sends", guard=~sent, updates={"sent": TRUE}, sends=((lift(0, NUMBER),), (lift(1, NUMBER),))),
        Action("receives", updates={"got": got + 1}, parameters=(s,), receives="s"),
    )
    system = TransitionSystem("wire", (a, b, c), actions, network=Network("wire", loss, duplication))
    return Monitored(system, (Check("goal", {"receives": got == 2}, {"receives": (got == 1) & (s.row.n == 0)}),))


def connected(monitored: Monitored, written_out: Callable[[TransitionSystem], TransitionSystem] = connect) -> Monitored:
    """Return the same with the network written out as guards and updates."""
    return replace(monitored, system=written_out(monitored.system))


def harsh_network() -> Toy:
    """Loss and duplication, and two segments sent in one step."""
    # After sending: g receipts counted (0 to 3) and any subset W of {0, 1} in flight, since receiving may keep or remove, and losing only
    # removes: 4 * 4 + 1 = 17 states. From each, receiving (kept or not) and losing each segment of W: 3|W|; the four W have 4
    # segments between them, so 4 * 3 * 4 = 48, and sending: 49. (3, {}) needs sending and 3 receipts. The third receipt is
    # the fourth step.
    return Toy("harsh_network", connected(wire(loss=True, duplication=True)), 17, 49, 4, 4, True)


def network_without_loss() -> Toy:
    """Duplication only."""
    # W shrinks by receipts only: with g = 0, W = {0, 1}; with 1, at least one is left: 3; with 2 and with 3, any: 4 each. 12 + 1 states.
    # Transitions 2|W|: 4, 8, 8, 8, and sending: 29. The fourth step is the third receipt; (3, {}) is 4 away.
    return Toy("network_without_loss", connected(wire(loss=False, duplication=True)), 13, 29, 4, 4, True)


def network_without_duplication() -> Toy:
    """Loss only."""
    # g + |W| is at most 2: g = 0 with 4 W, 1 with 3, 2 with 1: 8 + 1 states. Transitions 2|W|: 8 + 4 + 0, and sending: 13. A third
    # receipt is impossible; all is over after 3 steps.
    return Toy("network_without_duplication", connected(wire(loss=True, duplication=False)), 9, 13, 3, None, True)


def kind_network() -> Toy:
    """Neither loss nor duplication."""
    # g = 2 - |W|: 4 + 1 states; transitions |W|: 4, and sending: 5; over after 3 steps.
    return Toy("kind_network", connected(wire(loss=False, duplication=False)), 5, 5, 3, None, True)


def network_keeping_everything() -> Toy:
    """The network that never lets go of a segment."""
    # g = 0 to 3 with both in flight, and the beginning: 5 states; two receipts from each of four, and sending: 9. As
    # in the harsh network the fourth step is the third receipt.
    kept = connected(wire(loss=True, duplication=True), keeping_everything)
    return Toy("network_keeping_everything", kept, 5, 9, 4, 4, True)


def echo() -> Toy:
    """A receiver that answers, in a network that keeps everything: a step receives one segment and sends two."""
    # The numbers wander up: receiving n sends n + 1 and n + 2 (stopping at 9), and remembers n if it is larger than what is remembered. In
    # flight, from {0}: a set closed under nothing but growing. Only 0, then 0-2, then ... let m be the largest in flight: receiving k
    # adds k + 1 and k + 2. Sets are {0}, {0,1,2}, then adding 3 (by 1) or 3, 4 (by 2), ...: with the limit 3 they are {0},
    # {0,1,2}, {0,1,2,3}: 2 and 1 both add 3, since adding stops at 3. Remembered r: with {0}: 0; with {0,1,2}: 0 (receiving 1
    # adds 3); with {0,...,3}: 1, 2 or 3. Receiving is possible for each segment in flight: 1 + 3 + 3 * 4 = 16 transitions among 5 states.
    # r = 3 needs 0, then 1 or 2, then 3: depth 3, and the fourth step is the first with r = 3.
    number = Nat(3)
    (a, largest), (b, segments) = start("largest", number, 0), start("wire", Relation((("n", number),)), frozenset({(0,)}))
    s = draw("s", segments)
    n = s.row.n
    answers = Action(
        "answers",
        updates={"largest": ite(largest < n, n, largest)},
        parameters=(s,),
        receives="s",
        sends=((n + 1,), (n + 2,)),
    )
    system = TransitionSystem("echo", (a, b), (answers,), network=Network("wire"))
    check = Check("goal", {"answers": largest == 3})
    return Toy("echo", connected(Monitored(system, (check,)), keeping_everything), 5, 16, 3, 4)


TOYS = tuple(
    make()
    for make in (
        truth_values, all_at_once, names, wrapping, windows, later, distances, counters, counted_shift, members,
        quantifiers, columns, chosen_relation, copied_relation, replaced_relation, indexed, chosen_values, candidates,
        drawn_rows, drawn_twice, mixed_parameters, ordered_cases, observed, harsh_network, network_without_loss,
        network_without_duplication, kind_network, network_keeping_everything, echo,
    )
)  # fmt: skip
