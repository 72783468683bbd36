"""Reading formulas: what they mention, and what they become after updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from weakref import WeakKeyDictionary

from model.notation.expr import Expr, Key, Op, closed, conj, disj, ite, negate, opened
from model.notation.sorts import Sort


def substitute(e: Expr, replacement: Mapping[str, Expr], known: dict[Key, Expr] | None = None) -> Expr:
    """Return ``e`` with state variables replaced by formulas: the value of ``e`` after the updates ``replacement``.

    ``known`` keeps what parts have become, for whoever asks again with the same replacement.
    """

    def by(node: Expr) -> Expr | None:
        if node.op is Op.VARIABLE:
            return replacement.get(str(node.data))
        return node if node.variables.isdisjoint(replacement) else None

    return _rebuilt(e, by, _same, known)


def replaced(e: Expr, by: Callable[[Expr], Expr | None], known: dict[Key, Expr] | None = None) -> Expr:
    """Return ``e`` with each part, from the outside in, replaced by what ``by`` says; None says to look further inside.

    ``known`` keeps what parts have become, for whoever asks again with the same ``by``.
    """
    return _rebuilt(e, by, _same, known)


def rewritten(e: Expr, rule: Callable[[Expr], Expr]) -> Expr:
    """Return ``e`` with each part, from the inside out, replaced by what ``rule`` makes of it."""
    return _rebuilt(e, lambda _: None, rule)


def _same(e: Expr) -> Expr:
    return e


def _rebuilt(
    e: Expr, by: Callable[[Expr], Expr | None], rule: Callable[[Expr], Expr], known: dict[Key, Expr] | None = None
) -> Expr:
    memo: dict[Key, Expr] = {} if known is None else known

    def walk(node: Expr) -> Expr:
        become = memo.get(node.key)
        if become is None:
            become = by(node)
            if become is None:
                become = rule(within(node))
            memo[node.key] = become
        return become

    def within(node: Expr) -> Expr:
        if node.op is Op.EXISTS:
            scope, body = opened(node)
            relation, said = walk(node.args[0]), walk(body)
            return node if relation is node.args[0] and said is body else closed(relation, scope, said)
        args = tuple(map(walk, node.args))
        if all(new is old for new, old in zip(args, node.args, strict=True)):
            return node
        match node.op:
            case Op.EQUAL:
                return args[0] == args[1]
            case Op.NOT:
                return negate(args[0])
            case Op.AND:
                return conj(*args)
            case Op.OR:
                return disj(*args)
            case Op.ITE:
                return ite(*args)
            case _:
                return Expr(node.op, node.sort, args, node.data)

    return walk(e)


def subformulas(e: Expr) -> Iterator[Expr]:
    """Yield ``e`` and every part of it, each once."""
    seen: set[Key] = set()
    stack = [e]
    while stack:
        node = stack.pop()
        if node.key not in seen:
            seen.add(node.key)
            yield node
            stack.extend(node.args)


def parts_first(e: Expr) -> Iterator[Expr]:
    """Yield every part of ``e`` after the parts that it has itself, each once, and ``e`` last."""
    seen: set[Key] = set()
    stack = [(e, False)]
    while stack:
        node, after_parts = stack.pop()
        if after_parts:
            yield node
        elif node.key not in seen:
            seen.add(node.key)
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(node.args))


def references(e: Expr) -> frozenset[tuple[Op, str, Sort]]:
    """Return the variables and parameters that ``e`` reads: :attr:`Op.VARIABLE` or PARAMETER, name, and the sort read as."""
    if e.key not in _REFERENCES:
        read = (Op.VARIABLE, Op.PARAMETER)
        _REFERENCES[e.key] = frozenset((node.op, node.name, node.sort) for node in subformulas(e) if node.op in read)
    return _REFERENCES[e.key]


_REFERENCES: WeakKeyDictionary[Key, frozenset[tuple[Op, str, Sort]]] = WeakKeyDictionary()
"""What formulas read, as long as they are there: the same are asked about for each action and claim that they come to be in."""


def mentions(e: Expr) -> frozenset[tuple[Op, str]]:
    """Return the variables and parameters that ``e`` reads, as pairs of :attr:`Op.VARIABLE` or PARAMETER and a name."""
    return frozenset((op, name) for op, name, _ in references(e))
