"""Toy systems with known answers, one for each feature of the notation.

Each is so small that its answer can be worked out by hand; the comment in it does so. The numbers are not what some engine
once printed. Those with a network are in ``toy_networks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.notation.cases import first
from model.notation.expr import FALSE, TRUE, Expr, conj, disj, exists_in, forall_in, ite, lift, literal
from model.notation.family import family
from model.notation.queue import queue
from model.notation.sorts import BOOL, DISTANCE, MODULUS, SEQ, Distance, Enum, Modulo, Nat, Relation, Seq, Sort, Token, Value
from model.notation.system import Action, TransitionSystem, Variable, choose, draw, one_of
from model.tcp.segment import ANY_CTL, DATA, Segment
from properties.observe import Check, Monitored, Seen
from properties.step import Step, monitor

NUMBER = Nat(2)
"""Three values: small enough for sets of them to be counted by hand."""
NUMBERS = Relation((("n", NUMBER),))
LETTER = Enum("Letter", ("A", "B", "C"))
LABELLED = Relation((("letter", LETTER), ("n", NUMBER)))

Rows = frozenset[tuple[Value, ...]]
NONE: Rows = frozenset()
"""No rows."""


@dataclass(frozen=True)
class Toy:
    """A system, its network written out, with one check called "goal", and the answers.

    ``states``, ``transitions`` and ``depth`` are those of the whole space. ``stop`` is the length of a shortest run whose last
    step the check looks for, None where there is no such run; ``triggered`` says whether some step meets its trigger.
    """

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


def start(name: str, sort: Sort, initial: Value) -> tuple[Variable, Expr]:
    """Return a variable and the formula that reads it."""
    v = Variable(name, sort, initial)
    return v, v.value


def watch(
    name: str,
    variables: tuple[Variable, ...],
    actions: tuple[Action, ...],
    stop: Mapping[str, Expr],
    trigger: Mapping[str, Expr] | None = None,
) -> Monitored:
    """Return a system without a network, and one check of it."""
    return Monitored(TransitionSystem(name, variables, actions), (Check("goal", stop, trigger or {}),))


# -- values ------------------------------------------------------------------------------------------------------------


def truth_values() -> Toy:
    """Bool and its operators."""
    # Two lamps in the order of the Gray code: off off, on off, on on, off on, and round again. Each state has one step: 4
    # states, 4 transitions, the last state 3 away. Only there "second implies first" is false, so the step from it is the
    # fourth.
    (a, one), (b, two) = start("one", BOOL, False), start("two", BOOL, False)
    actions = (
        Action("turns_one", guard=one == two, updates={"one": ~one}),
        Action("turns_two", guard=one != two, updates={"two": ~two}),
    )
    goal = ~(two >> one)
    stop = {"turns_one": goal, "turns_two": goal & TRUE | FALSE}
    return Toy("truth_values", watch("lamps", (a, b), actions, stop, {"turns_one": one & two}), 4, 4, 3, 4, triggered=True)


def updates_at_once() -> Toy:
    """Updates of one step, all of which read the state before it."""
    # (1, 2) becomes (2, 1) becomes (1, 2): 2 states, 2 transitions. Were one update made after the other, both would be 2.
    (a, left), (b, right) = start("left", NUMBER, 1), start("right", NUMBER, 2)
    swaps = Action("swaps", updates={"left": right, "right": left})
    return Toy("updates_at_once", watch("pair", (a, b), (swaps,), {"swaps": left == right}), 2, 2, 1, None)


def names() -> Toy:
    """Enum, if-then-else on it, and "for all" and "exists" over its members."""
    # Red, green, amber, red, and so on, and out of each of the three to "off", for good: 4 states, 3 + 3 transitions. Amber is
    # 2 away and the others at most 1. The third step is the one from amber.
    colour = Enum("Colour", ("red", "green", "amber", "off"))
    v, light = start("light", colour, "red")
    turned = ite(light == "red", lift("green", colour), ite(light == "green", lift("amber", colour), "red"))
    shining = exists_in(colour, lambda c: (light == c) & (c != "off"))
    actions = (
        Action("turns", guard=light != "off", updates={"light": turned}),
        Action("breaks", guard=shining, updates={"light": lift("off", colour)}),
    )
    stop = {"turns": forall_in(colour, lambda c: (light == c) >> (c == "amber"))}
    return Toy("names", watch("traffic light", (v,), actions, stop, {"breaks": light == "off"}), 4, 6, 2, 3)


def wrapping() -> Toy:
    """Sequence numbers that wrap at 2**32, forwards and backwards."""
    # 2**32-2, 2**32-1, 0, 1, then back by 3 to where it began: 4 states in a circle, so 4 transitions, the last state 3 away.
    # The step from 0 is the third.
    v, x = start("x", SEQ, MODULUS - 2)
    actions = (
        Action("advances", guard=x != 1, updates={"x": x + 1}),
        Action("returns", guard=x == 1, updates={"x": x - 3}),
    )
    return Toy("wrapping", watch("odometer", (v,), actions, {"advances": x == 0}), 4, 4, 3, 3)


def windows() -> Toy:
    """Distances compared and windows tested, across the wrap."""
    # x walks over the 8 points -4, -3, ..., 3 in 7 steps. Without moving it can: be in the window of 4 that begins at -2 (4
    # points: -2 to 1); lie less than 2 ahead of -2 (2 points: -2, -1); lie 4 or more ahead of it (4 points: 2, 3, and, nearly
    # once round, -4, -3); be after -2 (5 points: -1 to 3). 7 + 4 + 2 + 4 + 5 = 22. After -2 but outside the window are 2 and 3;
    # 6 steps lead to 2, so the seventh can be the one looked for.
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


def control_bits() -> Toy:
    """Every combination of control bits, asked for each bit, and SEG.LEN across the wrap."""
    # A segment at -2 with any of 2**4 combinations, with an octet or without, is taken once. Each of SYN, FIN and the octet
    # counts one, so that -2, -1, 0 and 1 are reached: 4 states, and 2 * 16 transitions from the first of them. To 1 leads what
    # has a SYN, a FIN and the octet.
    v, x = start("x", SEQ, MODULUS - 2)
    ctl, octet, who = choose("ctl", ANY_CTL), choose("octet", BOOL), lift("A", LETTER)
    segment = Segment(who, who, literal(MODULUS - 2, SEQ), literal(0, SEQ), ctl.value, ite(octet.value, lift(1, DATA), 0))
    takes = Action("takes", guard=x == MODULUS - 2, updates={"x": segment.end}, parameters=(ctl, octet))
    rare = conj(segment.syn, segment.fin, segment.rst, segment.has_ack, ~segment.has_data, segment.has_length)
    stop = {"takes": (segment.end == 1) & ~segment.rst & ~segment.has_ack}
    return Toy("control_bits", watch("bits", (v,), (takes,), stop, {"takes": rare}), 4, 32, 1, 1, triggered=True)


def later() -> Toy:
    """The order of RFC 9293 §3.4, which goes round in a circle: one half of it is after a point, the other before."""
    # With h = 2**31, "p is after x" means that p is 1 to h-1 ahead. Of the points 1, h-1, h, h+1, -1, after 0 are 1 and h-1;
    # after 1 are h-1 and h; after h-1 are h and h+1 (and not -1, which is h ahead); after h are h+1 and -1; after h+1 is -1;
    # after -1 is 1 (and not h-1, which is h ahead). 2+2+2+2+1+1 = 10 transitions among 6 states; -1 is 3 away, by h-1 and h.
    # Coming back to 1 takes one step more. It is never so that both of two points are after the other.
    half = MODULUS // 2
    points = (1, half - 1, half, half + 1, MODULUS - 1)
    v, x = start("x", SEQ, 0)
    p = choose("p", SEQ, among=points)
    one_of = disj(*(p.value == q for q in points))
    moves = Action("moves", guard=p.value.is_after(x) & one_of, updates={"x": p.value}, parameters=(p,))
    stop = {"moves": (p.value == 1) & (x != 0)}
    return Toy("later", watch("circle", (v,), (moves,), stop, {"moves": x.is_after(p.value)}), 6, 10, 3, 4)


def distances() -> Toy:
    """A distance kept in a variable, taken across the wrap, and added to a point."""
    # x = -5, y = 5, d = 0. Measuring sets d to y - x, that is 10; moving adds d to x while x is not y. From (-5, 0) measuring
    # leads to (-5, 10), moving changes nothing. From (-5, 10) measuring changes nothing, moving leads to (5, 10). There only
    # measuring is possible: to (5, 0), and there it changes nothing. 4 states in a row, 2 + 2 + 1 + 1 transitions, depth 3. The
    # third step measures x = y when d is still 10.
    (a, x), (b, y), (c, d) = start("x", SEQ, MODULUS - 5), start("y", SEQ, 5), start("d", DISTANCE, 0)
    actions = (
        Action("measures", updates={"d": y - x}),
        Action("moves", guard=x != y, updates={"x": x + d}),
    )
    stop = {"measures": (x == y) & (d == 10) & (d > 9) & (d <= 10)}
    return Toy("distances", watch("ruler", (a, b, c), actions, stop, {"measures": d > 10}), 4, 6, 3, 3)


def counters() -> Toy:
    """Counters that stop at both ends, of a sort whose size is no power of two."""
    # In 0 to 4, up or down by 3, stopping at the ends: 0 goes to 3 and 0, 3 to 4 and 0, 4 to 4 and 1, 1 to 4 and 0. So 0, 3, 4,
    # 1 are the states, with two steps each, and from 1 also up and down by 9, to 4 and to 0: 10. 1 is 3 away, and going up from
    # it is a fourth step. 2 is never reached.
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
    # x grows by n, and n by 1 as long as it can: (n, x) is (0, -1), (1, -1), (2, 0), (2, 2), and there x = 2 ends it, since n +
    # 1 is no longer more than n. 4 states, 3 transitions, depth 3. The third step is the first with n = 2.
    (a, n), (b, x) = start("n", NUMBER, 0), start("x", SEQ, MODULUS - 1)
    grows = Action("grows", guard=(n + 1 > n) | (x != 2), updates={"n": n + 1, "x": x + n})
    return Toy("counted_shift", watch("triangle", (a, b), (grows,), {"grows": n >= 2}), 4, 3, 3, 3)


def narrow_numbers() -> Toy:
    """Sequence numbers and distances of other widths, which go round sooner."""
    # The bit x flips, and y, of 3 bits, goes on by 3: by adding 3 where x is 0, and by taking 5 where it is 1. From 6 it comes
    # to 1, 4, 7, 2, 5, 0, 3 and 6 again, when x is 0 again: 8 states in a circle, 8 transitions, depth 7. Without moving: y is
    # less than 3 ahead of 6 (6, 7, 0), and y is after 6 (7, 0, 1, not 2, which is 4 ahead): 6 more. y is 0 after 6 steps, x
    # being 0 then; so the seventh step can see that, and never that x is 1.
    (a, x), (b, y), (c, d) = start("x", Seq(1), 0), start("y", Seq(3), 6), start("d", Distance(3), 3)
    (e, n), six = start("n", Nat(3), 3), literal(6, Seq(3))
    actions = (
        Action("turns", updates={"x": x + 1, "y": ite(x == 0, ite(y == 1, y + d, y + n), y - 5)}),
        Action("is_near", guard=(y - six) < d),
        Action("is_later", guard=y.is_after(six)),
    )
    stop = {"is_near": (y == 0) & (x == 0) & (y - six == 2)}
    trigger = {"is_later": (y == 0) & (x == 1)}
    return Toy("narrow_numbers", watch("dials", (a, b, c, e), actions, stop, trigger), 8, 14, 7, 7)


def going_round() -> Toy:
    """Counters that go round at a size that is no power of two, forwards and backwards, and their distances."""
    # The hand goes round 0 to 5 by 4 forwards: 0, 4, 2, 0; and by 5 backwards, which is 1 forwards: so all of 0 to 5 are
    # reached. Steps from each: two, and one where it is 1 to 2 ahead of 4 (5, 0): 14. From 0: 4 and 1 in one step; 2 and 5 in
    # two (4 + 4, 4 + 1); 3 (2 + 1) in three: 6 states, depth 3. At 3 the hand is 5 ahead of 4, and the fourth step sees it.
    # After 4 in the sense of less than half round are 5 and 0, as the window says.
    v, hand = start("hand", Modulo(6), 0)
    four = literal(4, Modulo(6))
    near = (hand - four).to(Nat(2))
    actions = (
        Action("advances", updates={"hand": hand + 4}),
        Action("returns", updates={"hand": hand - 5}),
        Action("is_near", guard=hand.is_after(four) & hand.in_window(four + 1, 2)),
    )
    stop = {"advances": (near == 2) & (hand - four >= 5)}
    return Toy("going_round", watch("clock", (v,), actions, stop, {"returns": hand.is_after(four) & (near == 0)}), 6, 14, 3, 4)


def converted() -> Toy:
    """Numbers of one sort as those of another: a counter stops at its limit, what goes round goes round."""
    # n counts 0 to 9 and stops. Its remainder by 4 is r, what it is in a counter of 5 is s, and in 3 bits t. Each step takes
    # those of the n before it: (n, r, s, t) = (k, k-1 mod 4, min(k-1, 5), k-1 mod 8), which are 10 states in a row, then (9, 1,
    # 5, 1), which leads to itself: 11 states, 11 transitions, depth 10. In the last r is 1 and s is 5, as they are in (6, 1, 5,
    # 5); t, as a sequence number of TCP's, is 1 only there, so it takes the eleventh step. With n > 3 the even s are 4, where r
    # is 0 and t is 4: that is no t of which Nat(1) leaves 0.
    (a, n), (b, r), (c, s) = start("n", Nat(9), 0), start("r", Modulo(4), 0), start("s", Nat(5), 0)
    d, t = start("t", Seq(3), 0)
    counts = Action("counts", updates={"n": n + 1, "r": n.to(Modulo(4)), "s": n.to(Nat(5)), "t": n.to(Seq(3))})
    stop = {"counts": (r.to(Nat(7)) == 1) & (s.to(Nat(100)) == 5) & (t.to(SEQ) + 3 == 4)}
    trigger = {"counts": (n > 3) & (s.to(Modulo(2)) == 0) & (r == t.to(Modulo(4))) & (t.to(Nat(1)) == 0)}
    return Toy("converted", watch("counters", (a, b, c, d), (counts,), stop, trigger), 11, 11, 10, 11)


def tokens() -> Toy:
    """Tokens, which are told apart and no more, and a value that can be named beside them."""
    # I bake any of three cookies, and give you a copy of mine, which is noted. With nothing given: I have none or one of three,
    # 4 states. When some were given: I have any of three, you have one of those given, of which there are 1, 2 or 3 (7 sets,
    # with 3 + 3*2 + 3 = 12 pairs of a set and one of it): 36. From each of the 40, 3 can be baked, and giving is possible where
    # I have one, 39: 120 + 39 = 159. All three are given after 6 steps, and then I bake another than you have: depth 7. To give
    # that is the eighth. What you have was given.
    cookie = Token("Cookie", 3, ("none",))
    (a, mine), (b, yours) = start("mine", cookie, "none"), start("yours", cookie, "none")
    c, given = start("given", Relation((("cookie", cookie),)), NONE)
    p = choose("p", cookie)
    actions = (
        Action("bakes", guard=p.value != "none", updates={"mine": p.value}, parameters=(p,)),
        Action("gives", guard=mine != "none", updates={"yours": mine, "given": given.add(mine)}),
    )
    all_given = forall_in(cookie, lambda one: (one == "none") | given.has(one))
    stop = {"gives": all_given & (mine != yours)}
    trigger = {"gives": (yours != "none") & ~given.has(yours)}
    return Toy("tokens", watch("bakery", (a, b, c), actions, stop, trigger), 40, 159, 7, 8)


# -- relations and families --------------------------------------------------------------------------------------------


def members() -> Toy:
    """Relation: has, add, remove."""
    # Any of the 2**3 sets of the numbers 0 to 2, and from each one step for each number: 24. The full set is 3 away. Taking 0
    # from it is the fourth step.
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
    # Of the edges 01, 12 and 02 any can be there: 8 sets, each with 3 steps that add an edge (24, with those that change
    # nothing). "Transitive" is false of {01, 12} only: 7 more. "Some edge continues another" is true where 01 and 12 are: 2
    # more. The full set is 3 away and the only one of which both are true, so the fourth step finds it.
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
    # Two rows are moved one by one from one relation to the other and back: 4 states, 2 transitions each, depth 2. The third
    # step moves the first row back when both are on the other side.
    sort = Relation((("flag", BOOL), ("letter", LETTER), ("seq", SEQ), ("ahead", DISTANCE), ("n", NUMBER)))
    one, two = (True, "C", MODULUS - 1, MODULUS - 1, 2), (False, "A", 0, 0, 0)
    (a, here), (b, there) = start("here", sort, frozenset({one, two})), start("there", sort, NONE)
    x, y = draw("x", here), draw("y", there)
    actions = (
        Action("moves", updates={"here": here.remove(*x.row), "there": there.add(*x.row)}, parameters=(x,)),
        Action("returns", updates={"there": there.remove(*y.row), "here": here.add(*y.row)}, parameters=(y,)),
    )
    moved = there.has(*one) & there.has(*two) & ~here.exists(lambda r: ~r.flag | r.flag)
    first_row = y.row.flag & (y.row.letter == "C") & (y.row.seq + 2 == 1) & (y.row.ahead > 5) & (y.row.n > 1)
    return Toy("columns", watch("two tables", (a, b), actions, {"returns": moved & first_row}), 4, 8, 2, 3)


def chosen_relation() -> Toy:
    """If-then-else on relations: as an update, under has, and under a quantifier."""
    # Each step toggles one number: 8 sets, 3 steps each, the full set 3 away. The choice is the set if it has 0, else {2}. It
    # has 2 unless the set is {0} or {0, 1}: 6 more steps, which change nothing. To have 0 and 2 but not 1, the set must be {0,
    # 2}: two steps lead there, and toggling 1 is a third. Where the set is {1} the choice is {2}, too.
    (a, numbers), (b, other) = start("numbers", NUMBERS, NONE), start("other", NUMBERS, frozenset({(2,)}))
    n = choose("n", NUMBER)
    toggled = ite(numbers.has(n.value), numbers.remove(n.value), numbers.add(n.value))
    chosen = ite(numbers.has(0), numbers, other)
    actions = (
        Action("toggles", updates={"numbers": toggled}, parameters=(n,)),
        Action("has_two", guard=chosen.has(2)),
    )
    two_numbers = chosen.has(2) & chosen.exists(lambda r: r.n == 0) & chosen.forall(lambda r: r.n != 1)
    stop = {"toggles": (n.value == 1) & two_numbers}
    trigger = {"has_two": numbers.has(1) & ~numbers.has(0) & ~numbers.has(2)}
    return Toy("chosen_relation", watch("toggles", (a, b), actions, stop, trigger), 8, 30, 3, 3, triggered=True)


def copied_relation() -> Toy:
    """A relation that becomes another one, or a constant."""
    # The original loses 0 or 1, for good; the copy is what the original was at some time, or {}. Originals and their copies:
    # {0,1} with {}, {0,1}; {0} with {}, {0}, {0,1}; {1} with {}, {1}, {0,1}; {} with {}, {0}, {1}, {0,1}: 12 states. From each,
    # copying, clearing and two losses (which may change nothing) are possible: 48. Two losses with a copy before or between
    # them make depth 3. The goal needs both lost and the copy {0}: lose 1, copy, lose 0, and the fourth step.
    begins: Rows = frozenset({(0,), (1,)})
    (a, original), (b, copy) = start("original", NUMBERS, begins), start("copy", NUMBERS, NONE)
    n = choose("n", Nat(1))
    lost = ite(n.value == 0, lift(0, NUMBER), lift(1, NUMBER))
    actions = (
        Action("copies", updates={"copy": original}),
        Action("clears", updates={"copy": literal(NONE, NUMBERS)}),
        Action("loses", updates={"original": original.remove(lost)}, parameters=(n,)),
    )
    stop = {"clears": original.forall(lambda _: FALSE) & copy.has(0) & ~copy.has(1)}
    return Toy("copied_relation", watch("backup", (a, b), actions, stop), 12, 48, 3, 4)


def replaced_relation() -> Toy:
    """A relation that, under a condition, becomes another one with a row added, and else a constant."""
    # {0} has 0, so it becomes {1} and 2: {1, 2}. That has no 0, so it becomes {2}, and that {2} again. 3 states, 3 transitions,
    # depth 2. The third step is the one from {2}.
    (a, one), (b, two) = start("one", NUMBERS, frozenset({(0,)})), start("two", NUMBERS, frozenset({(1,)}))
    new = ite(one.has(0), two.add(2), literal(frozenset({(2,)}), NUMBERS))
    replaces = Action("replaces", updates={"one": new})
    stop = {"replaces": one.has(2) & ~one.has(1) & ~one.has(0)}
    return Toy("replaced_relation", watch("replacement", (a, b), (replaces,), stop), 3, 3, 2, 3)


def indexed() -> Toy:
    """Families, read and written at a constant, a variable and a parameter."""
    # A visitor toggles the mark at A, goes on to B and toggles there, and so on, round A, B, C: after 6 steps all is as before.
    # 6 states, 6 transitions, depth 5. The marks set are 0, 1, 2, 3, 2, 1, and each can be looked at: 9 more. The fourth step
    # is the first that finds a mark where it is; C has its mark by then. The fifth finds none at A and one at C.
    mark = family("mark", LETTER, BOOL)
    place, at = start("at", LETTER, "A")
    marks = tuple(Variable(str(m.data), BOOL, False) for m in mark.members.values())
    where = choose("where", LETTER)
    onward = ite(at == "A", lift("B", LETTER), ite(at == "B", lift("C", LETTER), "A"))
    actions = (
        Action("visits", updates={**mark.set(at, ~mark[at]), "at": onward}),
        Action("looks", guard=mark[where.value], parameters=(where,), updates=mark.set(where.value, TRUE)),
    )
    stop, trigger = {"visits": mark[at] & mark["C"]}, {"visits": ~mark["A"] & mark["C"]}
    return Toy("indexed", watch("round", (place, *marks), actions, stop, trigger), 6, 15, 5, 4, triggered=True)


def beginnings() -> Toy:
    """Variables that may begin with several values, not all of which go together."""
    # (x, y) begins as (0, no), (2, no), (2, yes), (3, no) or (3, yes), but not as (0, yes): 5 first steps, which lead from the
    # first of these, not begun yet, to each. Where y is no that is all: 3 states. Where it is yes x goes round, from 2 or 3: 4
    # states, a step from each. 1 + 3 + 4 = 8 states, 5 + 4 transitions. From 3 by 0 to 1 makes depth 3, and the step from 1 is
    # the fourth.
    x, y = Variable("x", Modulo(4), one_of(0, 2, 3)), Variable("y", BOOL, one_of(False, True))
    goes = Action("goes", guard=y.value, updates={"x": x.value + 1})
    together = ~((x.value == 0) & y.value)
    system = TransitionSystem("beginnings", (x, y), (goes,), initially=together)
    check = Check("goal", {"goes": x.value == 1}, {"goes": ~y.value})
    return Toy("beginnings", Monitored(system, (check,)), 8, 9, 3, 4)


def beginning_relations() -> Toy:
    """A relation that may begin with several sets of rows."""
    # {}, {1} or {0, 2}, whose rows are taken one by one: {}, {1}, {0, 2}, {0}, {2}, and {} not begun yet: 6 states. 3 first
    # steps, and 1 + 2 + 1 + 1 that take: 8. {0} and {2} are 2 away. 2 without 0 can be taken third.
    bag = Variable("bag", NUMBERS, one_of(NONE, frozenset({(1,)}), frozenset({(0,), (2,)})))
    row = draw("row", bag.value)
    takes = Action("takes", updates={"bag": bag.value.remove(*row.row)}, parameters=(row,))
    stop = {"takes": (row.row.n == 2) & ~bag.value.has(0)}
    trigger = {"takes": bag.value.has(1)}
    return Toy("beginning_relations", watch("bags", (bag,), (takes,), stop, trigger), 6, 8, 2, 3, triggered=True)


def constrained() -> Toy:
    """A constraint that cuts a search: what breaks it is reached, and not gone on from."""
    # From 0 by 1 or by 3, as long as it is less than 4: 0 leads to 1 and 3, 1 to 2 and 4, 2 to 3 and 5, 3 to 4 and 6. 4, 5 and
    # 6 are reached and lead nowhere: 7 states, 8 transitions. 5 comes by 1, 2, 5: depth 3; and the step to it is the third.
    v, n = start("n", Nat(20), 0)
    actions = (Action("goes", updates={"n": n + 1}), Action("leaps", updates={"n": n + 3}))
    system = TransitionSystem("cut", (v,), actions, constraint=n < 4)
    check = Check("goal", {"leaps": n == 2}, {"goes": n > 3})
    return Toy("constrained", Monitored(system, (check,)), 7, 8, 3, 3)


def queued() -> Toy:
    """A queue of two: what is put at its end is taken from its head, and where it is full nothing more is put."""
    # Empty, A, B, AA, AB, BA or BB: 7 states, since places that hold nothing are all alike; the last 4 are 2 away. Each of two
    # can be put in the first 3 (6) and is dropped in the other 4 (8), the head can be taken from 6 (6), and goes to the end of
    # the 4 full ones (4): 24. To turn BA, which takes two steps to put, is the third.
    wire = queue("wire", Enum("Sign", ("A", "B")), 2)
    now, (a, _, _), p = wire.value, wire.variables(), choose("p", Enum("Sign", ("A", "B")))
    actions = (
        Action("puts", updates=wire.set(now.append(p.value)), parameters=(p,)),
        Action("takes", guard=~now.empty, updates=wire.set(now.tail())),
        Action("turns", guard=now.full, updates=wire.set(now.tail().append(now.head))),
    )
    all_but_last = now.forall(lambda sign: (sign == "B") | now.has("B")) & now.exists(lambda sign: sign == "A")
    stop = {"turns": (now.head == "B") & all_but_last & (now.tail().head == "A") & (now.length == 2)}
    trigger = {
        "takes": now.tail().full | (now.length == 1) & now.has("A") & now.has("B"),
        "puts": now.empty & (now.head != "A"),
    }
    assert a.name == "wire[0]"
    return Toy("queued", watch("wire", wire.variables(), actions, stop, trigger), 7, 24, 2, 3)


def queued_rows() -> Toy:
    """A queue of rows, which begins with some and is emptied into variables."""
    # C1 and A2 are taken one by one into a hand that held A0: 3 states in a row, 2 steps, and no other. The second finds A2.
    wire, sort = queue("wire", (("letter", LETTER), ("n", NUMBER)), 3), LETTER
    (a, letter), (b, n) = start("letter", sort, "A"), start("n", NUMBER, 0)
    first = wire.value.first
    takes = Action(
        "takes", guard=~wire.value.empty, updates={**wire.set(wire.value.tail()), "letter": first.letter, "n": first.n}
    )
    stop = {"takes": wire.value.has("A", 2) & ~wire.value.exists(lambda row: row.letter == letter) & (n == 1)}
    variables = (*wire.variables(("C", 1), ("A", 2)), a, b)
    return Toy("queued_rows", watch("rows", variables, (takes,), stop, {"takes": wire.value.has("A", 0)}), 3, 2, 2, 2)


# -- choices -----------------------------------------------------------------------------------------------------------


def chosen_values() -> Toy:
    """Parameters over whole finite sorts, three in one action."""
    # (flag, n, letter) becomes any triple in which A goes with 0 only: 2 + 2*2*3 = 14, from each of the 14: 196, all within 1.
    # A step from (true, 2, C) to an A is a second step. No state has A with more than 0.
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
    # x may become x (nothing changes), y = 0, or x + 10, as long as that is at most 30 ahead of -10. From -10: -10, and 0,
    # which is both y and x + 10 but one step; from 0: 0, 10; from 10: 10, 0, 20; from 20: 20, 0 (30 is 40 ahead). 4 states, 2 +
    # 2 + 3 + 2 transitions, depth 3. From 20 to y is a fourth step.
    begins = MODULUS - 10
    (a, x), (b, y) = start("x", SEQ, begins), start("y", SEQ, 0)
    p = choose("p", SEQ, among=(x, y, x + 10))
    near = p.value.in_window(literal(begins, SEQ), 31)
    one_of = (p.value == x) | (p.value == y) | (p.value == x + 10)
    takes = Action("takes", guard=near & one_of, updates={"x": p.value}, parameters=(p,))
    stop = {"takes": (x == 20) & (p.value == y)}
    return Toy("candidates", watch("jumps", (a, b), (takes,), stop, {"takes": x == 30}), 4, 9, 3, 4)


def drawn_rows() -> Toy:
    """A row drawn from a relation that nothing else reads."""
    # Three rows are taken in any order, and their numbers 1, 2 and 0 added up. What is left determines the sum: 8 states; each
    # row left can be taken: 12 transitions; depth 3. Taking C at a sum of 3 comes third.
    begins: Rows = frozenset({("A", 1), ("B", 2), ("C", 0)})
    (a, bag), (b, total) = start("bag", LABELLED, begins), start("total", SEQ, 0)
    x = draw("x", bag)
    takes = Action("takes", updates={"bag": bag.remove(*x.row), "total": total + x.row.n}, parameters=(x,))
    stop = {"takes": (x.row.letter == "C") & (total == 3)}
    trigger = {"takes": (x.row.letter == "B") & (total == 1)}
    return Toy("drawn_rows", watch("bag", (a, b), (takes,), stop, trigger), 8, 12, 3, 3, triggered=True)


def drawn_twice() -> Toy:
    """Two rows drawn in one action, and rows drawn from formulas that have a relation as their value."""
    # The bag is {A0, B1, C2}. A pair is a row, and one with a larger number among those that are not C2; its first row is
    # removed: (A, B) only, which leaves {B1, C2} and there no pair. A row alone is drawn from all but B1 while there is A0,
    # else from all, and changes nothing: A or C, later B or C. 2 states, 1 + 2 + 2 transitions, depth 1. B alone comes second.
    begins: Rows = frozenset({("A", 0), ("B", 1), ("C", 2)})
    v, bag = start("bag", LABELLED, begins)
    one, two = draw("one", bag), draw("two", bag.remove("C", 2))
    alone = draw("alone", ite(bag.has("A", 0), bag.remove("B", 1), bag))
    pairs = Action("pairs", guard=one.row.n < two.row.n, updates={"bag": bag.remove(*one.row)}, parameters=(one, two))
    actions = (pairs, Action("draws", parameters=(alone,)))
    return Toy("drawn_twice", watch("pairs", (v,), actions, {"draws": alone.row.letter == "B"}), 2, 5, 1, 2)


def drawn_by_one_name() -> Toy:
    """Rows drawn from different relations, under conditions and under one name, in different actions."""
    # Left {A0}, right {B1}, and a hand that is C0 at first. Taking from the left makes the hand A0, taking from the right B1,
    # and both remove the row; so left and right are there or not, and the hand is C0 while both are, else what was taken last:
    # 1 + 1 + 1 + 2 = 5 states, 2 + 1 + 1 transitions, depth 2. Taking from the left with B in the hand comes second.
    (a, left), (b, right) = start("left", LABELLED, frozenset({("A", 0)})), start("right", LABELLED, frozenset({("B", 1)}))
    (c, letter), (d, n) = start("letter", LETTER, "C"), start("n", NUMBER, 0)
    x, y = draw("x", left), draw("x", right)
    actions = tuple(
        Action(name, updates={side: bag.remove(*p.row), "letter": p.row.letter, "n": p.row.n}, parameters=(p,))
        for name, side, bag, p in (("takes_left", "left", left, x), ("takes_right", "right", right, y))
    )
    stop = {"takes_left": (letter == "B") & (n == 1)}
    trigger = {"takes_right": y.row.letter == "A", "takes_left": x.row.n == 1}
    return Toy("drawn_by_one_name", watch("hands", (a, b, c, d), actions, stop, trigger), 5, 4, 2, 2)


def mixed_parameters() -> Toy:
    """A row drawn between two parameters of finite sorts, with conditions on each and on all of them."""
    # {A0, B1, C2}, whose rows are replaced. Of (flag, row, n) only those with n = row.n and flag = (the row is A) may be
    # chosen: one step for each row, which raises its number by 1 up to 2. A has 3 values, B 2 and C 1: 6 states, 3 steps each:
    # 18, depth 2 + 1. Choosing B2 needs B raised before, so it comes second.
    begins: Rows = frozenset({("A", 0), ("B", 1), ("C", 2)})
    (a, bag), (b, level) = start("bag", LABELLED, begins), start("level", NUMBER, 1)
    flag, x, n = choose("flag", BOOL), draw("x", bag), choose("n", NUMBER)
    raises = Action(
        "raises",
        guard=(x.row.n == n.value) & (flag.value == (x.row.letter == "A")) & (level == 1),
        updates={"bag": bag.remove(*x.row).add(x.row.letter, n.value + 1)},
        parameters=(flag, x, n),
    )
    stop = {"raises": (x.row.letter == "B") & (n.value == 2) & ~flag.value}
    return Toy("mixed_parameters", watch("levels", (a, b), (raises,), stop), 6, 18, 3, 2)


def ordered_cases() -> Toy:
    """Ordered cases, of which later ones overlap earlier ones."""
    # Each number 0, 1, 2 takes exactly one of the cases, so 3 transitions from each of the 4 states (none, A, B, C), all within
    # 1. Were the cases not disjoint there would be more. Taking B after C comes second; taking A with 1 never.
    outcome = Enum("Outcome", ("none", "A", "B", "C"))
    v, last = start("outcome", outcome, "none")
    n = choose("n", NUMBER)
    cases = first(n.value < 1, "A").otherwise(n.value < 2, "B").otherwise(True, "C").otherwise(n.value == 2, "none")
    actions = tuple(
        Action(f"takes_{i}_{name}", guard=when, updates={"outcome": lift(name, outcome)}, parameters=(n,))
        for i, (when, name) in enumerate(cases.disjoint())
    )
    stop, trigger = {"takes_1_B": last == "C"}, {"takes_0_A": n.value == 1}
    return Toy("ordered_cases", watch("sieve", (v,), actions, stop, trigger), 4, 12, 1, 2)


def observed() -> Toy:
    """An observer that a claim brings along, read after the step that sets it."""
    # A switch has 2 states and 2 steps from each (turn or stay). The observer counts turns up to 2: (off, 0), (on, 1), (off,
    # 2), (on, 2): 4 states, 8 transitions, depth 3. The goal is a turn after which 2 are counted and it is off: the second.
    v, on = start("on", BOOL, False)
    actions = (Action("turns", updates={"on": ~on}), Action("stays"))

    def watched(step: Step) -> Seen:
        if step.action.name != "turns":
            return Seen(trigger=step["turns"] == 2)
        step.set("turns", step["turns"] + 1)
        return Seen(stop=step.after((step["turns"] == 2) & ~on))

    system, check = monitor(TransitionSystem("switch", (v,), actions), "goal", (Variable("turns", NUMBER, 0),), watched)
    return Toy("observed", Monitored(system, (check,)), 4, 8, 3, 2, triggered=True)


TOYS: tuple[Toy, ...] = tuple(
    make()
    for make in (
        truth_values,
        updates_at_once,
        names,
        wrapping,
        windows,
        control_bits,
        later,
        distances,
        counters,
        counted_shift,
        narrow_numbers,
        going_round,
        converted,
        tokens,
        members,
        quantifiers,
        columns,
        chosen_relation,
        copied_relation,
        replaced_relation,
        indexed,
        beginnings,
        beginning_relations,
        constrained,
        queued,
        queued_rows,
        chosen_values,
        candidates,
        drawn_rows,
        drawn_twice,
        drawn_by_one_name,
        mixed_parameters,
        ordered_cases,
        observed,
    )
)
