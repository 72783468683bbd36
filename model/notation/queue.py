"""Queues: a bounded sequence of elements, first in, first out, made of ordinary variables.

A queue of three is three variables for its elements, from the head on, and one for its length. Places that hold no element hold
the first value of their sort, so that there is one state for each queue, and every engine and exporter takes it as it is.

A queue that is full stays as it is when something is appended, and one that is empty when its head is taken away: like a
counter at its ends, so that every formula has a value in every state. An action that must not drop anything has ``~full`` in
its guard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from model.notation.expr import Expr, Row, conj, disj, ite, lift, literal, negate, variable
from model.notation.sorts import BOOL, Enum, Nat, NotationError, Relation, Sort, Token, Value, brief, check_is, check_name
from model.notation.system import Variable

_LONGEST = 64
"""How many elements a queue has at most: each is a variable, and part of each formula about all of them."""

Columns = tuple[tuple[str, Sort], ...]
Element = tuple[Expr, ...]
"""The cells of one element, in the order of the columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a queue holds, as formulas: ``places`` from the head on, of which the first ``length`` hold an element."""

    columns: Columns
    places: tuple[Element, ...]
    length: Expr

    @property
    def empty(self) -> Expr:
        """Whether there is no element."""
        return self.length == 0

    @property
    def full(self) -> Expr:
        """Whether there is no room for another element."""
        return self.length == len(self.places)

    @property
    def head(self) -> Expr:
        """The first element; the first value of its sort where there is none. Of a queue of rows read :attr:`first`."""
        if self.columns[0][0]:
            raise NotationError(f"the elements of this queue have columns ({self._names}): read first.{self.columns[0][0]}")
        return self.places[0][0]

    @property
    def first(self) -> Row:
        """The cells of the first element, in a queue of rows."""
        return self._row(self.places[0])

    @property
    def _names(self) -> str:
        return ", ".join(name for name, _ in self.columns)

    def _row(self, place: Element) -> Row:
        return Row({name: cell for (name, _), cell in zip(self.columns, place, strict=True)})

    def _element(self, cells: tuple[object, ...]) -> Element:
        if len(cells) != len(self.columns):
            has = f"{len(self.columns)} cells ({self._names})" if self.columns[0][0] else "one cell"
            raise NotationError(f"an element of this queue has {has}, not {len(cells)}: write as many")
        return tuple(lift(cell, sort) for cell, (_, sort) in zip(cells, self.columns, strict=True))

    def tail(self) -> Contents:
        """Return what is left without the head; an empty queue stays as it is."""
        blank = tuple(literal(_blank(sort), sort) for _, sort in self.columns)
        return Contents(self.columns, (*self.places[1:], blank), self.length - 1)

    def append(self, *cells: object) -> Contents:
        """Return the queue with one more element at its end; a full queue stays as it is."""
        element = self._element(cells)
        places = (
            tuple(ite(self.length == number, new, old) for new, old in zip(element, place, strict=True))
            for number, place in enumerate(self.places)
        )
        return Contents(self.columns, tuple(places), self.length + 1)

    def has(self, *cells: object) -> Expr:
        """Whether some element is this one."""
        element = self._element(cells)
        return disj(*(conj(held, *(a == b for a, b in zip(place, element, strict=True))) for held, place in self._held()))

    def exists(self, condition: Callable[..., Expr]) -> Expr:
        """Whether some element meets ``condition``, a function of the element, which is a :class:`Row` in a queue of rows."""
        return disj(*(held & condition(self._row(place) if self.columns[0][0] else place[0]) for held, place in self._held()))

    def forall(self, condition: Callable[..., Expr]) -> Expr:
        """Whether every element meets ``condition``."""
        return negate(self.exists(lambda element: negate(condition(element))))

    def __eq__(self, other: object) -> NoReturn:
        raise NotationError("queues cannot be compared as wholes: ask .has(...), .exists(...) or .forall(...)")

    __hash__ = object.__hash__

    def __len__(self) -> NoReturn:
        raise NotationError("how many elements a queue has is a formula: read .length")

    def __iter__(self) -> NoReturn:
        raise NotationError("the elements of a queue are known in a state only: write .exists or .forall of them")

    def __getitem__(self, number: object) -> NoReturn:
        raise NotationError(
            "the elements of a queue have no numbers: the first element is .head, and the others come by .tail()"
        )

    def __contains__(self, element: object) -> NoReturn:
        raise NotationError("whether an element is in a queue is a formula: write .has(...)")

    def _held(self) -> Iterator[tuple[Expr, Element]]:
        """Yield each place with the condition that it holds an element."""
        return ((self.length > number, place) for number, place in enumerate(self.places))


@dataclass(frozen=True, slots=True)
class Queue:
    """A bounded queue. ``value`` is what it holds before a step, and :meth:`set` the updates that give it other contents."""

    name: str
    value: Contents

    def variables(self, *initial: object) -> tuple[Variable, ...]:
        """Return the variables of the queue, which begins with these elements: values, or tuples of them in a queue of rows."""
        columns, places = self.value.columns, self.value.places
        if len(initial) > len(places):
            raise NotationError(
                f"queue {self.name!r} begins with {len(initial)} elements, and {len(places)} are the most: give fewer"
            )
        rows = [tuple(element) if columns[0][0] and isinstance(element, tuple) else (element,) for element in initial]
        if any(len(row) != len(columns) for row in rows):
            raise NotationError(
                f"queue {self.name!r} begins with what is no row: write a tuple of {len(columns)} values for each"
            )
        rows += [tuple(_blank(sort) for _, sort in columns)] * (len(places) - len(rows))
        cells = (
            (cell.name, cell.sort, value)
            for place, row in zip(places, rows, strict=True)
            for cell, value in zip(place, row, strict=True)
        )
        return (*(Variable(*each) for each in cells), Variable(self.value.length.name, self.value.length.sort, len(initial)))

    def set(self, contents: Contents) -> dict[str, Expr]:
        """Return the updates, by variable name, that give the queue these contents."""
        check_is(f"what queue {self.name!r} is given", contents, Contents, "contents, such as queue.value.append(1)")
        own = (*(cell for place in self.value.places for cell in place), self.value.length)
        new = (*(cell for place in contents.places for cell in place), contents.length)
        if [cell.sort for cell in own] != [cell.sort for cell in new]:
            raise NotationError(
                f"queue {self.name!r} is given the contents of a queue of another kind: give it its own, changed"
            )
        return {cell.name: value for cell, value in zip(own, new, strict=True) if value is not cell}


def queue(name: str, elements: Sort | Columns, capacity: int) -> Queue:
    """Return a queue of at most ``capacity`` elements: values of a sort, or rows of columns as a relation has them."""
    check_name("the name of a queue", name)
    check_is(f"the capacity of queue {name!r}", capacity, int, "how many elements it takes, as in queue('wire', BOOL, 3)")
    if isinstance(capacity, bool) or not 1 <= capacity <= _LONGEST:
        raise NotationError(f"queue {name!r} takes {brief(capacity)} elements: write from 1 to {_LONGEST}")
    columns: Columns = (("", elements),) if isinstance(elements, Sort) else Relation(elements).columns
    for _, sort in columns:
        _blank(sort)
    places = tuple(
        tuple(variable(f"{name}[{number}]{'.' if column else ''}{column}", sort) for column, sort in columns)
        for number in range(capacity)
    )
    return Queue(name, Contents(columns, places, variable(f"{name}.length", Nat(capacity))))


def _blank(sort: Sort) -> Value:
    """Return what a place holds that holds no element: the first value of its sort."""
    if isinstance(sort, Relation):
        raise NotationError("the elements of a queue are relations: give it the columns of one, and append one row at a time")
    if isinstance(sort, Token) and not sort.named:
        raise NotationError(
            f"a queue of {sort} needs a value for places without one: give it, as in Token({sort.name!r}, 2, ('none',))"
        )
    if sort == BOOL:
        return False
    return sort.members[0] if isinstance(sort, Enum) else 0
