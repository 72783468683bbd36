"""Promela, for SPIN: one process with one loop, whose options are the steps of the system.

An option is a ``d_step``, so that a step is one transition of SPIN's, without states in between. States and transitions can
therefore be compared one by one with those of the search here. Steps that exclude each other share an option
(:mod:`checker.export.alternatives`).

A claim of liveness becomes a formula of linear temporal logic. SPIN's runs stop only where no step is possible, so that what
they assume is that some step is taken as long as one can be, and nothing else.

The state is as small as by hand: a bit for each row that a relation may contain, and a few bits for the position of a value
among those that occur. There are no ``hidden`` tables, since SPIN's breadth-first search refuses them: what a table would say
is a condition or a choice, of which the C compiler makes a table where that is better.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.export.alternatives import alternatives
from checker.export.folding import Folder
from checker.export.occurring import Row, occurring
from checker.export.spellings import Spellings, comment
from checker.export.steps import Instance, instances
from model.notation.expr import FALSE, TRUE, Expr, Op, literal
from model.notation.interpreter import Interpreter
from model.notation.sorts import Relation
from model.notation.system import Action
from properties.observe import Monitored


@dataclass(frozen=True, slots=True)
class _Assignment:
    """One assignment of a step: the Promela text of what is set and of its value."""

    target: str
    value: str
    reads: frozenset[str]
    """What the value reads, by Promela's names."""

    def reading(self, spare: str, target: str) -> _Assignment:
        """Return the same, with what is kept in ``spare`` in place of a variable."""
        value = re.sub(rf"\b{target}\b", spare, self.value)
        return _Assignment(self.target, value, self.reads - {target} | ({spare} if target in self.reads else set()))


def promela(monitored: Monitored, heading: Sequence[str]) -> str:
    """Return a system and its claims in Promela.

    Parameters
    ----------
    monitored : Monitored
        The system, with the observers of the claims. Its network has to be written out as formulas.
    heading : Sequence[str]
        The lines of the comment at the beginning.

    Returns
    -------
    str
        The text of the file.

    Raises
    ------
    NotationError
        Where the system has too many combinations of values to be written so.
    """
    return "\n".join(_Writer(monitored).lines(heading)) + "\n"


class _Writer:
    """What writes one system, part by part."""

    def __init__(self, monitored: Monitored) -> None:
        self.monitored = monitored
        self.system = monitored.system
        self.folder = Folder(self.system.sorts, occurring(monitored))
        self.words = Spellings(self.system, self.folder)
        self.spares: list[str] = []

    def lines(self, heading: Sequence[str]) -> Iterator[str]:
        options = list(self._options())
        yield "/*"
        yield from (f" * {comment(line)}".rstrip() for line in heading)
        yield " */"
        yield from self.words.definitions()
        yield ""
        yield from self.words.declarations(Interpreter(self.system).initial())
        yield from (f"int {spare}; /* holds a value within a step, and is 0 before and after it */" for spare in self.spares)
        yield ""
        yield "/* The actions. Below, each stands with its arguments, beside others that exclude it. */"
        yield from (line for action in self.system.actions for line in _about(action))
        yield ""
        yield "active proctype steps()"
        yield "{"
        yield "end:"
        yield "    do"
        yield from ("    " + line if line else "" for line in options or [":: false -> skip"])
        yield "    od"
        yield "}"
        yield from self._obligations()

    def _obligations(self) -> Iterator[str]:
        """Yield a formula of linear temporal logic for each claim of liveness."""
        for check in self.monitored.checks:
            if check.obligation is not None:
                premise, goal = (
                    self.words.text(self.folder.fold(e)) for e in (check.obligation.premise, check.obligation.goal)
                )
                yield ""
                yield f"ltl {self.words.claim(check.name)} {{ [] (({premise}) -> <> ({goal})) }}"

    def _options(self) -> Iterator[str]:
        for group in alternatives(instances(self.monitored, self.folder), self.folder):
            yield ""
            guard = self.words.text(self.folder.both(group.shared, group.some))
            if len(group.members) == 1:
                (instance,) = group.members
                yield f"/* {comment(_named(instance))} */"
                yield f":: d_step {{ {guard} ->"
                yield from self._body(instance, "       ")
                yield "   }"
                continue
            yield f":: d_step {{ {guard} -> if"
            for instance, parts in zip(group.members, group.guards, strict=True):
                own = self.folder.both(*(self.folder.among(*choice) for choice in parts.choices.items()), *parts.rest)
                yield f"   /* {comment(_named(instance))} */"
                yield f"   :: {self.words.text(own)} ->"
                yield from self._body(instance, "       ")
            yield "   fi }"

    def _body(self, instance: Instance, margin: str) -> Iterator[str]:
        done = [*self._assertions(instance), *self._updates(instance)]
        yield from (margin + line for line in (";\n".join(done) or "skip").split("\n"))

    # -- what is asserted --------------------------------------------------------------------------------------------------
    def _assertions(self, instance: Instance) -> Iterator[str]:
        for claim, stop in instance.stops.items():
            yield f"assert({self.words.text(self.folder.opposite(stop))}) /* {comment(claim)} */"

    def _certain(self, condition: Expr) -> Iterator[str]:
        """Yield the assertion that a value is in the tables, unless that is certain."""
        if condition is not TRUE:
            yield f"assert({self.words.text(condition)}) /* or else it is not in the tables above */"

    # -- what is assigned --------------------------------------------------------------------------------------------------
    def _updates(self, instance: Instance) -> Iterator[str]:
        assignments: list[_Assignment] = []
        for name, new in instance.action.updates.items():
            if isinstance(self.system.sorts[name], Relation):
                yield from self._edited(name, new, instance, assignments)
            else:
                yield from self._assigned(name, self.folder.fold(new, instance.cells), assignments)
        yield from self._in_order(assignments)

    def _assigned(self, name: str, new: Expr, assignments: list[_Assignment]) -> Iterator[str]:
        domain = self.folder.occurring.values[name]
        if not self.folder.outcomes(new) <= set(domain):
            yield from self._certain(self.folder.either(*(self.folder.equal(new, literal(v, new.sort)) for v in domain)))
        if name in self.words.variables and not (new.op is Op.VARIABLE and new.name == name):
            assignments.append(_Assignment(self.words.variables[name], self.words.text(new), self._reads(new)))

    def _edited(self, name: str, new: Expr, instance: Instance, assignments: list[_Assignment]) -> Iterator[str]:
        """Append the assignments that make a relation what ``new`` says, and yield the assertions that they need."""
        known = frozenset(self.folder.occurring.rows[name])
        possible = self.folder.possible(new, instance.cells)
        unknown = (self.folder.contains(new, row, instance.cells) for row in possible if row not in known)
        yield from self._certain(self.folder.opposite(self.folder.either(*unknown)))
        edits = self._edits(name, new, instance)
        if edits is None:
            edits = [(Op.LITERAL, {row: self.folder.contains(new, row, instance.cells) for row in possible})]
        for word in self.words.words[name]:
            value, reads = word, frozenset({word})
            for op, rows in edits:
                bits, read = self._bits(name, word, rows)
                if op is Op.LITERAL:
                    value, reads = bits, read
                elif bits != "0":
                    value = f"({value} | {bits})" if op is Op.ADD else f"({value} & ~{bits})"
                    reads |= read
            if value != word:
                assignments.append(_Assignment(word, value, reads))

    def _edits(self, name: str, new: Expr, instance: Instance) -> list[tuple[Op, dict[Row, Expr]]] | None:
        """Return what is added to the relation ``name`` and removed, in order; None for any other formula.

        Of each edit it is the rows that it may be about, with the condition under which it is about that row.
        """
        edits: list[tuple[Op, dict[Row, Expr]]] = []
        while new.op is not Op.VARIABLE:
            if new.op is Op.ITE:
                test = self.folder.fold(new.args[0], instance.cells)
                if test.op is not Op.LITERAL:
                    return None
                new = new.args[1] if test.data else new.args[2]
            elif new.op in (Op.ADD, Op.REMOVE):
                edits.append((new.op, self.folder.named(new, instance.cells)))
                new = new.args[0]
            else:
                return None
        return edits[::-1] if new.name == name else None

    def _bits(self, name: str, word: str, rows: Mapping[Row, Expr]) -> tuple[str, frozenset[str]]:
        """Return the bits of those rows that are in a word, each under its condition, and what that reads."""
        here = {row: there for row, there in rows.items() if row in self.words.of_word(name, word) and there is not FALSE}
        always = self.words.mask(name, word, [row for row, there in here.items() if there is TRUE])
        chosen = [
            f"({self.words.text(there)} -> {self.words.bit(name, row)[1]} : 0)"
            for row, there in here.items()
            if there is not TRUE
        ]
        parts = [*([always] if always != "0" else []), *chosen]
        reads = frozenset(read for there in here.values() for read in self._reads(there))
        return ("0" if not parts else parts[0] if len(parts) == 1 else f"({' | '.join(parts)})"), reads

    def _reads(self, e: Expr) -> frozenset[str]:
        """Return the variables of Promela's that a folded formula reads."""
        return frozenset(self.words.read_by(e))

    def _in_order(self, assignments: list[_Assignment]) -> Iterator[str]:
        """Yield the assignments, each before those of the variables that it reads, for all of them read the state before."""
        waiting, held = list(assignments), 0
        while waiting:
            free = (a for a in waiting if not any(a.target in other.reads for other in waiting if other is not a))
            now = next(free, None)
            if now is None:  # they go round in a circle: one value is put aside
                now = waiting[0]
                if held == len(self.spares):
                    self.spares.append(self.words.spare())
                yield f"{self.spares[held]} = {now.target}"
                waiting = [a if a is now else a.reading(self.spares[held], now.target) for a in waiting]
                held += 1
            waiting.remove(now)
            yield f"{now.target} = {now.value}"
        yield from (f"{spare} = 0" for spare in self.spares[:held])


def _named(instance: Instance) -> str:
    """Return an action and its arguments, for a comment."""
    chosen = ", ".join(f"{name} = {argument}" for name, argument in instance.arguments.items())
    return f"{instance.action.name}: {chosen}" if chosen else instance.action.name


def _about(action: Action) -> Iterator[str]:
    """Yield comments that say what an action is."""
    section = f" (RFC 9293 section {action.section.lstrip('§')})" if action.section else ""
    said = f": {action.doc}" if action.doc else ""
    yield f"/* {comment(action.name)}{comment(section)}{comment(said)} */"
