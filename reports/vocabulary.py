"""The words of RFC 9293 for the formulas of an endpoint: SND.NXT, SEG.ACK, "the SYN bit is set", windows as inequalities."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from model.notation.circle import as_written
from model.notation.expr import FALSE, Expr, Op
from model.notation.pretty import name_text, pretty
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.notation.system import Action
from model.tcp.endpoint import NUMBERS
from model.tcp.segment import TCP, Segment

_AND, _OR = " and ", " or "
_HALF = MODULUS // 2 - 1
_RFC = {number: number.upper().replace("_", ".") for number in NUMBERS}
_FIELDS = {"seq": "SEG.SEQ", "ack": "SEG.ACK", "ctl": "SEG.CTL", "data": "SEG.DATA"}


class Vocabulary:
    """What to call things in the rule of one action of a system with some ``variables``.

    ``changed`` are those whose value before the step is meant. ``tell`` says what is English here in another language.
    """

    def __init__(
        self,
        action: Action,
        changed: Mapping[str, Expr] | None = None,
        variables: Collection[str] = (),
        tell: Callable[..., str] = said,
    ) -> None:
        self.tell = tell
        self.by = action.by
        self.variables = variables
        self.changed = changed or {}
        self.bits = _bits(action)
        self.arriving = action.receives

    def text(self, e: Expr) -> str:
        """Return a formula in these words."""
        return pretty(e, self._words, self.variables)

    def variable(self, name: str) -> str:
        """Return the name of a variable: as in the RFC where it is one of the acting endpoint's own."""
        role, _, own = name.rpartition(".")
        short = _RFC.get(own, own)
        return short if role and role == self.by and short not in self.variables else name_text(name)

    def _words(self, e: Expr) -> str | None:
        if e.op is Op.VARIABLE:
            name = self.variable(e.name)
            return self.tell("old {name}", name=name) if e.name in self.changed else name
        if e.op is Op.PARAMETER:
            parameter, _, column = e.name.rpartition(".")
            return _FIELDS.get(column) if parameter == self.arriving and self.bits else None
        if e.op is Op.ITE:
            condition, then, otherwise = e.args
            parts = {"then": self.text(then), "condition": self.text(condition), "otherwise": self.text(otherwise)}
            return self.tell("{then} if {condition} else {otherwise}", **parts)
        off = e.op is Op.NOT
        bit = next((words for said, words in self.bits if said is (e.args[0] if off else e)), None)
        if bit is not None:
            return self.tell(bit[off])
        if e.op in (Op.AND, Op.OR):
            return self.tell(_AND if e.op is Op.AND else _OR).join(map(self._part, e.args))
        if off and e.args[0].op in (Op.AND, Op.OR):
            return self.tell("not ({text})", text=self.text(e.args[0]))
        return _inequality(e.args[0], self.text, self.tell, outside=True) if off else _inequality(e, self.text, self.tell)

    def _part(self, part: Expr) -> str:
        """Return a part of a conjunction or disjunction, in parentheses where it is itself one."""
        text = self.text(part)
        return f"({text})" if self.tell(_OR) in text or self.tell(_AND) in text else text


def _bits(action: Action) -> Sequence[tuple[Expr, tuple[str, str]]]:
    """Return what to say, and what to say of the contrary, for the formulas that look at the bits of the segment received."""
    if action.segment is None or action.segment.format.name != TCP.name:
        return ()
    s = Segment.of(action.segment.row)
    bits = {"RST": s.rst, "ACK": s.has_ack, "SYN": s.syn, "FIN": s.fin}
    return (
        *((e, (f"the {name} bit is set", f"the {name} bit is off")) for name, e in bits.items() if e is not FALSE),
        (s.has_data, ("there is segment text", "there is no segment text")),
        (s.end, ("SEG.SEQ+SEG.LEN", "")),
        (s.has_length, ("SEG.LEN > 0", "SEG.LEN = 0")),
    )


def _inequality(e: Expr, text: Callable[[Expr], str], tell: Callable[..., str], *, outside: bool = False) -> str | None:
    """Return an inequality as the RFC writes one, a circle as a line: ``ISS < SEG.ACK =< SND.NXT``, or its contrary."""
    written = as_written(e)
    if written is None:
        return None
    low, above, x, below, high = written
    size = e.args[1]
    if size.op is Op.LITERAL and size.data == _HALF and low.op is Op.SHIFT:  # x.is_after(y)
        return f"{text(x)} {'=<' if outside else '>'} {text(low - 1)}"
    if size.op is Op.LITERAL:
        line = f"{text(low)} {above} {text(x)} {below} {text(low)}+{size.data}"
        return tell("not ({text})", text=line) if outside else line
    if outside:
        parts = (f"{text(x)} {_CONTRARY[above]} {text(low)}", f"{text(x)} {'>' if below == '=<' else '>='} {text(high)}")
        return tell(_OR).join(parts)
    return f"{text(low)} {above} {text(x)} {below} {text(high)}"


_CONTRARY = {"<": "=<", "=<": "<"}
"""What is true of x and low where low < x, or low =< x, is not."""
