"""Model files: Python that defines handshakes, or any other transition systems, of the user's own.

A model file is run like any Python file, as the user and with all that the user may do. Whatever goes wrong in it, while it is
run or later when its rules are asked, is reported as a :class:`ModelFileError`: the file, the line, and what to write instead.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import inspect
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import decode_source
from itertools import count
from pathlib import Path
from typing import ParamSpec, TypeVar

from model.assumptions import Assumptions
from model.handshakes.handshake import Handshake
from model.scope import SCOPES, ScopeError
from model.sorts import NotationError, nearest
from model.system import TransitionSystem
from properties.claim import TRIGGER, Claim, monitored
from properties.specification import SPECIFICATIONS, Specification, specification, specify

P = ParamSpec("P")
T = TypeVar("T")
_SUFFIX = ".py"
_numbers = count()


class ModelFileError(Exception):
    """Something is wrong in a file of the user's. The message says in one line where, what, and what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


def is_path(text: str) -> bool:
    """Return whether a command's word is meant as a model file: ``FILE.py`` or ``FILE.py:NAME``."""
    return text.partition(f"{_SUFFIX}:")[1] != "" or text.endswith(_SUFFIX)


def read(text: str) -> Specification:
    """Return the model that a file defines, or with ``FILE.py:NAME`` the one of that name."""
    path, separator, name = text.partition(f"{_SUFFIX}:")
    file = _File(path + _SUFFIX if separator else path)
    found = file.specifications()
    if name and name not in found:
        raise ModelFileError(f"{file.path} defines no model {name!r}; {nearest(name, tuple(found))}")
    if not name and len(found) > 1:
        raise ModelFileError(f"{file.path} defines several models: write {file.path}:NAME with one of {', '.join(found)}")
    return replace(found[name] if name else next(iter(found.values())), file=text)


@dataclass(frozen=True)
class Place:
    """Where an error is, for its message."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}, line {self.line}"


class _File:
    def __init__(self, path: str) -> None:
        self.path = path
        self.module = types.ModuleType(f"model_file_{next(_numbers)}")
        self.module.__file__ = path
        self.folder = str(Path(path).resolve().parent)
        source = read_bytes(path, f"*{_SUFFIX}")
        try:
            self.tree = ast.parse(_decoded(source), path)
        except UnicodeDecodeError as error:
            raise ModelFileError(not_utf8(path, error)) from error
        except SyntaxError as error:
            raise ModelFileError(f"{Place(path, error.lineno)}: this is not Python: {error.msg}") from error
        except (RecursionError, MemoryError) as error:
            raise ModelFileError(f"{path}: this is not Python: it is nested too deep") from error
        except ValueError as error:
            raise ModelFileError(f"{path}: this is not Python: {error}") from error

    def specifications(self) -> Mapping[str, Specification]:
        self._run()
        found: dict[str, Specification] = {}
        for given in self._defined():
            about = given.__name__ if isinstance(given, type) else ""
            with self._reporting(about):
                spec = self._specification(given)
                if spec.name in found or spec.name in SPECIFICATIONS:
                    whose = "two models" if spec.name in found else "a model like one of synproof's own"
                    raise NotationError(f"this defines {whose}, {spec.name!r}: give it a name of its own", spec.name)
                found[spec.name] = self._guarded(spec, about or spec.name)
        if not found:
            unfinished = [c for c in self._classes() if inspect.isabstract(c)]
            if unfinished:
                name, missing = unfinished[0].__name__, ", ".join(sorted(unfinished[0].__abstractmethods__))
                cure = f"define {missing}, or derive it from ThreeWay, which has them"
                raise ModelFileError(f"{self._locate(name)}: the handshake {name} is not finished: {cure}")
            write = "write a class derived from a handshake, such as ThreeWay, or a value specify(system, claims)"
            raise ModelFileError(f"{self.path} defines no model: {write}")
        return found

    def _run(self) -> None:
        sys.modules[self.module.__name__] = self.module  # where a dataclass looks up its own names
        with self._reporting():
            exec(compile(self.tree, self.path, "exec"), self.module.__dict__)  # noqa: S102  # the user's own file

    def _classes(self) -> list[type[Handshake]]:
        values = [v for v in vars(self.module).values() if isinstance(v, type) and issubclass(v, Handshake)]
        return [v for v in values if v.__module__ == self.module.__name__]

    def _defined(self) -> list[Specification | TransitionSystem | type[Handshake]]:
        values = list({id(v): v for v in vars(self.module).values()}.values())
        specifications = [v for v in values if isinstance(v, Specification) and v not in SPECIFICATIONS.values()]
        systems = [v for v in values if isinstance(v, TransitionSystem)]
        classes = [c for c in self._classes() if not inspect.isabstract(c)]
        return [*classes, *specifications] or list(systems)

    def _specification(self, given: Specification | TransitionSystem | type[Handshake]) -> Specification:
        if isinstance(given, Specification):
            return given
        if isinstance(given, TransitionSystem):
            return specify(given)
        if "name" not in vars(given):
            raise NotationError(f"the handshake {given.__name__} has no name of its own: write name = ...")
        return specification(given)

    def _guarded(self, spec: Specification, about: str) -> Specification:
        """Return the specification with whatever is wrong in it reported with its line, whenever it comes to light."""
        guarded = replace(
            spec,
            build=self._wrapped(spec.build, about),
            declared=self._wrapped(spec.declared, about),
            claims=tuple(replace(c, watch=self._wrapped(c.watch, c.name)) if self._is_own(c) else c for c in spec.claims),
            file=self.path,
            locate=lambda name: self._locate(about, name),
        )
        system = guarded.build(SCOPES["default"], Assumptions())
        for claim in guarded.claims:
            if self._is_own(claim):
                with self._reporting(claim.name):
                    (check,) = monitored(system, [claim]).checks
                    if not check.trigger:
                        raise NotationError(f"claim {claim.name!r} has no trigger in any action: {TRIGGER}", claim.name)
        return guarded

    def _is_own(self, claim: Claim) -> bool:
        return all(claim.name != other.name for spec in SPECIFICATIONS.values() for other in spec.claims)

    def _wrapped(self, function: Callable[P, T], about: str) -> Callable[P, T]:
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            with self._reporting(about):
                return function(*args, **kwargs)

        return wrapped

    @contextlib.contextmanager
    def _importing(self) -> Iterator[None]:
        """Let the file import what is beside it, after all else, so that it hides nothing; and leave no traces of it."""
        before, writes_nothing = set(sys.modules), sys.dont_write_bytecode
        sys.path.append(self.folder)
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            sys.dont_write_bytecode = writes_nothing
            sys.path.remove(self.folder)
            for name in set(sys.modules) - before:
                if "." not in name and self._is_beside(str(getattr(sys.modules[name], "__file__", ""))):
                    del sys.modules[name]  # another file may have another module of that name beside it

    def _is_beside(self, file: str) -> bool:
        return str(Path(file).parent) == self.folder

    @contextlib.contextmanager
    def _reporting(self, about: str = "") -> Iterator[None]:
        """Report whatever is raised: with the line that wrote what it is about, or else the line that was running."""
        try:
            with self._importing(), contextlib.redirect_stdout(sys.stderr):
                yield
        except (ModelFileError, ScopeError, KeyboardInterrupt):
            raise
        except BaseException as error:
            place = self._place(error, about)
            if isinstance(error, SyntaxError) and error.filename and self._is_beside(error.filename):
                place = Place(self._shown(error.filename), error.lineno)
            raise ModelFileError(f"{place}: {_Sentence(error, self.module.__dict__)}") from error

    def _locate(self, *names: str) -> str:
        return str(Place(self.path, self._line_of(names)))

    def _place(self, error: BaseException, about: str) -> Place:
        running = self._running(error)
        if running is not None and running.file != self.path:
            return running
        names = error.about if isinstance(error, NotationError) else _called(str(error))
        line = None if running is None else running.line
        if line is None:
            return Place(self.path, self._line_of((about, *names)))
        return Place(self.path, (self._line_of(names, line) if isinstance(error, NotationError) else None) or line)

    def _running(self, error: BaseException) -> Place | None:
        """Return the line, of the file or of one beside it, that was running when the error was raised, if one was."""
        found = None
        for frame, line in traceback.walk_tb(error.__traceback__):
            file = frame.f_code.co_filename
            if file == self.path or ("." not in frame.f_globals.get("__name__", ".") and self._is_beside(file)):
                found = Place(self._shown(file), line)
        return found

    def _shown(self, file: str) -> str:
        return file if file == self.path else str(Path(self.path).parent / Path(file).name)

    def _line_of(self, names: Iterable[str], running: int | None = None) -> int | None:
        """Return the line that writes what ``names`` say, each a part of the one before where it is written there.

        A statement that was ``running`` was written before its end.
        """
        end = max((n.end_lineno or 0 for n in _nodes(self.tree) if n.lineno == running), default=None)
        node: ast.AST = self.tree
        line = None
        for name in names:
            found = _written(node, name, end)
            if found is not None:
                node, line = found, found.lineno
        return line


def _decoded(source: bytes) -> str:
    """Return the text of a Python file."""
    try:
        return decode_source(source)
    except SyntaxError:
        source.decode()  # what Python says of its first lines where they are not UTF-8 is about declarations of encodings
        raise


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


def _called(text: str) -> tuple[str, ...]:
    """Return the names of the class and the function that a message about a call names, if it is one."""
    call = _CALLED.fullmatch(text)
    return tuple(filter(None, call.groups()[:2])) if call else ()


class _Sentence:
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
        import model  # noqa: PLC0415  # to look a name up, which is seldom done
        import properties  # noqa: PLC0415

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
            return f"there is no {wanted[1]!r} in {error.name}; {nearest(wanted[1], tuple(known))}"
        if isinstance(error, ModuleNotFoundError) and error.name:
            hint = self._close(error.name, [n for n in sys.modules if n.partition(".")[0] in {"model", "properties"}])
            return f"there is no module {error.name!r}{hint or f'; install it, or put {error.name}.py beside this file'}"
        return f"it raises {type(error).__name__}: {text}"

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
        import model  # noqa: PLC0415
        import properties  # noqa: PLC0415

        places = [self.names, vars(model), vars(properties)]
        found = next((place[owner or name] for place in places if (owner or name) in place), None)
        if owner and isinstance(found, type):
            if found.__module__ == self.names["__name__"]:
                found = next((c for c in found.__mro__[1:] if name in vars(c)), None)
            found = getattr(found, name, None)
        return found if callable(found) else None


def read_bytes(path: str, pattern: str) -> bytes:
    """Return what is in a file of the user's; ``pattern`` finds those beside it that may have been meant."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        close = nearest(Path(path).name, tuple(p.name for p in Path(path).parent.glob(pattern)))
        meant = f"; {close}" if close.endswith("?") else ""
        raise ModelFileError(f"{path} cannot be read: there is no such file{meant}") from error
    except OSError as error:
        reason = "it is a directory" if isinstance(error, IsADirectoryError) else error.strerror
        raise ModelFileError(f"{path} cannot be read: {reason}; write the name of a file") from error


def not_utf8(path: str, error: UnicodeDecodeError) -> str:
    """Return that a file is not text as it should be, with the line where it is not."""
    line = error.object[: error.start].count(b"\n") + 1
    return (
        f"{Place(path, line)}: octet 0x{error.object[error.start]:02x} is not {error.encoding.upper()}; save the file as UTF-8"
    )
