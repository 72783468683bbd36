"""The behaviour of a system within a scope: its state graph, and what can be seen of each state, as simulations compare them.

Where the network may keep every segment (:mod:`model.notation.network`), the graph is smaller than the system's, and simulates
it and is simulated by it:

- The network that keeps everything and the one that loses and duplicates simulate each other, as said there, if nothing that
  can be seen reads the network. Simulation is transitive, so either may stand for the other on both sides of a comparison.
- In the network that keeps everything, a state with more segments simulates one with fewer, all else being equal. A step that
  only adds segments cannot be seen and stays possible. So a state and the one after all such steps simulate each other: the
  latter by having more segments, the former by taking these steps. Only states are kept after which there is no such step.

Neither is so for bisimulation, which would notice that a lost segment cannot arrive any more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from checker.explicit.explorer import Explorer, Node, Successor
from checker.host.limits import Schedule, out_of_states
from checker.simulation.preorder import Behaviour, CutShortError
from model.notation.expr import Expr
from model.notation.interpreter import evaluate
from model.notation.network import connect, keeping_everything, why_not_kept
from model.notation.system import TransitionSystem
from properties.observe import Monitored


class Explored:
    """The states of a system, and what is ``observed`` of them: formulas that do not read the network."""

    def __init__(
        self,
        system: TransitionSystem,
        observed: Sequence[Expr],
        *,
        reduction: bool = True,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> None:
        def look() -> None:
            if not goes_on():
                raise CutShortError

        self.system = system
        self.why_not_kept = why_not_kept(system, observed) if reduction else "it was not to be reduced"
        """Why the network is searched as it is; "" where it keeps every segment."""
        self._observed = observed
        connected = connect(system) if self.why_not_kept else keeping_everything(system)
        self._explorer = Explorer(Monitored(connected, ()), look)
        self._shows: list[Hashable] = []

    @property
    def initial(self) -> Node:
        """The initial state."""
        return self._explorer.initial

    def shows(self, node: Node) -> Hashable:
        """Return what can be seen of a state."""
        while len(self._shows) <= node[0]:
            state = self._explorer.state(len(self._shows), 0)
            self._shows.append(tuple(evaluate(e, state) for e in self._observed))
        return self._shows[node[0]]

    def steps(self, node: Node) -> Iterator[tuple[Node, tuple[Node, Successor]]]:
        """Yield the states after each step that changes a state, with the step itself and where it begins."""
        control, pool = node
        if self._explorer.lacks(control, pool):
            self._explorer.grow(control, pool)
        for step in self._explorer.moves[control]:
            if step.possible(pool):
                after = step.control, pool & step.keep | step.add
                if after != node:
                    yield after, (node, step)

    def schedule(self, taken: Sequence[tuple[Node, Successor]]) -> Schedule:
        """Return the actions and arguments of a run."""
        return tuple(self._explorer.named(step) for _, step in taken)

    def behaviour(self, most: int, goes_on: Callable[[], bool]) -> Behaviour:
        """Explore all states, ``most`` at most.

        Raises :class:`~checker.simulation.preorder.CutShortError` where a limit forbids it.
        """
        nodes = [self.completed(self.initial)]
        numbers = {nodes[0]: 0}
        successors: list[frozenset[int]] = []
        for node in nodes:  # which grows meanwhile
            if len(nodes) > most:
                raise CutShortError(out_of_states(most))
            if not goes_on():
                raise CutShortError
            after = {self.completed(there) for there, _ in self.steps(node)} - {node}
            for there in sorted(there for there in after if there not in numbers):
                numbers[there] = len(nodes)
                nodes.append(there)
            successors.append(frozenset(numbers[there] for there in after))
        self.nodes = nodes
        return Behaviour([self.shows(node) for node in nodes], successors)

    def completed(self, node: Node) -> Node:
        """Return the state after all steps that only send, where the network keeps every segment."""
        if self.why_not_kept:
            return node
        while True:
            grown = node[1]
            for (control, pool), _ in self.steps(node):
                if control == node[0]:
                    grown |= pool
            if grown == node[1]:
                return node
            node = node[0], grown

    def run_through(self, nodes: Sequence[Node]) -> list[tuple[Node, Successor]]:
        """Return a run that passes, in this order, states that :meth:`completed` makes of what it comes to."""
        at, taken = self.initial, list[tuple[Node, Successor]]()
        for goal in nodes:
            while True:
                sent = next(((there, how) for there, how in self.steps(at) if there[0] == at[0]), None)
                if sent is None or self.why_not_kept:
                    break
                at = sent[0]
                taken.append(sent[1])
            at, how = next((there, how) for there, how in self.steps(at) if self.completed(there) == goal)
            taken.append(how)
        return taken
