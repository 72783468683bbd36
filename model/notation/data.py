"""Systems as data: what JSON can say of a system, and the system that is read back from it.

The formulas of a document stand in one list, each after its parts, and whatever needs one has its number: so what is shared is
written once, and nothing is nested. A sort is said where a formula is a leaf or converts; that of any other follows from its
parts, so that a document cannot say another. What is read is held against the operators one by one, and is refused in a
sentence where it does not fit, or is larger than :class:`Bounds` allow: nothing that is read is run, or trusted.

Two things are not data. An event is of a kind that some enumeration declares, and a format says by a function which cells of a
segment say nothing. Who reads gives those that it knows (:class:`Known`); any other kind becomes a member of an enumeration
that is made for it, and of another format all cells are shown.

>>> from model.notation.expr import variable
>>> from model.notation.sorts import Nat
>>> table = Writer()
>>> table.formula(variable("n", Nat(3)) + 1)
1
>>> table.formulas
[{'op': 'variable', 'sort': 0, 'name': 'n'}, {'op': 'count', 'args': [0], 'by': 1}]
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from model.notation.analysis import parts_first
from model.notation.expr import Binder, Expr, Key, Op
from model.notation.sorts import (
    BOOL,
    MODULUS,
    Distance,
    Enum,
    Format,
    Modulo,
    Nat,
    NotationError,
    Relation,
    Seq,
    Sort,
    Token,
    Value,
    brief,
    nearest,
)
from model.notation.system import (
    DEEPEST,
    Action,
    Event,
    Happening,
    Network,
    Omission,
    Parameter,
    TransitionSystem,
    Untaken,
    Variable,
    View,
)

T = TypeVar("T")
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large what is read may be: how many formulas, sorts, and other items of a list, and how long texts are.

    ``octets`` is how long the text is, ``cells`` how many cells of rows around it a formula reads.
    ``written_out`` is how many signs of operators and names one formula would have if what is shared were written each time:
    printing and some engines do that.
    """

    octets: int = 1 << 24
    formulas: int = 200_000
    cells: int = 100
    sorts: int = 1_000
    items: int = 5_000
    signs: int = 10_000
    written_out: int = 2_000_000


USUAL = Bounds()
"""What the largest models that come with synproof need, many times."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader knows that is not data: enumerations of kinds of events, and formats of segments."""

    kinds: tuple[type[Happening], ...] = ()
    formats: tuple[Format, ...] = ()


@dataclass
class Writer:
    """The sorts and the formulas of a document, each once. What is written is its number."""

    sorts: list[Record] = field(default_factory=list)
    formulas: list[Record] = field(default_factory=list)
    _sorts: dict[Sort, int] = field(default_factory=dict)
    _formulas: dict[Key, int] = field(default_factory=dict)
    _kept: list[Expr] = field(default_factory=list)
    """The formulas that have numbers: one that nobody had any more would get another key when it is written again."""

    def sort(self, sort: Sort) -> int:
        """Return the number of a sort."""
        if sort not in self._sorts:
            said = self._said(sort)
            self._sorts[sort] = len(self.sorts)
            self.sorts.append(said)
        return self._sorts[sort]

    def _said(self, sort: Sort) -> Record:
        match sort:
            case Token():
                return {
                    "kind": "token",
                    "name": sort.name,
                    "count": len(sort.members) - len(sort.named),
                    "named": list(sort.named),
                }
            case Enum():
                return {"kind": "enum", "name": sort.name, "members": list(sort.members)}
            case Nat():
                return {"kind": "nat", "limit": sort.limit}
            case Modulo():
                return {"kind": "modulo", "size": sort.modulus}
            case Seq():
                return {"kind": "seq", "bits": sort.bits}
            case Distance():
                return {"kind": "distance", "modulus": sort.modulus}
            case Relation():
                of = sort.format
                return {
                    "kind": "relation",
                    "columns": [{"name": name, "sort": self.sort(column)} for name, column in sort.columns],
                    "format": {"name": of.name, "source": of.source, "destination": of.destination},
                }
        return {"kind": "bool"}

    def formula(self, e: Expr) -> int:
        """Return the number of a formula."""
        for node in parts_first(e):  # each after its parts
            if node.key not in self._formulas:
                said = self._node(node)
                self._formulas[node.key] = len(self.formulas)
                self.formulas.append(said)
                self._kept.append(node)
        return self._formulas[e.key]

    def _node(self, e: Expr) -> Record:
        said: Record = {"op": e.op.name.lower()}
        match e.op:
            case Op.LITERAL:
                return {**said, "sort": self.sort(e.sort), "value": value_record(e.value)}
            case Op.VARIABLE | Op.PARAMETER:
                return {**said, "sort": self.sort(e.sort), "name": e.name}
            case Op.BOUND:
                row = e.scope
                return {**said, "sort": self.sort(e.sort), "row": list(row.names), "level": row.level, "column": e.column}
        said["args"] = [self._formulas[a.key] for a in e.args]
        if e.op is Op.CONVERT:
            said["sort"] = self.sort(e.sort)
        if e.op is Op.COUNT:
            said["by"] = e.data
        return said

    def variable(self, v: Variable) -> Record:
        """Return what is said of a variable."""
        return {"name": v.name, "sort": self.sort(v.sort), "initial": value_record(v.initial)}

    def system(self, system: TransitionSystem) -> Record:
        """Return what is said of a system, but for its sorts and formulas."""
        network = system.network
        return {
            "name": system.name,
            "variables": list(map(self.variable, system.variables)),
            "actions": list(map(self._action, system.actions)),
            "views": [
                {"role": role, "state": self.formula(view.state), "parts": self._named(view.parts)}
                for role, view in system.views.items()
            ],
            "network": network
            and {
                "variable": network.variable,
                "loss": network.loss,
                "duplication": network.duplication,
                "written_out": network.written_out,
            },
            "assumptions": dict(system.assumptions),
            "chosen": system.chosen,
            "constraint": self.formula(system.constraint),
            "omitted": [
                {"by": o.by, "section": o.section, "state": o.state, "title": o.title, "why": o.why} for o in system.omitted
            ],
            "untaken": [{"by": u.by, "state": u.state, "when": self.formula(u.when)} for u in system.untaken],
            **({"outsiders": list(system.outsiders)} if system.outsiders else {}),
        }

    def _named(self, formulas: Mapping[str, Expr]) -> list[Record]:
        return [{"name": name, "formula": self.formula(e)} for name, e in formulas.items()]

    def _action(self, action: Action) -> Record:
        return {
            "name": action.name,
            "by": action.by,
            "section": action.section,
            "check": action.check,
            "doc": action.doc,
            "parameters": list(map(self._parameter, action.parameters)),
            "receives": action.receives,
            "guard": self.formula(action.guard),
            "updates": self._named(action.updates),
            "sends": [list(map(self.formula, cells)) for cells in action.sends],
            "events": list(map(self._event, action.events)),
            **({"shown": [list(map(self.formula, cells)) for cells in action.shown]} if action.shown else {}),
        }

    def _parameter(self, p: Parameter) -> Record:
        if p.source is not None:
            return {"name": p.name, "source": self.formula(p.source)}
        ((_, sort),) = p.columns
        return {"name": p.name, "sort": self.sort(sort), "among": list(map(self.formula, p.candidates))}

    def _event(self, event: Event) -> Record:
        kind = event.kind
        return {
            "kinds": type(kind).__name__,
            "kind": kind.name,
            "word": kind.value,
            "enters": kind.enters,
            "leaves": kind.leaves,
            "role": event.role,
            "x": None if event.x is None else self.formula(event.x),
            "y": None if event.y is None else self.formula(event.y),
        }


def parsed(text: bytes, bounds: Bounds = USUAL) -> object:
    """Return what a text in JSON says; raise :class:`~model.notation.sorts.NotationError` where it is none, or too long."""
    if len(text) > bounds.octets:
        raise NotationError(f"there are {len(text):,} octets, and {bounds.octets:,} are the most that are read")
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError) as error:  # of the one kind are all mistakes of JSON, and of UTF-8
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise NotationError(f"this is not JSON: {why}") from error


def value_record(value: Value) -> object:
    """Return a value as JSON has it: the rows of a relation as lists, in order."""
    return [list(row) for row in sorted(value)] if isinstance(value, frozenset) else value


class Reader:
    """The sorts and formulas of a document, read and held against the notation.

    Raises :class:`~model.notation.sorts.NotationError` for whatever is not as :class:`Writer` could have written it.
    """

    def __init__(self, record: object, bounds: Bounds = USUAL, known: Known | None = None) -> None:
        self.bounds = bounds
        self.known = known or Known()
        self._kinds = {kinds.__name__: kinds for kinds in self.known.kinds}
        self._made: dict[tuple[str, ...], Happening] = {}
        self._formats = {(f.name, f.source, f.destination): f for f in self.known.formats}
        self.sorts: list[Sort] = []
        self.formulas: list[Expr] = []
        self._sizes: list[int] = []
        self._cells: list[frozenset[tuple[Binder, int, Sort]]] = []
        """The cells of rows that each formula reads and does not bind."""
        of = self.fields("a document", record)
        for number, one in enumerate(self.listed("sorts", of, bounds.sorts)):
            self.sorts.append(self._sort(self.fields(f"sort {number}", one)))
        for number, one in enumerate(self.listed("formulas", of, bounds.formulas)):
            self._add(f"formula {number}", self.fields(f"formula {number}", one))

    # -- what JSON has -----------------------------------------------------------------------------------------------------
    def fields(self, what: str, record: object) -> Record:
        """Return an object, which has to be one."""
        if not isinstance(record, dict):
            raise NotationError(f"{what} is {brief(record)}: an object is needed there")
        return record

    def listed(self, name: str, record: Record, most: int | None = None) -> list[Any]:
        """Return a list of an object, which has to be one, and not too long."""
        found = self._part(name, record, list)
        most = self.bounds.items if most is None else most
        if len(found) > most:
            raise NotationError(f"there are {len(found):,} {name}, and {most:,} are the most that are read")
        return found

    def objects(self, name: str, record: Record) -> list[Record]:
        """Return a list of objects."""
        return [self.fields(f"an item of {name}", one) for one in self.listed(name, record)]

    def text(self, name: str, record: Record) -> str:
        """Return a text of an object."""
        found = self._part(name, record, str)
        if len(found) > self.bounds.signs:
            raise NotationError(f"a text, {name!r}, has {len(found):,} signs, and {self.bounds.signs:,} are the most")
        return str(found)

    def texts(self, name: str, record: Record) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self.text(name, {name: one}) for one in self.listed(name, record))

    def truth(self, name: str, record: Record) -> bool:
        """Return a truth value of an object."""
        return bool(self._part(name, record, bool))

    def number(self, name: str, record: Record) -> int:
        """Return a whole number of an object."""
        found = self._part(name, record, int)
        if isinstance(found, bool):
            raise NotationError(f"{name!r} is {found}: a whole number is needed there")
        return int(found)

    def _part(self, name: str, record: Record, kind: type[T]) -> T:
        if name not in record:
            raise NotationError(f"{name!r} is missing where there is {brief(sorted(map(str, record)))}")
        found = record[name]
        if not isinstance(found, kind):
            raise NotationError(f"{name!r} is {brief(found)}: {_CALLED[kind]} is needed there")
        return found

    # -- sorts and values --------------------------------------------------------------------------------------------------
    def sort(self, record: Record) -> Sort:
        """Return the sort that an object says by its number."""
        number = self.number("sort", record)
        if not 0 <= number < len(self.sorts):
            raise NotationError(f"there is no sort {number} before where it is meant")
        return self.sorts[number]

    def _sort(self, said: Record) -> Sort:
        match self.text("kind", said):
            case "bool":
                return BOOL
            case "nat":
                return Nat(self.number("limit", said))
            case "modulo":
                return Modulo(self.number("size", said))
            case "seq":
                return Seq(self.number("bits", said))
            case "distance":
                modulus = self.number("modulus", said)
                if not 2 <= modulus <= 1 << 64:  # noqa: PLR2004  # as of the circles that there are
                    raise NotationError(f"a distance is on a circle of {modulus}: there are circles of 2 to 2**64")
                return Distance.on(modulus)
            case "enum":
                return Enum(self.text("name", said), self.texts("members", said))
            case "token":
                return Token(self.text("name", said), self.number("count", said), self.texts("named", said))
            case "relation":
                columns = tuple((self.text("name", one), self.sort(one)) for one in self.objects("columns", said))
                of = self.fields("format", said.get("format"))
                parts = (self.text("name", of), self.text("source", of), self.text("destination", of))
                return Relation(columns, self._formats.get(parts) or Format(*parts))
            case kind:
                raise NotationError(f"{brief(kind)} is no kind of sort; {nearest(kind[:20], _KINDS)}")

    def value(self, name: str, record: Record, sort: Sort) -> Value:
        """Return a value of a sort."""
        if name not in record:
            raise NotationError(f"{name!r} is missing where a value is needed")
        found = record[name]
        if isinstance(sort, Relation):
            rows = self.listed(name, record)
            if not all(isinstance(row, list) and not any(isinstance(cell, list | dict) for cell in row) for row in rows):
                raise NotationError(f"{brief(found)} is not a list of rows, each a list of values")
            found = frozenset(map(tuple, rows))
        return sort.check(found)

    # -- formulas ----------------------------------------------------------------------------------------------------------
    def formula(self, name: str, record: Record) -> Expr:
        """Return the formula that an object says by its number."""
        return self._numbered(self.number(name, record))

    def _numbered(self, number: object) -> Expr:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self.formulas):
            raise NotationError(f"there is no formula {brief(number)} before where it is meant")
        return self.formulas[number]

    def optional(self, name: str, record: Record) -> Expr | None:
        """Return the formula that an object says, or None where it says null."""
        return None if record.get(name) is None else self.formula(name, record)

    def named(self, name: str, record: Record) -> dict[str, Expr]:
        """Return formulas by name."""
        return {self.text("name", one): self.formula("formula", one) for one in self.objects(name, record)}

    def _add(self, what: str, said: Record) -> None:
        word = self.text("op", said)
        if word not in _OPS:
            raise NotationError(f"{what} has the operator {brief(word)}, which there is not; {nearest(word[:20], tuple(_OPS))}")
        op = _OPS[word]
        try:
            e, numbers = self._leaf(op, said) if op in _LEAVES else self._joined(op, said)
        except NotationError as error:
            raise NotationError(f"{what}, {word}: {error}") from None
        size = 1 + sum(self._sizes[n] for n in numbers)
        if e.depth > DEEPEST:
            raise NotationError(f"{what} is nested {e.depth} deep, and {DEEPEST} is the most")
        if size > self.bounds.written_out:
            raise NotationError(
                f"{what} would have more than {self.bounds.written_out:,} parts if it were written out: that is too large"
            )
        free: frozenset[tuple[Binder, int, Sort]] = frozenset().union(*(self._cells[n] for n in numbers))
        if op is Op.BOUND:
            free = frozenset({(e.scope, e.column, e.sort)})
        if op is Op.EXISTS:
            free = frozenset(cell for cell in free if cell[0] != e.scope)
        if len(free) > self.bounds.cells:
            raise NotationError(f"{what} reads {len(free)} cells of rows, and {self.bounds.cells} are the most")
        self.formulas.append(e)
        self._sizes.append(size)
        self._cells.append(free)

    def _leaf(self, op: Op, said: Record) -> tuple[Expr, tuple[int, ...]]:
        sort = self.sort(said)
        if op is Op.LITERAL:
            return Expr(op, sort, (), self.value("value", said, sort)), ()
        if op is Op.BOUND:
            names, level, column = self.texts("row", said), self.number("level", said), self.number("column", said)
            if not (0 < level <= DEEPEST and 0 <= column < len(names)):
                raise NotationError(f"a row has the level {level} and the column {column}, which it cannot have")
            return Expr(op, sort, (), (Binder(names, level), column)), ()
        return Expr(op, sort, (), self.text("name", said)), ()

    def _joined(self, op: Op, said: Record) -> tuple[Expr, tuple[int, ...]]:
        numbers = tuple(self.listed("args", said))
        args = tuple(map(self._numbered, numbers))
        sorts = [a.sort for a in args]
        if op is Op.CONVERT:
            _require(len(args) == 1 and _converts(sorts[0]) and isinstance(self.sort(said), Nat | Seq), op, sorts)
            return Expr(op, self.sort(said), args), numbers
        if op is Op.COUNT:
            _require(len(args) == 1 and isinstance(sorts[0], Nat), op, sorts)
            return Expr(op, sorts[0], args, self.number("by", said)), numbers
        if op is Op.EXISTS:
            return self._exists(args, numbers), numbers
        return Expr(op, _SORTS[op](sorts), args), numbers

    def _exists(self, args: tuple[Expr, ...], numbers: tuple[int, ...]) -> Expr:
        sorts = [a.sort for a in args]
        _require(len(args) == 2 and isinstance(sorts[0], Relation) and sorts[1] == BOOL, Op.EXISTS, sorts)  # noqa: PLR2004  # relation, body
        relation, body = args
        assert isinstance(relation.sort, Relation)
        row = Binder(relation.sort.names, body.level + 1)
        for scope, column, sort in self._cells[numbers[1]]:
            if scope == row and sort != relation.sort.columns[column][1]:
                raise NotationError(f"reads the column {row.names[column]!r} of a row as a {sort}, which it is not")
            if scope.level == row.level and scope != row:
                raise NotationError("reads a cell of a row that it does not bind")
        return Expr(Op.EXISTS, BOOL, args, row)

    # -- systems -----------------------------------------------------------------------------------------------------------
    def variable(self, said: Record) -> Variable:
        """Return a variable."""
        sort = self.sort(said)
        return Variable(self.text("name", said), sort, self.value("initial", said, sort))

    def system(self, record: object) -> TransitionSystem:
        """Return a system; raise as building one does where something in it does not fit."""
        said = self.fields("a system", record)
        network = None if said.get("network") is None else self.fields("network", said["network"])
        return TransitionSystem(
            self.text("name", said),
            tuple(map(self.variable, self.objects("variables", said))),
            tuple(map(self._action, self.objects("actions", said))),
            views={
                self.text("role", one): View(self.formula("state", one), **self._parts(one))
                for one in self.objects("views", said)
            },
            network=None
            if network is None
            else Network(
                self.text("variable", network),
                self.truth("loss", network),
                self.truth("duplication", network),
                self.truth("written_out", network),
            ),
            assumptions=self._assumptions(said),
            chosen=self.truth("chosen", said),
            constraint=self.formula("constraint", said),
            omitted=tuple(
                Omission(*(self.text(part, one) for part in ("by", "section", "state", "title", "why")))
                for one in self.objects("omitted", said)
            ),
            untaken=tuple(
                Untaken(self.text("by", one), self.text("state", one), self.formula("when", one))
                for one in self.objects("untaken", said)
            ),
            outsiders=self.texts("outsiders", said) if "outsiders" in said else (),
        )

    def _parts(self, said: Record) -> dict[str, Expr]:
        parts = self.named("parts", said)
        for name in ("state", "self"):
            if name in parts:
                raise NotationError(f"a view has a part that is called {name!r}: give it another name")
        return parts

    def _assumptions(self, said: Record) -> dict[str, str | bool | int]:
        found = self.fields("assumptions", said.get("assumptions"))
        for name, value in found.items():
            if not isinstance(value, str | bool | int) or len(str(name)) > self.bounds.signs:
                raise NotationError(f"the assumption {brief(name)} is {brief(value)}: write a text, a number or a truth value")
        return found

    def _action(self, said: Record) -> Action:
        return Action(
            self.text("name", said),
            self.formula("guard", said),
            self.named("updates", said),
            tuple(map(self._parameter, self.objects("parameters", said))),
            self.text("receives", said),
            tuple(self._segment(cells) for cells in self.listed("sends", said)),
            tuple(map(self._event, self.objects("events", said))),
            self.text("by", said),
            self.text("section", said),
            self.text("doc", said),
            self.text("check", said),
            tuple(self._segment(cells) for cells in (self.listed("shown", said) if "shown" in said else [])),
        )

    def _segment(self, cells: object) -> tuple[Expr, ...]:
        if not isinstance(cells, list):
            raise NotationError(f"a segment sent is {brief(cells)}: write the numbers of its cells' formulas")
        return tuple(map(self._numbered, cells))

    def _parameter(self, said: Record) -> Parameter:
        name = self.text("name", said)
        if "source" in said:
            source = self.formula("source", said)
            if not isinstance(source.sort, Relation):
                raise NotationError(f"parameter {brief(name)} is drawn from a {source.sort}: draw from a relation")
            return Parameter(name, source.sort.columns, source)
        sort = self.sort(said)
        among = tuple(map(self._numbered, self.listed("among", said)))
        if isinstance(sort, Relation) or any(e.sort != sort for e in among):
            raise NotationError(f"parameter {brief(name)} is a {sort}, and is chosen among something else")
        return Parameter(name, ((name, sort),), None, among)

    def _event(self, said: Record) -> Event:
        parts = tuple(self.text(part, said) for part in ("kinds", "kind", "word", "enters", "leaves"))
        return Event(self._kind(parts), self.text("role", said), self.optional("x", said), self.optional("y", said))

    def _kind(self, parts: tuple[str, ...]) -> Happening:
        kinds, name, *rest = parts
        if kinds in self._kinds:
            if name not in self._kinds[kinds].__members__:
                raise NotationError(
                    f"there is no event {brief(name)}; {nearest(name[:50], tuple(self._kinds[kinds].__members__))}"
                )
            return self._kinds[kinds][name]
        if parts not in self._made:
            if not (name.isidentifier() and not name.startswith("_") and kinds.isidentifier() and name != "mro"):
                raise NotationError(f"{brief(kinds)} and {brief(name)} are no names of an enumeration and its member")
            made = cast("Any", Happening)(kinds, {name: tuple(rest)})  # as enumerations are made
            self._made[parts] = made[name]
        return self._made[parts]


_CALLED: Mapping[type, str] = {list: "a list", str: "a text", bool: "true or false", int: "a whole number"}
_KINDS = ("bool", "nat", "modulo", "seq", "distance", "enum", "token", "relation")
_OPS: Mapping[str, Op] = {op.name.lower(): op for op in Op}
_LEAVES = (Op.LITERAL, Op.VARIABLE, Op.PARAMETER, Op.BOUND)


def _require(fits: bool, op: Op, sorts: Iterable[Sort]) -> None:  # what is required
    if not fits:
        raise NotationError(f"{op.value} is not for {', '.join(map(str, sorts)) or 'nothing'}")


def _converts(sort: Sort) -> bool:
    return isinstance(sort, Nat) or (isinstance(sort, Seq | Distance) and sort.modulus < MODULUS)


def _rule(
    op: Op, fits: Callable[[Sequence[Sort]], bool], of: Callable[[Sequence[Sort]], Sort]
) -> Callable[[Sequence[Sort]], Sort]:
    def sort(sorts: Sequence[Sort]) -> Sort:
        _require(fits(sorts), op, sorts)
        return of(sorts)

    return sort


def _truth(_: Sequence[Sort]) -> Sort:
    return BOOL


def _first(sorts: Sequence[Sort]) -> Sort:
    return sorts[0]


def _alike(sorts: Sequence[Sort]) -> bool:
    return len(sorts) == 2 and sorts[0] == sorts[1]  # noqa: PLR2004  # the two sides


def _conditions(sorts: Sequence[Sort]) -> bool:
    return len(sorts) > 1 and all(sort == BOOL for sort in sorts)


def _row(sorts: Sequence[Sort]) -> bool:
    return bool(sorts) and isinstance(sorts[0], Relation) and tuple(sorts[1:]) == tuple(sort for _, sort in sorts[0].columns)


def _shifts(sorts: Sequence[Sort]) -> bool:
    return (
        len(sorts) == 2  # noqa: PLR2004  # a point, and how far
        and isinstance(sorts[0], Seq)
        and (isinstance(sorts[1], Nat) or sorts[1] == sorts[0].distance)
    )


def _between(sorts: Sequence[Sort]) -> Sort:
    point = sorts[0]
    assert isinstance(point, Seq)
    return point.distance


_SORTS: Mapping[Op, Callable[[Sequence[Sort]], Sort]] = {
    op: _rule(op, fits, of)
    for op, fits, of in (
        (Op.EQUAL, lambda s: _alike(s) and not isinstance(s[0], Relation), _truth),
        (Op.NOT, lambda s: list(s) == [BOOL], _truth),
        (Op.AND, _conditions, _truth),
        (Op.OR, _conditions, _truth),
        (Op.ITE, lambda s: len(s) == 3 and s[0] == BOOL and s[1] == s[2], lambda s: s[1]),  # noqa: PLR2004  # condition, then, else
        (Op.SHIFT, _shifts, _first),
        (Op.DIFFERENCE, lambda s: _alike(s) and isinstance(s[0], Seq), _between),
        (Op.LESS, lambda s: _alike(s) and isinstance(s[0], Nat | Distance), _truth),
        (Op.HAS, _row, _truth),
        (Op.ADD, _row, _first),
        (Op.REMOVE, _row, _first),
    )
}
"""Of which sort what an operator makes is, where its arguments are of sorts that it is for."""
