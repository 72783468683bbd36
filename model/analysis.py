"""Reading formulas: what they mention, whether they are written alike, and what they become after updates."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping

from model.expr import Expr, Op, Scope, conj, disj, ite, negate
from model.sorts import Sort


def substitute(e: Expr, replacement: Mapping[str, Expr]) -> Expr:
    """Return ``e`` with state variables replaced by formulas: the value of ``e`` after the updates ``replacement``."""
    return replaced(e, lambda node: replacement.get(str(node.data)) if node.op is Op.VARIABLE else None)


def replaced(e: Expr, by: Callable[[Expr], Expr | None]) -> Expr:
    """Return ``e`` with each part, from the outside in, replaced by what ``by`` says; None says to look further inside."""
    memo: dict[int, Expr] = {}

    def walk(node: Expr) -> Expr:
        if id(node) not in memo:
            memo[id(node)] = rebuilt(node)
        return memo[id(node)]

    def rebuilt(node: Expr) -> Expr:
        new = by(node)
        if new is not None:
            return new
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
    seen: set[int] = set()
    stack = [e]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(node.args)


def references(e: Expr) -> frozenset[tuple[Op, str, Sort]]:
    """Return the variables and parameters that ``e`` reads: :attr:`Op.VARIABLE` or PARAMETER, name, and the sort read as."""
    read = (Op.VARIABLE, Op.PARAMETER)
    return frozenset((node.op, node.name, node.sort) for node in subformulas(e) if node.op in read)


def mentions(e: Expr) -> frozenset[tuple[Op, str]]:
    """Return the variables and parameters that ``e`` reads, as pairs of :attr:`Op.VARIABLE` or PARAMETER and a name."""
    return frozenset((op, name) for op, name, _ in references(e))


def alike(left: Expr, right: Expr) -> bool:
    """Return whether two formulas are written alike, but for which quantifier is which: then they mean the same."""
    known: set[tuple[int, int, tuple[tuple[Scope, Scope], ...]]] = set()

    def same(a: Expr, b: Expr, bound: tuple[tuple[Scope, Scope], ...]) -> bool:
        if (a is b and all(one is other for one, other in bound)) or (id(a), id(b), bound) in known:
            return True
        if (a.op, a.sort, len(a.args)) != (b.op, b.sort, len(b.args)):
            return False
        match a.op:
            case Op.BOUND:
                outer = next((pair for pair in reversed(bound) if a.scope is pair[0] or b.scope is pair[1]), (a.scope,) * 2)
                return a.column == b.column and (a.scope, b.scope) == outer
            case Op.EXISTS:
                body = (*bound, (a.scope, b.scope))
                if not (same(a.args[0], b.args[0], bound) and same(a.args[1], b.args[1], body)):
                    return False
            case _:
                if a.data != b.data or not all(same(one, other, bound) for one, other in zip(a.args, b.args, strict=True)):
                    return False
        known.add((id(a), id(b), bound))
        return True

    return same(left, right, ())


def structure(e: Expr, around: tuple[Scope, ...] = ()) -> Hashable:
    """Return what two formulas share when they are written alike; formulas themselves are compared by identity only.

    A quantifier is known by how many stand ``around`` it: two that are written alike are as good as one.
    """
    if e.op is Op.BOUND and e.scope in around:
        return e.op, e.sort, around.index(e.scope), e.column
    if e.op is Op.EXISTS:
        relation, body = e.args
        return e.op, structure(relation, around), structure(body, (*around, e.scope))
    return (e.op, e.sort, e.data, tuple(structure(a, around) for a in e.args))
