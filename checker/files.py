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
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
    """Something is wrong in a file of the user's. The message says where, what, and what to write instead."""


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
class _Place:
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
        try:
            self.source = Path(path).read_bytes()
        except OSError as error:
            reason = {FileNotFoundError: "there is no such file", IsADirectoryError: "it is a directory"}
            raise ModelFileError(f"{path} cannot be read: {reason.get(type(error), error.strerror)}") from error
        self.tree = self._parse()

    def _parse(self) -> ast.Module:
        try:
            return ast.parse(self.source, self.path)
        except SyntaxError as error:
            raise ModelFileError(f"{_Place(self.path, error.lineno)}: this is not Python: {error.msg}") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ModelFileError(f"{self.path}: this is not Python: {error}") from error

    def specifications(self) -> Mapping[str, Specification]:
        self._run()
        found: dict[str, Specification] = {}
        for given in self._defined():
            with self._reporting(given.__name__ if isinstance(given, type) else ""):
                spec = self._specification(given)
                if spec.name in found or spec.name in SPECIFICATIONS:
                    whose = "two models" if spec.name in found else "a model like one of synproof's own"
                    raise NotationError(f"this defines {whose}, {spec.name!r}: give it a name of its own", spec.name)
                found[spec.name] = self._guarded(spec)
        if not found:
            unfinished = [c for c in self._classes() if inspect.isabstract(c)]
            if unfinished:
                name, missing = unfinished[0].__name__, ", ".join(sorted(unfinished[0].__abstractmethods__))
                cure = f"define {missing}, or derive it from ThreeWay, which has them"
                raise ModelFileError(f"{_Place(self.path, self._line_of(name))}: the handshake {name} is not finished: {cure}")
            write = "write a class derived from a handshake, such as ThreeWay, or a value specify(system, claims)"
            raise ModelFileError(f"{self.path} defines no model: {write}")
        return found

    def _run(self) -> None:
        sys.modules[self.module.__name__] = self.module  # where a dataclass looks up its own names
        folder = str(Path(self.path).resolve().parent)
        sys.path.append(folder)  # after all else: a file beside it can be imported, and hides nothing
        try:
            with self._reporting(), contextlib.redirect_stdout(sys.stderr):
                exec(compile(self.tree, self.path, "exec"), self.module.__dict__)  # noqa: S102  # the user's own file
        finally:
            sys.path.remove(folder)

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
            raise NotationError(f"the handshake {given.__name__} has no name of its own: write name = ...", given.__name__)
        return specification(given)

    def _guarded(self, spec: Specification) -> Specification:
        """Return the specification with whatever is wrong in it reported with its line, whenever it comes to light."""
        about = next((c.__name__ for c in self._classes() if vars(c).get("name") == spec.name), spec.name)
        claims = tuple(replace(c, watch=self._wrapped(c.watch, c.name)) if self._is_own(c) else c for c in spec.claims)
        guarded = replace(spec, build=self._wrapped(spec.build, about), claims=claims, file=self.path, locate=self._locate)
        system = guarded.build(SCOPES["default"], Assumptions())
        for claim in claims:
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
    def _reporting(self, about: str = "") -> Iterator[None]:
        """Report whatever is raised with the line of the file that did it, or else the line that wrote what is wrong."""
        try:
            yield
        except (ModelFileError, ScopeError):
            raise
        except (Exception, SystemExit) as error:
            name = error.about if isinstance(error, NotationError) and error.about else about
            line = self._line_in(error) or self._line_of(name) or self._line_of(about)
            raise ModelFileError(f"{_Place(self.path, line)}: {_message(error)}") from error

    def _locate(self, name: str) -> str:
        return str(_Place(self.path, self._line_of(name)))

    def _line_in(self, error: BaseException) -> int | None:
        """Return the line of the file that was running when the error was raised, if one was."""
        lines = []
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.path:
                lines.append(traceback.tb_lineno)
            traceback = traceback.tb_next
        return lines[-1] if lines else None

    def _line_of(self, name: str) -> int | None:
        """Return the first line that writes a name: as a text, without the role before it, or as that of a class."""
        if not name:
            return None
        spelt = {name, name.partition("_")[2] or name}
        return min(
            (
                node.lineno
                for node in ast.walk(self.tree)
                if (isinstance(node, ast.Constant) and node.value in spelt)
                or (isinstance(node, ast.ClassDef) and node.name == name)
            ),
            default=None,
        )


def _message(error: BaseException) -> str:
    """Return an exception in a sentence, with the nearest spelling that exists where a name does not."""
    text = str(error)
    if isinstance(error, NotationError):
        return text
    if isinstance(error, SystemExit):
        return "it ends Python (sys.exit): leave that out"
    if isinstance(error, AttributeError) and error.obj is not None and error.name:
        known = tuple(name for name in dir(error.obj) if not name.startswith("_"))
        return f"{text}; {nearest(error.name, known)}" if known else text
    if isinstance(error, NameError) and error.name:
        hint = _import_hint(error.name)
        return f"{text}; {hint}" if hint else text
    if isinstance(error, TypeError):
        return _call_message(text)
    return f"it raises {type(error).__name__}: {text}" if text else f"it raises {type(error).__name__}"


def _import_hint(name: str) -> str:
    import model  # noqa: PLC0415  # to look a name up, which is seldom done
    import properties  # noqa: PLC0415

    for package in (model, properties):
        if name in package.__all__:
            return f"write 'from {package.__name__} import {name}' above"
    return nearest(name, (*model.__all__, *properties.__all__, *dir(builtins)))


def _call_message(text: str) -> str:
    """Return Python's message about a call of a class in the terms of whoever wrote the call."""
    import model  # noqa: PLC0415
    import properties  # noqa: PLC0415

    text = text.replace(".__init__()", "()")
    unexpected = re.fullmatch(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'.*", text, re.DOTALL)
    if unexpected is None:
        return text
    called = getattr(model, unexpected[1], None) or getattr(properties, unexpected[1], None)
    known = tuple(inspect.signature(called).parameters) if callable(called) else ()
    return f"{unexpected[0]}; {nearest(unexpected[2], known)}" if known else text
