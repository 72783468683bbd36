"""What Promela calls the things of a system (variables, values, rows of relations), and formulas in these words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checker.export.folding import Folder
from checker.export.names import Names, one_line
from checker.export.occurring import Row
from model.notation.analysis import subformulas
from model.notation.expr import Expr, Op
from model.notation.sorts import BOOL, MODULUS, Distance, Enum, Nat, NotationError, Relation, Seq, Sort, Value
from model.notation.system import TransitionSystem

WORD = 31
"""How many rows share a word: SPIN's constants have a sign."""
LARGEST = 2**31 - 1
"""The largest counter: SPIN computes with signed numbers."""

_RESERVED = """
active assert atomic bit bool break byte chan d_step do else empty enabled end eval false fi float for full get_priority goto
hidden if in init inline int len local ltl mtype nempty never nfull notrace np_ od of pc_value pid printf priority proctype
provided return run select set_priority short show skip timeout trace true typedef unless unsigned xr xs c_code c_decl c_expr
c_state c_track nr_pr auto case char const continue default double enum extern long register restrict signed sizeof static
struct switch union void volatile while asm typeof linux unix i386 now uchar ushort uint ulong steps STDIN
"""
"""Words of Promela and C, and what SPIN and the preprocessor define."""


class Spellings:
    """The names of one system: of the variables that have more than one value, of values, of words of bits, of rows."""

    def __init__(self, system: TransitionSystem, folder: Folder) -> None:
        self._names = Names(_RESERVED)
        self._folder = folder
        self._sorts = system.sorts
        occurring = folder.occurring
        self.variables = {name: self._stored(name) for name, values in occurring.values.items() if len(values) > 1}
        self.words: dict[str, tuple[str, ...]] = {}
        for name, rows in occurring.rows.items():
            count = -(-len(rows) // WORD)
            self.words[name] = tuple(self._stored(name if count == 1 else f"{name}_{i}") for i in range(count))
        circles = {sort for sort in self._sorts.values() if isinstance(sort, Seq | Distance)}
        self.numbers = {
            sort: self._numbers(sort)
            for sort in sorted(circles, key=lambda sort: (isinstance(sort, Distance), sort.modulus, str(sort)))
        }
        self._constants: dict[tuple[Sort, Value], str] = {
            (sort, number): self._names.new(f"{'n' if isinstance(sort, Seq) else 'd'}{number}")
            for sort, numbers in self.numbers.items()
            for number in numbers
        }
        for sort in dict.fromkeys(self._sorts[name] for name in self.variables):
            if isinstance(sort, Enum):
                named: dict[tuple[Sort, Value], str] = {
                    (sort, member): self._names.new(member, f"{sort.name}_{member}") for member in sort.members
                }
                self._constants.update(named)
            if isinstance(sort, Nat) and sort.limit > LARGEST:
                raise NotationError(f"a counter up to {sort.limit} cannot be exported: {LARGEST} is the most")
        self._rows = {
            (name, row): (self.words[name][i // WORD], self._names.new("_".join([name, *map(brief, row)])), i % WORD)
            for name, rows in occurring.rows.items()
            for i, row in enumerate(rows)
        }

    def _stored(self, name: str) -> str:
        """Return a name for a variable. Written in capitals it could be a macro of SPIN's: then it gets an underscore."""
        return self._names.new(f"{name}_" if name == name.upper() else name)

    def _numbers(self, sort: Sort) -> tuple[Value, ...]:
        found = {v for name in self.variables if self._sorts[name] == sort for v in self._folder.occurring.values[name]}
        return tuple(sorted(found, key=lambda number: (isinstance(number, int), number)))

    def spare(self) -> str:
        """Return a new name, for a variable that holds another's value for a moment."""
        return self._names.new("spare")

    def claim(self, name: str) -> str:
        """Return a new name for a claim."""
        return self._names.new(name)

    def definitions(self) -> Iterator[str]:
        """Yield the lines that give values and rows their names."""
        for circle, numbers in self.numbers.items():
            if numbers:
                what = "sequence numbers" if isinstance(circle, Seq) else "distances between sequence numbers"
                which = "" if circle.modulus == MODULUS else f" of the sort {circle}"
                yield f"/* The {what}{which} that occur, in order: the position stands for the number. */"
                yield from self._defined(circle, numbers)
        for sort in dict.fromkeys(s for s, _ in self._constants):
            if isinstance(sort, Enum):
                yield f"/* {comment(sort.name)} */"
                yield from self._defined(sort, sort.members)
        for name, rows in self._folder.occurring.rows.items():
            if rows:
                columns = ", ".join(self._columns(name))
                yield f"/* The rows that {comment(name)} may contain, a bit for each: {comment(columns)}. */"
            for row in rows:
                _, constant, bit = self._rows[name, row]
                yield f"#define {constant} {1 << bit}"

    def _columns(self, name: str) -> tuple[str, ...]:
        sort = self._sorts[name]
        assert isinstance(sort, Relation)
        return sort.names

    def _defined(self, sort: Sort, values: Sequence[Value]) -> Iterator[str]:
        for position, value in enumerate(values):
            yield f"#define {self._constants[sort, value]} {position}"

    def declarations(self, initial: Mapping[str, Value]) -> Iterator[str]:
        """Yield the declarations of the variables, and comments on those that need none; ``initial`` has their first values."""
        for name, sort in self._sorts.items():
            if isinstance(sort, Relation):
                begins = initial[name]
                assert isinstance(begins, frozenset)
                if not self.words[name]:
                    yield f"/* {comment(name)} never contains anything. */"
                for i, word in enumerate(self.words[name]):
                    rows = self._folder.occurring.rows[name][i * WORD : (i + 1) * WORD]
                    yield _declared(word, len(rows), self.mask(name, word, [row for row in rows if row in begins]))
            elif name not in self.variables:
                yield f"/* {comment(name)} is always {comment(str(initial[name]))}. */"
            else:
                yield _declared(self.variables[name], self._largest(sort).bit_length(), self.constant(sort, initial[name]))

    def _largest(self, sort: Sort) -> int:
        """Return the largest number that stands for a value of a variable."""
        if isinstance(sort, Seq | Distance):
            return len(self.numbers[sort]) - 1
        return sort.limit if isinstance(sort, Nat) else len(sort.values()) - 1

    def constant(self, sort: Sort, value: Value) -> str:
        """Return what stands for a value. A number that no variable may have has no position, and an assertion beside it."""
        if isinstance(sort, Nat) or sort == BOOL:
            assert isinstance(value, int)
            return str(int(value))
        return self._constants.get((sort, value), "0")

    def bit(self, name: str, row: Row) -> tuple[str, str]:
        """Return the word that has the bit of a row of the relation ``name``, and the bit."""
        word, constant, _ = self._rows[name, row]
        return word, constant

    def mask(self, name: str, word: str, rows: Sequence[Row]) -> str:
        """Return the bits of those ``rows`` that are in a word of the relation ``name``; 0 for none."""
        bits = [constant for at, constant in (self.bit(name, row) for row in rows) if at == word]
        return "0" if not bits else bits[0] if len(bits) == 1 else f"({' | '.join(bits)})"

    def of_word(self, name: str, word: str) -> tuple[Row, ...]:
        """Return the rows of a relation whose bits are in a word."""
        at = self.words[name].index(word) * WORD
        return self._folder.occurring.rows[name][at : at + WORD]

    def read_by(self, e: Expr) -> Iterator[str]:
        """Yield the names of what a folded formula reads: variables, and words of relations."""
        for part in subformulas(e):
            if part.op is Op.HAS:
                yield self.bit(part.args[0].name, _row(part))[0]
            elif part.op is Op.VARIABLE and part.name in self.variables:
                yield self.variables[part.name]

    def text(self, e: Expr) -> str:
        """Return a folded formula or term in Promela; parentheses stand around whatever has several parts."""
        match e.op:
            case Op.LITERAL:
                return self.constant(e.sort, e.value)
            case Op.VARIABLE:
                return self.variables[e.name]
            case Op.NOT:
                (part,) = e.args
                if part.op is Op.EQUAL:
                    return f"({self.text(part.args[0])} != {self.text(part.args[1])})"
                return f"!{self.text(part)}" if part.op is Op.VARIABLE else f"!({self.text(part)})"
            case Op.AND | Op.OR:
                sign = " && " if e.op is Op.AND else " || "
                return f"({sign.join(self._parts(e))})"
            case Op.ITE:
                return f"({' -> '.join(map(self.text, e.args[:2]))} : {self.text(e.args[2])})"
            case Op.EQUAL:
                return f"({self.text(e.args[0])} == {self.text(e.args[1])})"
            case Op.LESS:
                return f"({self.text(e.args[0])} < {self.text(e.args[1])})"
            case Op.COUNT:
                return self._counted(e)
            case Op.HAS:
                word, bit = self.bit(e.args[0].name, _row(e))
                return f"(({word} & {bit}) != 0)"
        raise AssertionError(e.op)

    def _parts(self, e: Expr) -> Iterator[str]:
        """Yield the parts of a disjunction with rows of the same word tested together, or those of a conjunction."""
        tests: dict[str, list[str]] = {}
        for part in e.args:
            if e.op is Op.OR and part.op is Op.HAS:
                word, bit = self.bit(part.args[0].name, _row(part))
                tests.setdefault(word, []).append(bit)
            else:
                yield self.text(part)
        for word, bits in tests.items():
            yield f"(({word} & ({' | '.join(bits)})) != 0)"

    def _counted(self, e: Expr) -> str:
        assert isinstance(e.sort, Nat)
        assert isinstance(e.data, int)
        number, limit, by = self.text(e.args[0]), e.sort.limit, min(abs(e.data), e.sort.limit)
        if e.data < 0:
            return f"({number} < {by} -> 0 : {number} - {by})"
        return f"({number} > {limit - by} -> {limit} : {number} + {by})"


def brief(value: Value) -> str:
    """Return a cell as it stands in the name of its row."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def comment(text: str) -> str:
    """Return a text that does not end the comment that it stands in."""
    return one_line(text).replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")


def _declared(name: str, bits: int, initial: str) -> str:
    kind = "bit " + name if bits == 1 else f"unsigned {name} : {bits}"
    return f"{kind};" if initial == "0" else f"{kind} = {initial};"


def _row(e: Expr) -> Row:
    return tuple(cell.value for cell in e.args[1:])
