"""Finding an inductive invariant: learned from states that can be reached, and directed by what cannot be shown yet.

The search begins with what is always true of an endpoint in some state, or of a segment of some kind. Then, where an
obligation fails, the solver shows a state from which a step violates the claim (a *counterexample to induction*). Lemmas are
made that exclude it: of few atoms, which no state that was reached makes true together. Those that are inductive, all
together with what is known (Houdini), are kept. Where none of them excludes the state, the states are looked at in which
steps break them, lemmas are made that exclude these, and so on. So what is kept is always an invariant, and a lemma that is
wrong does no harm but take time.

Nothing that is learned is believed: the obligations of the result are shown again, from nothing, over the exact network.

The idea of learning from counterexamples to induction is that of property-directed reachability (Bradley, 2011; with
quantifiers Karbyshev et al., 2015), that of reading lemmas off reached states that of Daikon and, for protocols, of DistAI
(Yao et al., 2021), that of keeping the largest inductive subset that of Houdini (Flanagan and Leino, 2001).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from checker.proof.atoms import Atoms, Cube
from checker.proof.steps import Induction, Steps, UndecidedError
from checker.proof.terms import Width
from model.notation.expr import Expr, Key
from model.notation.sorts import Nat, Seq
from properties.observe import Check, Monitored


class _Columns:
    """The columns of a table of truth values, bool[rows, columns], each as a set of bits."""

    def __init__(self, table: np.ndarray) -> None:
        self._all = (1 << len(table)) - 1
        packed = np.packbits(table, axis=0, bitorder="little")
        self._true = [int.from_bytes(column.tobytes(), "little") for column in np.ascontiguousarray(packed.T)]

    def alike(self, column: int, *, truth: bool) -> int:
        """Return, as a set of bits, the rows in which a column is true, or is not: bit i is row i."""
        return self._true[column] if truth else self._all & ~self._true[column]


@dataclass
class Learner:
    """The search for an invariant that proves a check of a system whose network keeps everything.

    A *vector* has the truth of each atom of the vocabulary, for one state and one row of its network, or no row. Tables of
    vectors are bool[vectors, atoms]. ``deadline`` is in seconds, as :func:`time.monotonic` counts them; after it methods raise
    :class:`UndecidedError`. ``log`` is given a line for each thing that is learned.
    """

    monitored: Monitored
    width: Width
    vocabulary: Atoms
    reached: np.ndarray
    """Vectors of what was reached, one for each state and each row of its network."""
    without: np.ndarray
    """The same of states, whatever their network: only atoms that are about no row count in them."""
    deadline: float
    log: Callable[[str], None] = lambda _: None
    lemmas: list[Expr] = field(default_factory=list)
    """What is known to be inductive, all together."""
    cubes: dict[Key, Cube] = field(default_factory=dict)
    known: dict[Cube, Expr] = field(default_factory=dict)
    broken: dict[Key, tuple[np.ndarray, int]] = field(default_factory=dict)
    """For each lemma that was not inductive the vectors of a state in which a step breaks it, and how many were known then."""

    def __post_init__(self) -> None:
        self._usable = list(range(len(self.vocabulary.atoms)))
        self.steps = Steps(self.monitored, self.width, self.deadline)
        atoms = enumerate(self.vocabulary.atoms)
        self._zero = {
            a.columns[0]: i
            for i, a in atoms
            if a.test == "is" and a.data == 0 and isinstance(self.vocabulary.sort(a.columns[0]), Seq)
        }
        self._phases = {i for i, a in enumerate(self.vocabulary.atoms) if self.vocabulary.within_one_endpoint(a)}
        self.learn_from(self.reached, self.without)

    def learn_from(self, reached: np.ndarray, without: np.ndarray, *, last: bool = False) -> None:
        """Go on with the vectors of more states, bool[vectors, atoms], in place of those before.

        Where they are the ``last``, what makes no sense is tried as well, for there will be no better counterexamples.
        """
        self.reached, self.without, self._last = reached, without, last
        self._reached, self._without = _Columns(reached), _Columns(without)

    def suggest(self, lemmas: Sequence[Expr]) -> None:
        """Begin with ``lemmas``, and with what is always true of a state and of a kind of segment, if inductive."""
        mine = [self._lemma(cube) for lemma in lemmas if (cube := self._cube(lemma)) is not None]
        self._absorb([*mine, *self._basic()])
        self.log(f"{len(self.lemmas)} basic lemmas")

    def _cube(self, lemma: Expr) -> Cube | None:
        return next((cube for cube, said in self.vocabulary.said.items() if said is lemma), None)

    def prove(self, check: Check, patience: int, about: Sequence[Check] = ()) -> None:
        """Learn lemmas until they prove a check. They are added to ``lemmas``.

        Parameters
        ----------
        check : Check
            What is to be proved.
        patience : int
            For how many rounds lemmas are looked for that exclude one counterexample to induction.
        about : Sequence[Check]
            Lemmas speak of what these checks and ``check`` remember, and of what no other does.

        Raises
        ------
        UndecidedError
            Where no lemmas were found, or the time is over.
        """
        others = {other.name for other in self.monitored.checks} - {check.name, *(other.name for other in about)}
        names = [{column.partition(".")[0] for column, _ in atom.columns} for atom in self.vocabulary.atoms]
        self._usable = [i for i, of in enumerate(names) if of.isdisjoint(others)]
        while (induction := self._violation(check)) is not None:
            self._exclude(induction, patience)
        self.log(f"{check.name}: shown with {len(self.lemmas)} lemmas")

    def _violation(self, check: Check) -> Induction | None:
        return self.steps.meeting(check.stop, self.lemmas)[0]

    def _exclude(self, target: Induction, rounds: int) -> None:
        """Learn lemmas that exclude a state, and where they are not inductive those that exclude what breaks them.

        Raise :class:`UndecidedError` where so many ``rounds`` do not suffice.
        """
        asked: dict[Cube, int] = {}
        explored: dict[Cube, np.ndarray] = {}
        goal, everything, last_round = self._vectors(target), False, rounds
        frontier = [(0, target)]
        for round_ in range(rounds):
            for depth, induction in frontier:
                candidates = set(self._candidates(induction, everything))
                found = sorted(candidates, key=lambda cube: (self._price(cube), sorted(cube)))
                for cube in found if self._last else found[: 2 * FEW if everything else FEW]:
                    asked.setdefault(cube, depth)
            self._absorb([self._lemma(cube) for cube in asked])
            self.log(f"round {round_}: {target.action}, {len(frontier)} states, {len(asked)} asked, {len(self.lemmas)} lemmas")
            if self._excluded(goal, self.lemmas):
                return
            inductive = {lemma.key for lemma in self.lemmas}
            explored = {cube: of for cube, of in explored.items() if not self._excluded(of, self.lemmas)}
            todo = [cube for cube in asked if self._lemma(cube).key not in inductive and cube not in explored]
            frontier = []
            for cube in sorted(todo, key=lambda cube: (asked[cube], self._price(cube))):
                if len(frontier) >= WIDEST:
                    break
                breaking = self._breaks(self._lemma(cube))
                if breaking is not None:
                    explored[cube] = self._vectors(breaking)
                    if not any(i.state == breaking.state for _, i in frontier):
                        frontier.append((asked[cube] + 1, breaking))
            if round_ >= last_round or (not frontier and everything):
                break
            if not frontier:  # what makes sense is not enough
                frontier, everything = [(0, target)], True
                last_round = rounds if self._last else min(rounds, round_ + BRIEFLY)
                explored.clear()
        raise UndecidedError("no lemma that excludes a state leading to a violation was found to be inductive")

    def _breaks(self, lemma: Expr) -> Induction | None:
        return self.steps.broken_by(lemma, [*self.lemmas, lemma])[0]

    def _vectors(self, induction: Induction) -> np.ndarray:
        """Return the vectors of a state, bool[1 + rows, atoms]: of no row, and of each row of its network."""
        return self.vocabulary.vectors([induction.state], [[None, *self._rows(induction)]])

    def _rows(self, induction: Induction) -> list[Any]:
        network = self.vocabulary.network
        return sorted(induction.state[network.name]) if network is not None else []  # type: ignore[arg-type]

    def _excluded(self, vectors: np.ndarray, lemmas: Iterable[Expr]) -> bool:
        """Return whether a state, given by its vectors (bool[1 + rows, atoms]), does not meet one of ``lemmas``."""
        return any(self._in(self.cubes[lemma.key], vectors) for lemma in lemmas)

    def _in(self, cube: Cube, vectors: np.ndarray) -> bool:
        columns, truth = zip(*cube, strict=True)
        rows = vectors[1:] if any(self.vocabulary.of_row[i] for i in columns) else vectors
        return bool((rows[:, columns] == np.array(truth)).all(axis=1).any())

    def _lemma(self, cube: Cube) -> Expr:
        if cube not in self.known:
            self.known[cube] = lemma = self.vocabulary.excludes(cube)
            self.cubes[lemma.key] = cube
        return self.known[cube]

    def _price(self, cube: Cube) -> float:
        return float(sum(self.vocabulary.costs[i, 0 if truth else 1] for i, truth in cube))

    # -- lemmas --------------------------------------------------------------------------------------------------------------

    def _basic(self) -> list[Expr]:
        """Return what was always true of an endpoint in some state, and of a segment of some kind."""
        vocabulary, cubes = self.vocabulary, dict[Cube, None]()

        def add(*cube: tuple[int, bool]) -> None:
            if not any(frozenset(part) in cubes for n in range(1, len(cube)) for part in combinations(cube, n)):
                cubes.setdefault(frozenset(cube))

        for of_row, matrix in ((False, self.without), (True, self.reached)):
            usable = [i for i in range(len(vocabulary.atoms)) if vocabulary.of_row[i] == of_row]
            names = [i for i in usable if vocabulary.atoms[i].test == "is" and vocabulary.atoms[i].data != 0]
            names = [i for i in names if matrix[:, i].any()]
            about = {i: (vocabulary.atoms[i].relation, vocabulary.atoms[i].columns) for i in usable}
            ladder = {i for i in usable if vocabulary.atoms[i].test != "is" or isinstance(vocabulary.sort(about[i][1][0]), Nat)}
            pairs = [(i, j) for i, j in combinations(usable, 2) if about[i] == about[j] and i in ladder]
            for i in usable:
                if not matrix[:, i].any():
                    add((i, True))
            for kind in [(i,) for i in names] + (list(combinations(names, 2)) if of_row else []):
                of_kind = matrix[matrix[:, kind].all(axis=1)]
                if not len(of_kind):
                    continue
                some: list[bool] = np.any(of_kind, axis=0).tolist()
                every: list[bool] = np.all(of_kind, axis=0).tolist()
                for i in usable:
                    if i not in kind and not some[i] and vocabulary.atoms[i].test != "ahead":
                        add(*((k, True) for k in kind), (i, True))
                    elif i not in kind and every[i]:
                        add(*((k, True) for k in kind), (i, False))
                for i, j in pairs:  # one or the other, as SND.NXT lies one or two after ISS
                    if some[i] and some[j] and not (every[i] or every[j]) and (of_kind[:, i] | of_kind[:, j]).all():
                        add(*((k, True) for k in kind), (i, False), (j, False))
        return [self._lemma(cube) for cube in cubes]

    def _candidates(self, induction: Induction, everything: bool) -> Iterator[Cube]:  # as it is handed on
        """Yield cubes of few atoms that a state is in, and that nothing which was reached is in.

        Those about numbers that are not there, like the ACK of a SYN, only where ``everything`` is wanted.
        """
        every = self._usable
        scalar = [i for i in every if not self.vocabulary.of_row[i]]
        for number, vector in enumerate(self._vectors(induction)):
            columns, usable = (self._reached, every) if number else (self._without, scalar)
            same = {i: columns.alike(i, truth=bool(vector[i])) for i in usable}
            yield from self._separating(vector, same, everything=everything)

    def _separating(self, vector: np.ndarray, same: Mapping[int, int], *, everything: bool) -> Iterator[Cube]:
        """Yield small cubes that a vector is in and no vector reached is.

        Parameters
        ----------
        vector : bool[atoms]
            The vector of a state that is to be excluded.
        same : Mapping[int, int]
            For each usable atom the vectors reached that agree with ``vector`` in it, as a set of bits.
        everything : bool
            Whether atoms are used that are about numbers which are not there.
        """
        atoms, costs = self.vocabulary.atoms, self.vocabulary.costs
        numbers = {i for i in same if isinstance(self.vocabulary.sort(atoms[i].columns[0]), Seq)}
        context = [i for i in same if atoms[i].test == "is" and (vector[i] or atoms[i].data is True) and i not in numbers]
        context += [i for i in self._phases if i in same and vector[i]]
        related = np.ones(len(atoms), dtype=bool) if everything else self.vocabulary.related(vector)
        relational = [i for i in same if atoms[i].test != "is" and i not in self._phases and related[i]]
        relational.sort(key=lambda i: costs[i, 0 if vector[i] else 1])
        within = -1
        for i in context:
            within &= same[i]
        if not within:
            yield self._smallest(vector, same, context, [])
            return
        empty = {column for column, i in self._zero.items() if i in same and vector[i] and same[i] & within == within}
        relational = [i for i in relational if everything or empty.isdisjoint(atoms[i].columns)]
        parts: dict[int, int] = {}  # of the atoms that agree here with the same vectors the cheapest
        for i in relational:
            part = same[i] & within
            if not part:
                yield self._smallest(vector, same, context, [i])
            elif part != within:
                parts.setdefault(part, i)
        for (one, i), (other, j) in combinations(parts.items(), 2):
            if not one & other:
                yield self._smallest(vector, same, context, [i, j])

    def _smallest(self, vector: np.ndarray, same: Mapping[int, int], context: list[int], relational: list[int]) -> Cube:
        """Return the cube of ``context`` and ``relational`` atoms, without those of the context that it does not need.

        ``vector`` and ``same`` are as in :meth:`_separating`: no vector reached agrees in all atoms that are left.
        """
        cube = [*context, *relational]
        for i in sorted(context, key=lambda i: (bool(self.vocabulary.of_row[i]), -self.vocabulary.costs[i, 0])):
            left = -1
            for j in cube:
                if j != i:
                    left &= same[j]
            if not left:
                cube.remove(i)
        return frozenset((i, bool(vector[i])) for i in cube)

    # -- what is inductive ---------------------------------------------------------------------------------------------------

    def _absorb(self, lemmas: list[Expr]) -> None:
        """Add the largest set of ``lemmas`` that is inductive, together with what is known (Houdini: Flanagan and Leino, 2001).

        A lemma that was broken before is not asked about again until the state in which that happened is excluded. Raise
        :class:`UndecidedError` where the time is over.
        """
        known = {lemma.key for lemma in self.lemmas}
        new = {lemma.key: lemma for lemma in lemmas if lemma.key not in known}
        fresh = [lemma for key, lemma in new.items() if key not in self.broken]
        while True:  # what may be inductive now, if what it needs is
            more = [lemma for key, lemma in new.items() if key in self.broken and self._mended(key, fresh)]
            if not more:
                break
            for lemma in more:
                del self.broken[lemma.key]
            fresh += more
        new = {lemma.key: lemma for lemma in fresh}
        while new:
            if time.monotonic() > self.deadline:
                raise UndecidedError("the time is over")
            induction, broken = self.steps.breaking(list(new.values()), self.lemmas)
            if induction is None:
                break
            self.broken.update(dict.fromkeys(broken, (self._vectors(induction), len(self.lemmas))))
            new = {key: lemma for key, lemma in new.items() if key not in broken}
        self.lemmas += new.values()

    def _mended(self, key: Key, fresh: Sequence[Expr]) -> bool:
        """Return whether the state in which a lemma was broken is excluded by what was found since, or by fresh lemmas."""
        vectors, known = self.broken[key]
        return self._excluded(vectors, self.lemmas[known:]) or self._excluded(vectors, fresh)

    def needed(self, check: Check) -> list[Expr]:
        """Return those of the lemmas that prove a check, none of which can be left out. It has to be proved already."""
        self.steps.minimise_cores()

        def core(key: Key | None, known: Sequence[Expr]) -> list[Expr] | None:
            """Return of the lemmas known those that show a lemma, or the check (None); None where they do not."""
            ask = self.steps.meeting(check.stop, known) if key is None else self.steps.broken_by(by_key[key], known)
            return ask[1] if ask[0] is None else None

        by_key = {lemma.key: lemma for lemma in self.lemmas}
        place = {key: number for number, key in enumerate([None, *by_key])}
        cores: dict[Key | None, set[Key]] = {}
        todo: list[Key | None] = [None]
        while todo:
            key = todo.pop()
            if key not in cores:
                cores[key] = {c.key for c in core(key, self.lemmas) or ()}
                todo += sorted(cores[key], key=place.__getitem__)
        kept = 0
        while kept != len(cores):  # what showed another may not be needed when that is gone
            kept = len(cores)
            for key in sorted(filter(None, cores), key=lambda key: (-self._price(self.cubes[key]), place[key])):
                without = [by_key[k] for k in cores if k not in (None, key)]
                again = {k: core(k, without) for k, needs in cores.items() if key in needs and k != key}
                if all(found is not None for found in again.values()):
                    cores |= {k: {c.key for c in found or ()} for k, found in again.items()}
                    del cores[key]
        return [lemma for lemma in self.lemmas if lemma.key in cores]


FEW = 20
"""How many lemmas, the cheapest, are made to exclude a state."""
BRIEFLY = 4
"""For how many rounds what makes no sense is looked at, while there may be more states to learn from."""
WIDEST = 10
"""How many states that break lemmas are looked at together."""
