"""A model as a document in the manner of RFC 9293 §3.10: for each section and state what is done, in the order of the checks.

It is read off the actions. Where an action's guard begins with the contrary of those before it in its section, this is the
RFC's order of checks with early returns: the contrary is left out, and the branch stands under the check it belongs to, or is
said to be *first*, *second*, *third* where the model does not name one. A check that the RFC has and the model leaves out is a
line at its place. What scope and assumptions go by, as how often an ISN was chosen, is said apart from what the RFC says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from model.notation.analysis import mentions
from model.notation.expr import Expr, Op, conj, conjuncts, negate
from model.notation.pretty import name_text, parameter_text, pretty, segment_text, value_text
from model.notation.sorts import Relation
from model.notation.system import Action, TransitionSystem, Variable
from model.tcp.endpoint import COUNTED, NOTED, NUMBERS
from properties.specification import Specification
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.vocabulary import Vocabulary
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)

_ORDINALS = (
    *("First", "Second", "Third", "Fourth", "Fifth", "Sixth"),
    *("Seventh", "Eighth", "Ninth", "Tenth", "Eleventh", "Twelfth"),
)
_NOTED = "Not in the RFC; the scope and the assumptions go by these:"
_NAME = re.compile("\0(.*)\0")
_TITLES = {
    "§3.10.1": "OPEN CALL",
    "§3.10.2": "SEND CALL",
    "§3.10.4": "CLOSE CALL",
    "§3.10.5": "ABORT CALL",
    "§3.10.8": "TIMEOUTS",
    "§3.6": "CLOSING A CONNECTION",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Actions under one heading: what they have in common, and for each what it asks for besides, in order."""

    section: str
    by: str
    state: str
    receives: bool
    segments: Relation | None
    variables: tuple[str, ...]
    branches: tuple[tuple[Action, tuple[Expr, ...], bool], ...]
    omitted: tuple[tuple[str, str], ...]
    """Checks of the RFC that the model leaves out here, and why."""


def document(spec: Specification, system: TransitionSystem, spoken: Language = _ENGLISH) -> str:
    """Return the whole model as readable text."""
    tell = spoken.tell
    lines = _wrapped(spoken.word("colon").join(filter(None, (system.name, spec.summary))))
    assumptions = ", ".join(f"{name}={value_text(value)}" for name, value in system.assumptions.items())
    lines += ["", *_wrapped(tell("Assumptions: {assumptions}.", assumptions=assumptions))] if assumptions else []
    for declared in map(spec.declares.__getitem__, spec.own):
        lines += _wrapped(f"{declared.name}: {declared.extent}; {declared.meaning}", 2, 2)
    lines += ["", tell("VARIABLES"), ""]
    column = max((len(v.name) for v in system.variables), default=0) + 2
    noted = [v for v in system.variables if _is_noted(v.name, system)]
    for v in (v for v in system.variables if not _is_noted(v.name, system)):
        lines += _declared(v, column, spoken)
    if noted:
        lines += ["", *_wrapped(tell(_NOTED), 2), ""]
    for v in noted:
        lines += _declared(v, column, spoken)
    bodies: dict[tuple[str, ...], list[Group]] = {}
    for group in groups(system):
        bodies.setdefault((group.section, group.state, *_body(group, spoken)), []).append(group)
    for (section, state, *body), same in sorted(bodies.items(), key=lambda item: _place(item[1][0])):
        lines += ["", *_heading(section, state, same, spoken), *(_named(line, same) for line in body)]
    return "\n".join(line.rstrip() for line in lines)


def _declared(v: Variable, column: int, spoken: Language) -> list[str]:
    said = spoken.tell("{sort}, at first {value}", sort=_sort(v.sort), value=value_text(v.initial))
    return _wrapped(f"{v.name:<{column}}{said}", 2, column)


def _is_noted(name: str, system: TransitionSystem) -> bool:
    """Return whether a variable is none of the RFC's, but what an endpoint's scope and assumptions go by."""
    role, _, own = name.rpartition(".")
    return own in NOTED and all(f"{role}.{number}" in system.sorts for number in NUMBERS)


def _place(group: Group) -> tuple[bool, list[int]]:
    """Return where a group stands: by section, and what is done by nobody in particular last."""
    return not group.by, [int(n) for n in re.findall(r"\d+", group.section)]


def _named(line: str, groups: Sequence[Group]) -> str:
    """Put the full names of the actions where their common part stands."""
    return _NAME.sub(lambda m: ", ".join(f"{g.by}_{m[1]}" if g.by else m[1] for g in groups), line)


def _sort(sort: object) -> str:
    values = getattr(sort, "members", None)
    return f"{sort} ({', '.join(values)})" if values else str(sort)


def _heading(section: str, state: str, groups: Sequence[Group], spoken: Language) -> list[str]:
    title = spoken.tell(_TITLES.get(section, "ACTIONS"))
    if groups[0].receives and state:
        title = spoken.tell("SEGMENT ARRIVES, {state} STATE", state=state)
    who = spoken.word("and").join(dict.fromkeys(group.by for group in groups if group.by))
    return [(f"{section:<12}" if section else "") + title + (f" ({who})" if who else ""), ""]


def groups(system: TransitionSystem) -> Iterable[Group]:
    """Yield the actions of a system by section, actor and state, each with what it asks for beyond the heading."""
    found: dict[tuple[str, str, str], list[Action]] = {}
    for action in system.actions:
        found.setdefault((action.section, action.by, _state(action)), []).append(action)
    for (section, by, state), actions in found.items():
        branches: list[tuple[Action, tuple[Expr, ...], bool]] = []
        earlier: list[Expr] = []
        for action in actions:
            own = [c for c in conjuncts(action.guard) if not in_heading(action, c)]
            left, follows = _without_earlier(own, earlier) if state else (own, False)
            branches.append((action, tuple(left), follows))
            earlier.append(conj(*(c for c in left if not chooses(action, c))))
        there = {action.check for action in actions}
        left_out = {one.title: one.why for one in system.omitted if (one.section, one.by, one.state) == (section, by, state)}
        omitted = tuple((title, why) for title, why in left_out.items() if title not in there)
        receives = bool(actions[0].receives)
        yield Group(section, by, state, receives, system.segments, tuple(system.sorts), tuple(branches), omitted)


def _state(action: Action) -> str:
    """Return the state that the actor of a rule for segments has to be in, "" where the rule does not say one."""
    for c in conjuncts(action.guard) if action.receives else ():
        if c.op is Op.EQUAL and c.args[0].op is Op.VARIABLE and c.args[0].name == f"{action.by}.state":
            return pretty(c.args[1])
    return ""


def in_heading(action: Action, c: Expr) -> bool:
    """Return whether a condition is said by the heading: the state, and that the segment is for this endpoint."""
    if c.op is not Op.EQUAL or not _state(action):
        return False
    read = {name for _, name in mentions(c)}
    return read in ({f"{action.by}.state"}, {f"{action.receives}.destination"})


def chooses(action: Action, c: Expr) -> bool:
    """Return whether a condition is about a choice of the action's own, besides the segment it receives."""
    own = {name for p in action.parameters if p.name != action.receives for name in p.names}
    return any(op is Op.PARAMETER and name in own for op, name in mentions(c))


def _without_earlier(own: list[Expr], earlier: list[Expr]) -> tuple[list[Expr], bool]:
    """Leave out the conditions that say no more than that those before do not apply, if they say so of each of these."""
    left, follows = list(own), bool(earlier)
    for before in earlier:
        contrary = {c.key: c for c in conjuncts(negate(before))}
        if contrary and contrary.keys() <= {c.key for c in own}:
            left = [c for c in left if c.key not in contrary]
        else:
            follows = False
    return (left, True) if follows else (own, False)


def _body(group: Group, spoken: Language) -> list[str]:
    tell = spoken.tell
    lines: list[str] = []
    check = ""
    omitted = list(group.omitted)
    for number, (action, conditions, follows) in enumerate(group.branches):
        words = Vocabulary(action, variables=group.variables, tell=tell)
        counted, others = (
            [c for c in conditions if _about_counters(action, c) == about_counters] for about_counters in (True, False)
        )
        chosen = [c for c in others if chooses(action, c)]
        when = _and([c for c in others if not chooses(action, c)], words)
        named = bool(action.check) and (follows or not number)
        again = named and action.check == check
        while named and omitted and _ordinal(omitted[0][0]) < _ordinal(action.check):
            lines += [*_left_out(*omitted.pop(0), spoken), ""]
        if named and not again:
            lines += [*_wrapped(tell(action.check) + spoken.word("colon").rstrip(), 3, 3), ""]
        check = action.check if named else ""
        opening = tell("if {when}:", when=when) if when else tell("otherwise:" if follows else "always:")
        if again and when:
            opening = tell("otherwise, {opening}", opening=opening)
        if action.receives and not group.state:
            arrives = "when a {what} arrives, and {when}:" if when else "when a {what} arrives:"
            opening = tell(arrives, what=action.receives, when=when)
        ordered = bool(group.state) and not named and (follows or not number) and number < len(_ORDINALS)
        nth = tell(_ORDINALS[number]) if ordered else ""
        opening = spoken.word("comma-clause").join((nth, opening)) if ordered else opening[0].upper() + opening[1:]
        indent = 6 if named else 3
        name = action.name.removeprefix(f"{group.by}_")
        lines += [*_wrapped(opening, indent, 3), f"{'':{indent + 3}}[\0{name}\0]"]
        said = (
            *([doc(action, spoken)] if action.doc else []),
            *([tell("The scope allows it while {when}.", when=_and(counted, words))] if counted else []),
            *_choices(action, chosen, words, spoken),
            *_effects(action, words, spoken),
            *_sends(action, group.segments, group.variables, tell),
            *_notes(action, words, spoken),
        )
        lines += [line for sentence in said for line in _wrapped(f"-  {sentence}", indent + 3, 3)]
        lines.append("")
    for title, why in omitted:
        lines += [*_left_out(title, why, spoken), ""]
    return lines[:-1]


def _left_out(title: str, why: str, spoken: Language) -> list[str]:
    return _wrapped(spoken.tell("{title} (left out: {why}).", title=title, why=why), 3, 3)


def _ordinal(title: str) -> int:
    """Return which of the checks one is by its title, as "Third, check security"; what is not numbered comes last."""
    word = title.partition(",")[0]
    return _ORDINALS.index(word) if word in _ORDINALS else len(_ORDINALS)


def _about_counters(action: Action, c: Expr) -> bool:
    """Return whether a condition only says that a scope allows for one more attempt, or for more text."""
    read = {name for op, name in mentions(c) if op is Op.VARIABLE}
    return bool(read) and read <= {f"{action.by}.{own}" for own in COUNTED}


def _and(conditions: Sequence[Expr], words: Vocabulary) -> str:
    return words.text(conj(*conditions)) if conditions else ""


def doc_text(action: Action, spoken: Language = _ENGLISH) -> str:
    """Return what an action does, in a sentence; in English with its subject."""
    return action.doc if spoken.code == ENGLISH else doc(action, spoken)


def doc(action: Action, spoken: Language = _ENGLISH) -> str:
    """Return what an action does, of an endpoint as what it does: "It aborts and sends a RST."."""
    prefixes = (f"The {action.by} ", *(() if spoken.code == ENGLISH else (f"{action.by} ",)))
    prefix = next((prefix for prefix in prefixes if action.by and action.section and action.doc.startswith(prefix)), "")
    return spoken.tell(f"It {action.doc.removeprefix(prefix)}" if prefix else action.doc)


def _choices(action: Action, conditions: Sequence[Expr], words: Vocabulary, spoken: Language) -> list[str]:
    names = [parameter_text(p.name, words.variables) for p in action.parameters if p.name != action.receives]
    such = "Choose {names} such that {when}." if conditions else "Choose {names}."
    joined = spoken.word("and").join(names)
    return [spoken.tell(such, names=joined, when=_and(conditions, words))] if names else []


def _effects(action: Action, words: Vocabulary, spoken: Language) -> list[str]:
    updates, tell = dict(action.updates), spoken.tell
    told: list[str] = []
    for role in [event.role for event in action.events if event.kind.leaves]:
        zeros = [f"{role}.{number}" for number in NUMBERS]
        if all(name in updates for name in zeros):
            told.append(tell("Delete its TCB.") if role == action.by else tell("Delete the {role}'s TCB.", role=role))
            updates = {name: value for name, value in updates.items() if name not in zeros}
    states = [name for name in updates if name == f"{action.by}.state"]
    apart = [*states, *_noted(action)]
    sets = _sets({name: value for name, value in updates.items() if name not in apart}, words, spoken)
    told += [tell("Set {what}.", what=sets)] if sets else []
    told += [tell("Enter {state}.", state=words.text(updates[name])) for name in states]
    return told


def _sets(updates: Mapping[str, Expr], words: Vocabulary, spoken: Language) -> str:
    parts = {words.variable(name): words.text(value) for name, value in updates.items()}
    told = (spoken.tell("{name} to {value}", name=name, value=value) for name, value in parts.items())
    return spoken.word("comma-clause").join(told)


def _noted(action: Action) -> list[str]:
    """Return the variables that an action sets, and that are none of the RFC's."""
    return [name for name in action.updates if name in {f"{action.by}.{own}" for own in NOTED}]


def _notes(action: Action, words: Vocabulary, spoken: Language) -> list[str]:
    sets = _sets({name: action.updates[name] for name in _noted(action)}, words, spoken)
    return [spoken.tell("Note for scope and assumptions: set {what}.", what=sets)] if sets else []


def _sends(action: Action, segments: Relation | None, variables: Collection[str], tell: Callable[..., str]) -> list[str]:
    """Return what is sent, in the words of the state after the step, as the RFC has it."""
    after = {value.key: name for name, value in reversed(list(action.updates.items())) if value.op is not Op.LITERAL}
    words = Vocabulary(action, variables=variables, tell=tell)
    before = Vocabulary(action, action.updates, variables, tell)

    def cell(e: Expr) -> str:
        name = after.get(e.key)
        return words.variable(name) if name is not None else before.text(e)

    if segments is None:
        return []
    named = (dict(zip(segments.names, cells, strict=True)) for cells in action.sends)
    return [tell("Send {segment}.", segment=segment_text(cells, segments.format, cell)) for cells in named]


def one_action(system: TransitionSystem, action: Action, spoken: Language = _ENGLISH) -> str:
    """Return everything about one action, in the notation."""
    tell = spoken.tell

    def text(e: Expr) -> str:
        return pretty(e, variables=system.sorts)

    lines = [action.name + (f"   {action.section}" if action.section else "")]
    lines += _wrapped(doc_text(action, spoken), 2) if action.doc else []
    for p in action.parameters:
        any_of, row_of = tell("any {sort}", sort=str(p.columns[0][1])), tell("a row of {relation}", relation="{relation}")
        source = any_of if p.source is None else row_of.format(relation=text(p.source))
        among = tell("; in a search: {values}", values=", ".join(map(text, p.candidates))) if p.candidates else ""
        received = tell(", received") if p.name == action.receives else ""
        name = parameter_text(p.name, system.sorts)
        chooses = tell("chooses {name}: {source}", name=name, source=source)
        lines += ["", *_wrapped(f"{chooses}{received}{among}", 2, 4)]
    lines += ["", "  " + tell("needs")]
    for c in conjuncts(action.guard) or ():
        lines += _wrapped(text(c), 4, 4)
    lines += [f"    {spoken.word('nothing-at-all')}"] if not conjuncts(action.guard) else []
    if action.updates:
        lines += ["", "  " + tell("changes")]
        for name, value in action.updates.items():
            lines += _wrapped(f"{name_text(name)} := {text(value)}", 4, 4)
    for cells in action.sends if system.segments is not None else ():
        assert system.segments is not None
        named = dict(zip(system.segments.names, cells, strict=True))
        sent = segment_text(named, system.segments.format, text)
        lines += ["", *_wrapped(tell("sends {segment}", segment="{segment}").format(segment=sent), 2, 4)]
    if action.events:
        events = ", ".join(f"{event.role} {event.kind.value}" for event in action.events)
        lines += ["", *_wrapped(tell("events: {events}", events="{events}").format(events=events), 2, 4)]
    return "\n".join(line.rstrip() for line in lines)


def _wrapped(text: str, indent: int = 0, hanging: int = 0) -> list[str]:
    return wrapped(text, line_width(), " " * indent, hanging)
