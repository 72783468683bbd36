"""The same system by other names: as hostile as names can be, and alike wherever two things may be called alike.

What a system does depends on no name. So whatever an engine says of a system with plain names it has to say of the same system
renamed; a difference is two things taken for one, or a name taken for something else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from model.notation.expr import Binder, Expr, Op, closed, opened
from model.notation.sorts import Enum, Relation, Sort, Token, Value
from model.notation.system import Action, Network, Parameter, TransitionSystem, Variable
from properties.observe import Check, Monitored

NAMES = (
    # as the engines make names of names, now or in the past
    "n", "n.x", "n.x.y", "x.y", "x", "y", "n@0", "n@1", "n.x@0", "n#1", "n.x#1", "$n", "?n", "some#n#x#1", "exists#n#1",
    "exists n#1", "said#taken#n", "taken n", "goal 0", "assumed 0", "one of 1", "v0_n", "p0_n", "rows_0", "members_0", "row_1",
    "parameter 0 n@0", "variable n@1", "variable n@1:0", "#stop n@0", "#slot 0 of n@0", "#action@0", "n_2", "%23;", "n%23;1",
    # words of Python, SMT-LIB, Promela, C and TLA+, and of the notation
    "true", "false", "not", "ite", "and", "let", "Bool", "bvadd", "len", "any", "state", "begin", "pool", "bit", "rows",
    "do", "if", "end", "int", "NULL", "linux", "VARIABLE", "Init", "Next", "vars", "x1", "row", "row'", "row.x", "n.has", "has",
    "label",
    # what ends a text, a comment or a name, or is an operator
    "a|b", "a\\b", 'a"b', "a`b", "a'b", "; x", "x) (assert false", "*/", "/*", "\\* x", "x (* y", "# x", "<b>", "&amp;",
    "a - b",
    "a & b", "~a", "a == b", "a, b", "a b", "1", "12", "²", "é", "名", "+", ".", "n.", ".n", "-", "_", "__class__", "_cells",
)  # fmt: skip
FEW = 8
"""Out of how many names one system gets all of its own, so that many things are called alike."""


@dataclass
class Renaming:
    """New names for what is in a system, each kind by itself; sorts and scopes are renamed once."""

    pick: Callable[[Sequence[str]], str]
    scopes: dict[Binder, Binder] = field(default_factory=dict)
    sorts: dict[Sort, Sort] = field(default_factory=dict)

    def distinct(self, old: Iterable[str], taken: Callable[[str], Iterable[str]] = lambda name: (name,)) -> dict[str, str]:
        """Return a new name for each; ``taken`` says what else no two may have in common."""
        new: dict[str, str] = {}
        used: set[str] = set()
        for name in old:
            candidate = self.pick(NAMES)
            for _ in range(200):
                if used.isdisjoint(taken(candidate)):
                    break
                candidate = self.pick(NAMES)
            else:
                candidate = next(other for other in NAMES if used.isdisjoint(taken(other)))
            used.update(taken(candidate))
            new[name] = candidate
        return new

    def sort(self, sort: Sort) -> Sort:
        if sort not in self.sorts:
            self.sorts[sort] = self._sort(sort)
        return self.sorts[sort]

    def _sort(self, sort: Sort) -> Sort:
        if isinstance(sort, Token):
            named = self.distinct(sort.named)
            return Token(self.pick(NAMES), len(sort.members) - len(named), tuple(named[value] for value in sort.named))
        if isinstance(sort, Enum):
            members = self.distinct(sort.members)
            return Enum(self.pick(NAMES), tuple(members[member] for member in sort.members))
        if isinstance(sort, Relation):
            columns = self.distinct(sort.names)
            return Relation(tuple((columns[name], self.sort(column)) for name, column in sort.columns))
        return sort

    def value(self, value: Value, sort: Sort) -> Value:
        new = self.sort(sort)
        if isinstance(sort, Enum) and isinstance(new, Enum):
            return new.members[sort.members.index(str(value))]
        if isinstance(sort, Relation) and isinstance(value, frozenset):
            sorts = [column for _, column in sort.columns]
            return frozenset(tuple(self.value(cell, s) for cell, s in zip(row, sorts, strict=True)) for row in value)
        return value

    def formula(self, e: Expr, variables: Mapping[str, str], cells: Mapping[str, str]) -> Expr:
        """Return a formula with new names for variables, and for what is read of the parameters of its action."""
        if e.op is Op.EXISTS:
            scope, body = opened(e)
            relation = self.formula(e.args[0], variables, cells)
            assert isinstance(relation.sort, Relation)
            self.scopes[scope] = Binder(relation.sort.names, scope.level)
            return closed(relation, self.scopes[scope], self.formula(body, variables, cells))
        args = tuple(self.formula(a, variables, cells) for a in e.args)
        data = e.data
        match e.op:
            case Op.LITERAL:
                data = self.value(e.value, e.sort)
            case Op.VARIABLE:
                data = variables[e.name]
            case Op.PARAMETER:
                data = cells[e.name]
            case Op.BOUND:
                data = self.scopes[e.scope], e.column
        return Expr(e.op, self.sort(e.sort), args, data)

    def parameters(self, action: Action, variables: Mapping[str, str]) -> tuple[tuple[Parameter, ...], dict[str, str]]:
        """Return an action's parameters by new names, and by their old names what formulas read of them."""
        new: list[Parameter] = []
        cells: dict[str, str] = {}
        for p in action.parameters:
            columns = tuple((self.columns(p)[i], self.sort(sort)) for i, (_, sort) in enumerate(p.columns))
            for name in (*(self.pick(NAMES) for _ in range(200)), *NAMES):
                source = None if p.source is None else self.formula(p.source, variables, {})
                own = tuple((column if source is not None else name, sort) for column, sort in columns)
                candidates = tuple(self.formula(c, variables, {}) for c in p.candidates)
                candidate = Parameter(name, own, source, candidates)
                if name not in {q.name for q in new} and not {*candidate.names} & {*cells.values()}:
                    break
            new.append(candidate)
            cells.update(zip(p.names, candidate.names, strict=True))
        return tuple(new), cells

    def columns(self, p: Parameter) -> tuple[str, ...]:
        """Return the new names of the columns of what a parameter is drawn from."""
        if p.source is None:
            return (p.name,)
        relation = self.sort(p.source.sort)
        assert isinstance(relation, Relation)
        return relation.names


def renamed(monitored: Monitored, seed: int, *, members: bool = True) -> Monitored:
    """Return a system by other names, which ``seed`` decides; its checks keep theirs, and their order.

    Without ``members`` the names of values stay, and with them the order of rows.
    """
    chance = random.Random(seed)  # noqa: S311  # chance, not secrecy
    few = chance.sample(NAMES, FEW)
    naming = Renaming(lambda names: chance.choice(few if chance.random() < 0.9 else names))
    system = monitored.system
    if not members:
        naming.sorts = {s: s for s in _sorts(system) if isinstance(s, Enum)}
    variables = naming.distinct(system.sorts)
    actions = naming.distinct(system.action)
    new: list[Action] = []
    cells: dict[str, Mapping[str, str]] = {}
    for action in system.actions:
        parameters, cells[action.name] = naming.parameters(action, variables)

        def of(e: Expr, own: Mapping[str, str] = cells[action.name]) -> Expr:
            return naming.formula(e, variables, own)

        called = dict(zip((p.name for p in action.parameters), (p.name for p in parameters), strict=True))
        new.append(
            Action(
                actions[action.name],
                of(action.guard),
                {variables[name]: of(e) for name, e in action.updates.items()},
                parameters,
                called.get(action.receives, ""),
                tuple(tuple(map(of, cell)) for cell in action.sends),
            )
        )

    def watched(formulas: Mapping[str, Expr]) -> dict[str, Expr]:
        return {actions[name]: naming.formula(e, variables, cells[name]) for name, e in formulas.items()}

    def checked(check: Check) -> Check:
        asked = check.obligation
        if asked is not None:
            fair = tuple(replace(f, actions=tuple(actions[name] for name in f.actions)) for f in asked.fairness)
            premise, goal = (naming.formula(e, variables, {}) for e in (asked.premise, asked.goal))
            asked = replace(asked, premise=premise, goal=goal, fairness=fair)
        start = naming.formula(check.at_start, variables, {})
        return replace(check, stop=watched(check.stop), trigger=watched(check.trigger), at_start=start, obligation=asked)

    begins = tuple(Variable(variables[v.name], naming.sort(v.sort), naming.value(v.initial, v.sort)) for v in system.variables)
    network = system.network
    if network is not None:
        network = Network(variables[network.variable], network.loss, network.duplication)
    constraint = naming.formula(system.constraint, variables, {})
    other = TransitionSystem(chance.choice(few), begins, tuple(new), network=network, constraint=constraint)
    return Monitored(other, tuple(map(checked, monitored.checks)))


def _sorts(system: TransitionSystem) -> set[Sort]:
    cells = [(sort for _, sort in v.sort.columns) for v in system.variables if isinstance(v.sort, Relation)]
    chosen = [(sort for _, sort in p.columns) for a in system.actions for p in a.parameters]
    return {*system.sorts.values(), *(sort for sorts in (*cells, *chosen) for sort in sorts)}
