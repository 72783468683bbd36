"""Breadth-first search: every state of a scope, and a shortest way to whatever stops the search.

A state is kept as two numbers: which pool it has (a bit mask of segments, see :mod:`checker.explicit.source`) and which of the
combinations of all other variables, called its *control*. There are few controls and many pools, so the steps of a control are
computed once and then applied to each pool by two bit operations.

The order in which states are explored, and with it the trace reported, is the same on every run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from checker.explicit.source import Lowering, Packed
from checker.limits import Limits, Schedule, clock
from model.interpreter import Argument, Arguments, Interpreter
from model.sorts import NotationError, Value
from model.system import Action
from properties.observe import Monitored

Node = tuple[int, int]
"""A state: the number of its control, and its pool."""

_SLICE = 512
"""How many states are explored between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found.

    ``schedules`` has, for each check that some step decides, a shortest run that ends in such a step; ``triggered`` names
    the checks whose trigger was met. ``complete`` says that every reachable state was explored; where that is false and a
    check is undecided, ``reason`` says why. ``depth`` is the largest number of steps that some state found needs.
    ``never_taken`` names the actions that no reachable state allows, where every one was explored.
    """

    states: int
    transitions: int
    depth: int
    complete: bool
    reason: str
    schedules: Mapping[str, Schedule]
    triggered: frozenset[str]
    never_taken: tuple[str, ...]


class Step(NamedTuple):
    """A step of a control: the bit it needs in the pool, what it makes of the pool, the control after it, and how it is called.

    A plain tuple, because the innermost loop unpacks it millions of times.
    """

    need: int
    keep: int
    add: int
    control: int
    action: int
    arguments: Packed


class Explorer:
    """The states of one system, found as they are asked for."""

    def __init__(self, monitored: Monitored) -> None:
        self.system = system = monitored.system
        self._lowering = Lowering(monitored)
        self._source = self._lowering.steps()
        initial = dict(zip(system.sorts, self._lowering.pack(Interpreter(system).initial()), strict=True))
        self._pool_position = tuple(system.sorts).index(self._lowering.pool) if self._lowering.pool else None
        pool = initial.pop(self._lowering.pool, 0)
        environment = self._lowering.environment()
        try:
            exec(compile(self._source, f"<steps of {system.name}>", "exec"), environment)  # noqa: S102  # our own source
        except (SyntaxError, MemoryError, RecursionError) as error:  # Python's parser has limits
            deep = f"a formula of {system.name} is nested too deep to be compiled"
            raise NotationError(f"{deep}: give the parts of it to several actions or variables") from error
        self._steps_of = environment["steps"]
        self._numbers: dict[Packed, int] = {}
        self._controls: list[Packed] = []
        self._known: list[int] = []
        self.moves: list[list[Step]] = []
        self.idle: list[dict[int, int]] = []
        self.idlers: list[set[int]] = []
        self.decisive: list[list[tuple[int, Step]]] = []
        self.taken = [False] * len(system.actions)
        self.triggered = 0
        self.initial = (self._number(tuple(initial.values())), pool)

    def grow(self, control: int, pool: int) -> list[tuple[int, Step]]:
        """Compute the steps of ``control`` with rows of ``pool`` not met there before.

        They go to ``moves``, but for those that change nothing whatever the pool: these are only counted, in ``idle``, by
        the bit they need, and their actions are in ``idlers``. Return the steps that decide checks, each with the checks as a
        set of bits; they go to ``decisive`` as well.
        """
        begin = self._known[control] < 0
        new = pool if begin else pool & ~self._known[control]
        self._known[control] = pool if begin else self._known[control] | pool
        decisive = []
        rows = self._rows(new)
        for bit, keep, add, action, successor, arguments, stops, triggers in self._steps_of(
            self._controls[control], rows, begin
        ):
            step = Step(bit, keep, add, self._number(successor), action, arguments)
            if keep == -1 and not add and step.control == control:
                self.idle[control][bit] = self.idle[control].get(bit, 0) + 1
                self.idlers[control].add(action)
            else:
                self.moves[control].append(step)
            self.taken[action] = True
            self.triggered |= triggers
            if stops:
                decisive.append((stops, step))
        self.decisive[control] += decisive
        return decisive

    def lacks(self, control: int, pool: int) -> bool:
        """Return whether :meth:`grow` has anything to do."""
        return self._known[control] < 0 or bool(pool & ~self._known[control])

    def decode(self, action: Action, packed: Packed) -> Arguments:
        """Return the arguments of a step as the interpreter has them."""
        values = iter(packed)
        decoded: dict[str, Argument] = {}
        for p in action.parameters:
            cells = tuple(self._lowering.value(sort, next(values)) for _, sort in p.columns)
            decoded[p.name] = cells if p.source is not None else cells[0]
        return decoded

    def state(self, control: int, pool: int) -> dict[str, Value]:
        """Return a state as the interpreter has it."""
        packed = list(self._controls[control])
        if self._pool_position is not None:
            packed.insert(self._pool_position, pool)
        return self._lowering.unpack(tuple(packed))

    def named(self, step: Step) -> tuple[str, Arguments]:
        """Return a step's action and its arguments, as a schedule has them."""
        action = self.system.actions[step.action]
        return action.name, self.decode(action, step.arguments)

    def _number(self, control: Packed) -> int:
        if control not in self._numbers:
            self._numbers[control] = len(self._controls)
            self._controls.append(control)
            self._known.append(-1)
            self.moves.append([])
            self.idle.append({})
            self.idlers.append(set())
            self.decisive.append([])
        return self._numbers[control]

    def _rows(self, mask: int) -> list[tuple[int, ...]]:
        if not mask:
            return []
        rows = self._lowering.rows[self._lowering.table(self.system.sorts[self._lowering.pool])]
        return [(rows[row], *row) for row in rows.members[mask]]


def search(monitored: Monitored, limits: Limits | None = None, *, exhaust: bool = False) -> Search:
    """Explore the reachable states, nearest first, until all checks are decided, a limit is reached, or there are no more.

    Told to ``exhaust`` it goes on when all are decided. Ctrl-C ends the search like a limit does, with the reason
    "interrupted".
    """
    return explore(monitored, limits, exhaust=exhaust)[0]


def explore(
    monitored: Monitored, limits: Limits | None = None, *, exhaust: bool = True
) -> tuple[Search, Explorer, Mapping[int, Collection[int]]]:
    """Search as :func:`search` does; return also the explorer, and the pools found with each control."""
    limits = limits or Limits()
    explorer = Explorer(monitored)
    run = _Run(explorer, [check.guards for check in monitored.checks], exhaust=exhaust)
    reason = ""
    try:
        reason = run.explore(limits)
    except KeyboardInterrupt:
        reason = "interrupted"
    never = tuple(
        a.name for a, taken in zip(monitored.system.actions, explorer.taken, strict=True) if run.complete and not taken
    )
    names = [check.name for check in monitored.checks]
    found = Search(
        states=run.states,
        transitions=run.transitions,
        depth=run.depth,
        complete=run.complete,
        reason=reason,
        schedules={names[i]: schedule for i, schedule in run.schedules.items()},
        triggered=frozenset(name for i, name in enumerate(names) if explorer.triggered >> i & 1),
        never_taken=never,
    )
    return found, explorer, run.seen


class _Run:
    def __init__(self, explorer: Explorer, guards: list[bool], *, exhaust: bool) -> None:
        self.explorer = explorer
        self.undecided = (1 << len(guards)) - 1
        self.asked = sum(1 << i for i, guard in enumerate(guards) if not guard)
        self.to_the_end = exhaust or not self.asked
        self.states = 1
        self.transitions = 0
        self.depth = 0
        self.complete = False
        self.schedules: dict[int, Schedule] = {}
        control, pool = explorer.initial
        self.seen: defaultdict[int, dict[int, Node | None]] = defaultdict(dict)
        self.seen[control][pool] = None

    def explore(self, limits: Limits) -> str:
        """Explore until done and return "", or until something forbids to go on and return what."""
        expired = clock(limits)
        frontier: list[Node] = [self.explorer.initial]
        while frontier:
            if limits.depth is not None and self.depth >= limits.depth:
                return f"the depth limit of {limits.depth} was reached"
            new: list[Node] = []
            for i in range(0, len(frontier), _SLICE):
                self._expand(frontier[i : i + _SLICE], new)
                if not (self.undecided & self.asked or self.to_the_end):
                    return ""
                if limits.states is not None and self.states >= limits.states:
                    return f"the limit of {limits.states} states was reached"
                if limits.interrupted is not None and limits.interrupted():
                    raise KeyboardInterrupt
                if expired():
                    return f"the time limit of {limits.seconds:g} s was reached"
            self.depth += bool(new)
            frontier = new
        self.complete = True
        return ""

    def _expand(self, nodes: list[Node], new: list[Node]) -> None:
        explorer, seen = self.explorer, self.seen
        transitions = 0
        before = len(new)
        for node in nodes:
            control, pool = node
            if explorer.lacks(control, pool):
                for checks, step in explorer.grow(control, pool):
                    self._decide(checks, node, step)
                if not (self.undecided & self.asked or self.to_the_end):
                    break
            for need, count in explorer.idle[control].items():
                if pool & need == need:
                    transitions += count
            for need, keep, add, next_control, _, _ in explorer.moves[control]:
                if pool & need == need:
                    transitions += 1
                    after = pool & keep | add
                    if after == pool and next_control == control:
                        continue
                    pools = seen[next_control]
                    if after not in pools:
                        pools[after] = node
                        new.append((next_control, after))
        self.transitions += transitions
        self.states += len(new) - before

    def _decide(self, checks: int, node: Node, step: Step) -> None:
        decided = checks & self.undecided
        self.undecided &= ~decided
        schedule = (*self._path(node), self.explorer.named(step)) if decided else ()
        while decided:
            self.schedules[decided.bit_length() - 1] = schedule
            decided ^= 1 << decided.bit_length() - 1

    def _path(self, node: Node) -> Schedule:
        path: list[tuple[str, Arguments]] = []
        while (parent := self.seen[node[0]][node[1]]) is not None:
            path.append(self.explorer.named(self._step_between(parent, node)))
            node = parent
        return tuple(reversed(path))

    def _step_between(self, parent: Node, node: Node) -> Step:
        control, pool = parent
        return next(
            step
            for step in self.explorer.moves[control]
            if pool & step.need == step.need and (step.control, pool & step.keep | step.add) == node
        )
