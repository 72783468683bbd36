"""Mistakes in files of the user's, as one sentence each: where, what is wrong, and what to write instead."""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import decode_source
from pathlib import Path

import model
import properties
from checker.files import whereabouts
from model.notation.sorts import NotationError, nearest


class CertificateError(Exception):
    """A certificate, or an invariant in a file, that is refused; the message says why."""


class UncheckedError(Exception):
    """A solver gave no answer, so that a certificate is neither accepted nor refused; the message says about what."""


class ModelFileError(Exception):
    """Something is wrong in a file of the user's. The message says in one line where, what, and what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


class UnreadableError(ModelFileError):
    """A file of the user's cannot be read; the message says why."""


class UnfinishedError(ModelFileError):
    """A file of the user's was still running when its time was over; the message says which line, and what to do."""


_MEANT = 0.75
"""How alike the name of a file has to be to that of another to have been meant."""


@dataclass(frozen=True)
class Place:
    """Where an error is, for its message."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}, line {self.line}"


def read_bytes(path: str, pattern: str) -> bytes:
    """Return what is in a file of the user's; ``pattern`` finds those beside it that may have been meant."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        beside = [p.name for p in Path(path).parent.glob(pattern)]
        close = difflib.get_close_matches(Path(path).name, beside, n=1, cutoff=_MEANT)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise UnreadableError(f"{path} cannot be read: there is no such file{meant}") from error
    except OSError as error:
        reason = "it is a directory" if isinstance(error, IsADirectoryError) else error.strerror
        raise UnreadableError(f"{path} cannot be read: {reason}; write the name of a file") from error


def not_utf8(path: str, error: UnicodeDecodeError) -> str:
    """Return that a file is not text as it should be, with the line where it is not."""
    line = error.object[: error.start].count(b"\n") + 1
    return (
        f"{Place(path, line)}: octet 0x{error.object[error.start]:02x} is not {error.encoding.upper()}; save the file as UTF-8"
    )


def decoded(source: bytes) -> str:
    """Return the text of a Python file."""
    try:
        return decode_source(source)
    except SyntaxError:
        source.decode()  # what Python says of its first lines where they are not UTF-8 is about declarations of encodings
        raise


def line_of(tree: ast.Module, names: Iterable[str], running: int | None = None) -> int | None:
    """Return the line that writes what ``names`` say, each a part of the one before where it is written there.

    A statement that was ``running`` was written before its end.
    """
    end = max((n.end_lineno or 0 for n in _nodes(tree) if n.lineno == running), default=None)
    node: ast.AST = tree
    line = None
    for name in names:
        found = _written(node, name, end)
        if found is not None:
            node, line = found, found.lineno
    return line


def _nodes(node: ast.AST) -> list[ast.expr | ast.stmt]:
    return [n for n in ast.walk(node) if isinstance(n, ast.expr | ast.stmt)]


def _written(where: ast.AST, name: str, end: int | None) -> ast.expr | ast.stmt | None:
    """Return what defines a name, last where several things do, or else the first that writes it, perhaps without its role."""
    nodes = [n for n in _nodes(where) if n is not where and (end is None or n.lineno <= end)]
    for spelt in filter(None, (name, name.partition("_")[2], name.partition(".")[2])):
        defining = [n for n in nodes if _defines(n, spelt)]
        writing = [n for n in nodes if isinstance(n, ast.Constant) and n.value == spelt]
        if defining or writing:
            return max(defining, key=lambda n: n.lineno) if defining else min(writing, key=lambda n: n.lineno)
    return None


def _defines(node: ast.expr | ast.stmt, name: str) -> bool:
    """Return whether this is a class or a function of that name, or a call that gives it to something, as Action("sends")."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return node.name == name
    return (
        isinstance(node, ast.Call) and bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == name
    )


_CALLED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) (.*)", re.DOTALL)
"""How Python's messages about a call begin."""


def called(text: str) -> tuple[str, ...]:
    """Return the names of the class and the function that a message about a call names, if it is one."""
    call = _CALLED.fullmatch(text)
    return tuple(filter(None, call.groups()[:2])) if call else ()


class Sentence:
    """An exception in a sentence, with what to write instead where that can be told: ``names`` are those of the file."""

    def __init__(self, error: BaseException, names: Mapping[str, object]) -> None:
        self.error = error
        self.names = names

    def __str__(self) -> str:
        error, text = self.error, str(self.error)
        kind = type(error).__name__
        raised = f"it raises {kind}: {text}" if text else f"it raises {kind}"
        if isinstance(error, NotationError):
            return text
        if isinstance(error, SystemExit):
            return "it ends Python (sys.exit): leave that out"
        if isinstance(error, RecursionError):
            return "it nests a formula, or calls itself, too deep: give the parts of it to several actions or variables"
        if isinstance(error, SyntaxError):
            return f"this is not Python: {error.msg}"
        if isinstance(error, AttributeError) and error.obj is not None and error.name:
            return text + self._close(error.name, [name for name in dir(error.obj) if not name.startswith("_")])
        if isinstance(error, NameError) and error.name:
            return text + self._name(error.name)
        if isinstance(error, ImportError):
            return self._import(error, text)
        return self._call(text) or (text if isinstance(error, TypeError) else raised)

    def _close(self, name: str, known: Iterable[str]) -> str:
        close = nearest(name, tuple(known))
        return f"; {close}" if close.endswith("?") else ""

    def _name(self, name: str) -> str:
        for package in (model, properties):
            if name in package.__all__:
                return f"; write 'from {package.__name__} import {name}' above"
        running = [frame.f_locals for frame, _ in traceback.walk_tb(self.error.__traceback__)]
        known = (*running[-1], *self.names, *model.__all__, *properties.__all__, *dir(builtins))
        return self._close(name, known) or "; define it above, or import it"

    def _import(self, error: ImportError, text: str) -> str:
        module, wanted = sys.modules.get(error.name or ""), re.match(r"cannot import name '(\w+)' from", text)
        if module is not None and wanted is not None:
            known = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
            return f"there is no {wanted[1]!r} in {error.name}" + (
                self._elsewhere(error) or f"; {nearest(wanted[1], tuple(known))}"
            )
        if isinstance(error, ModuleNotFoundError) and error.name:
            missing = f"there is no module {error.name!r}"
            return missing + (self._elsewhere(error) or self._module(error.name))
        return f"it raises {type(error).__name__}: {text}"

    def _elsewhere(self, error: ImportError) -> str:
        """Return what to write for what is imported from a place where synproof has it no more."""
        if not error.name or not whereabouts.is_own(error.name):
            return ""
        frame, line = list(traceback.walk_tb(error.__traceback__))[-1]
        names = whereabouts.imported(frame.f_code.co_filename, line)
        imports = whereabouts.imports(names, error.name) if names else ""
        return f": write {imports}" if imports else ""

    def _module(self, name: str) -> str:
        known = [known for known, _ in whereabouts.modules()]
        elsewhere = [module for module in known if module.rpartition(".")[2] == name.rpartition(".")[2]]
        if "." in name and len(elsewhere) == 1:
            return f": write {elsewhere[0]!r}, which is where it is now"
        return self._close(name, known) or f"; install it, or put {name}.py beside this file"

    def _call(self, text: str) -> str:
        """Return Python's message about a call, with how the call is written."""
        call = _CALLED.fullmatch(text)
        if call is None or not isinstance(self.error, TypeError):
            return ""
        owner, name, wrong = call[1], call[2], call[3].partition(". Did you mean")[0]
        said = f"{owner if name == '__init__' else f'{owner}.{name}' if owner else name}() {wrong}"
        function = self._function(owner, name)
        if function is None:
            return said
        known = tuple(inspect.signature(function).parameters)
        if isinstance(function, types.FunctionType) and owner:
            known = known[1:]
        unexpected = re.match(r"got an unexpected keyword argument '(\w+)'", wrong)
        if unexpected is not None:
            return f"{said}; {nearest(unexpected[1], known)}"
        if wrong.startswith("missing"):
            missing = re.findall(r"'(\w+)'", wrong)
            return f"{said}; add {', '.join(f'{argument}=...' for argument in missing)}"
        return f"{said}; write {name if name != '__init__' else owner}({', '.join(known)})"

    def _function(self, owner: str | None, name: str) -> Callable[..., object] | None:
        """Return what was called; for a method of the file's own, the one that it was to replace."""
        called = owner or name
        found = self.names.get(called) or next((getattr(p, called) for p in (model, properties) if called in dir(p)), None)
        if owner and isinstance(found, type):
            if found.__module__ == self.names["__name__"]:
                found = next((c for c in found.__mro__[1:] if name in vars(c)), None)
            found = getattr(found, name, None)
        return found if callable(found) else None
