"""Model files: Python that defines handshakes, or any other transition systems, of the user's own.

A model file is run like any Python file, as the user and with all that the user may do. Whatever goes wrong in it, while it is
run or later when its rules are asked, is reported as a :class:`ModelFileError`: the file, the line, and what to write instead.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import hashlib
import inspect
import shlex
import sys
import traceback
import types
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

from checker.files.mistakes import (
    ModelFileError,
    Place,
    Sentence,
    UnfinishedError,
    called,
    decoded,
    line_of,
    not_utf8,
    read_bytes,
)
from checker.host.interrupt import TimeIsOverError
from model.notation.sorts import NotationError, nearest
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.composition import composition_named
from model.tcp.handshakes.handshake import Handshake
from model.tcp.scope import SCOPES, ScopeError
from properties.catalogue import CLAIMS
from properties.claim import TRIGGER, Claim, monitored
from properties.specification import SPECIFICATIONS, Specification, specification, specify

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
_SUFFIX = ".py"
_MEANT = 0.8
"""How alike two names of methods are of which one is a slip for the other."""
_numbers = count()


def is_path(text: str) -> bool:
    """Return whether a command's word is meant as a model file: ``FILE.py`` or ``FILE.py:NAME``."""
    return text.partition(f"{_SUFFIX}:")[1] != "" or text.endswith(_SUFFIX)


def read(text: str) -> Specification:
    """Return the model that a file defines, or with ``FILE.py:NAME`` the one of that name."""
    path, separator, name = text.partition(f"{_SUFFIX}:")
    file = _File(path + _SUFFIX if separator else path)
    found = file.specifications()
    name = file.called.get(name, name)
    if name and name not in found:
        raise ModelFileError(f"{file.path} defines no model {name!r}; {nearest(name, (*found, *file.called))}")
    if not name and len(found) > 1:
        raise ModelFileError(
            f"{file.path} defines several models: write {shlex.quote(file.path)}:NAME with one of {', '.join(found)}"
        )
    return replace(found[name] if name else next(iter(found.values())), file=text)


def composed(spec: Specification, composition: str) -> Specification:
    """Return a handshake put together for other endpoints, by the name of their composition; as it is for "".

    Raise :class:`~model.notation.sorts.NotationError` where there is no such composition, or for what is no handshake.
    """
    if not composition:
        return spec
    if spec.composed is None:
        raise NotationError(f"{spec.name} has no compositions: they are for handshakes")
    return spec.composed(composition_named(composition))


def specified(given: object) -> Specification:
    """Return the specification of what a model file may define: a handshake, a protocol, a system, or a specification."""
    if isinstance(given, Specification):
        return given
    if isinstance(given, type) and issubclass(given, Handshake):
        if "name" not in vars(given):
            raise NotationError(f"the handshake {given.__name__} has no name of its own: write name = ...")
        _check_overrides(given)
        return specification(given)
    return specify(given)  # type: ignore[arg-type]  # which says what it is for


def _check_overrides(handshake: type[Handshake]) -> None:
    """Raise for a method that is nearly called like a rule, and so replaces none."""
    inherited = {n: v for base in handshake.__mro__[:0:-1] for n, v in vars(base).items() if not n.startswith("_")}
    for name, value in vars(handshake).items():
        alike = [n for n, other in inherited.items() if callable(value) == callable(other)]  # a number replaces no rule
        meant = difflib.get_close_matches(name, alike, n=1, cutoff=_MEANT)
        if not name.startswith("_") and name not in inherited and meant:
            raise NotationError(
                f"{name!r} replaces nothing in {handshake.__mro__[1].__name__}; did you mean {meant[0]!r}?", name
            )


class _Remembered(Generic[K, T]):
    """What is made of each thing once, as :func:`functools.cache` has it; and which can be sent where this file is not."""

    def __init__(self, make: Callable[[K], T]) -> None:
        self._make = make
        self._made: dict[K, T] = {}

    def __call__(self, of: K) -> T:
        if of not in self._made:
            self._made[of] = self._make(of)
        return self._made[of]


class _File:
    def __init__(self, path: str) -> None:
        self.path = path
        self.module = types.ModuleType(f"model_file_{next(_numbers)}")
        self.module.__file__ = path
        self.called: dict[str, str] = {}
        """The names of models by what they are called in the file: a class, or a variable."""
        source = read_bytes(path, f"*{_SUFFIX}")
        self.sources = {path: hashlib.sha256(source).hexdigest()}
        self.folder = str(Path(path).resolve().parent)
        try:
            self.tree = ast.parse(decoded(source), path)
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
                spec = specified(given)
                if spec.name in found or spec.name in SPECIFICATIONS:
                    whose = "two models" if spec.name in found else "a model like one of synproof's own"
                    raise NotationError(f"this defines {whose}, {spec.name!r}: give it a name of its own", spec.name)
                found[spec.name] = self._guarded(spec, about or spec.name)
                self.called |= {name: spec.name for name, value in vars(self.module).items() if value is given}
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

    def _guarded(self, spec: Specification, about: str, built: TransitionSystem | None = None) -> Specification:
        """Return the specification with whatever is wrong in it reported with its line, whenever it comes to light.

        ``built`` is its system in the default scope, where that was built before.
        """
        guarded = replace(
            spec,
            build=self._wrapped(spec.build, about),
            declared=self._wrapped(spec.declared, about),
            claims=tuple(map(self._guarded_claim, spec.claims)),
            liveness=tuple(map(self._guarded_claim, spec.liveness)),
            composed=None if spec.composed is None else _Remembered(self._made_anew(spec.composed, about)),
            assuming=None if spec.assuming is None else self._made_anew(spec.assuming, about),
            file=self.path,
            sources=self.sources,
            reporting=lambda: self._blaming(about),
        )
        system = built or guarded.build(SCOPES["default"], Assumptions())
        guarded = guarded.leaving_out({c.name: why for c in guarded.claim.values() if (why := c.needs.forgotten(system))})
        usual = all(value == guarded.declares[name].default for name, value in guarded.own.items())
        for claim in guarded.claim.values():
            if self._is_own(claim):
                with self._reporting(claim.name):
                    (check,) = monitored(system, [claim]).checks
                    if usual and not check.trigger:  # under other assumptions it may well be that nothing triggers it
                        raise NotationError(f"claim {claim.name!r} has no trigger in any action: {TRIGGER}", claim.name)
        return guarded

    def _made_anew(self, make: Callable[[K], Specification], about: str) -> Callable[[K], Specification]:
        """Return what makes another specification of the file, which is guarded as well."""

        def made(of: K) -> Specification:
            with self._reporting(about):
                spec = make(of)
                system = spec.build(SCOPES["default"], Assumptions())
                return self._guarded(self._without_strangers(spec, system), about, system)

        return made

    def _without_strangers(self, spec: Specification, system: TransitionSystem) -> Specification:
        """Leave out the file's own claims that are about endpoints of another composition, as "server.state" is of peers."""
        why_not = {}
        for claim in filter(self._is_own, spec.claim.values()):
            try:
                monitored(system, [claim])
            except NotationError as error:
                why_not[claim.name] = str(error)
        return spec.leaving_out(why_not)

    def _guarded_claim(self, claim: Claim) -> Claim:
        return replace(claim, watch=self._wrapped(claim.watch, claim.name)) if self._is_own(claim) else claim

    def _is_own(self, claim: Claim) -> bool:
        return claim.name not in CLAIMS

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
                file = str(getattr(sys.modules[name], "__file__", ""))
                if "." not in name and self._is_beside(file):
                    del sys.modules[name]  # another file may have another module of that name beside it
                    self._note(file)

    def _note(self, file: str) -> None:
        """Remember what was in a file beside this one, as far as it can still be read."""
        with contextlib.suppress(OSError):
            self.sources[self._shown(file)] = hashlib.sha256(Path(file).read_bytes()).hexdigest()

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
        except TimeIsOverError as error:
            place = self._place(error, about)
            raise UnfinishedError(
                f"{place}: this still runs when the time is over: end it, or write a longer --timeout"
            ) from error
        except BaseException as error:
            place = self._place(error, about)
            if isinstance(error, SyntaxError) and error.filename and self._is_beside(error.filename):
                place = Place(self._shown(error.filename), error.lineno)
            raise ModelFileError(f"{place}: {Sentence(error, self.module.__dict__)}") from error

    @contextlib.contextmanager
    def _blaming(self, about: str) -> Iterator[None]:
        """Report what others, who know no file, find wrong with what this one says."""
        try:
            yield
        except NotationError as error:
            raise ModelFileError(f"{self._place(error, about)}: {error}") from error
        except RecursionError as error:
            deep = "a formula is nested too deep: give parts of it to several actions or variables"
            raise ModelFileError(f"{self._locate(about)}: {deep}") from error

    def _locate(self, *names: str) -> str:
        return str(Place(self.path, line_of(self.tree, names)))

    def _place(self, error: BaseException, about: str) -> Place:
        running = self._running(error)
        if running is not None and running.file != self.path:
            return running
        names = error.about if isinstance(error, NotationError) else called(str(error))
        line = None if running is None else running.line
        if line is None:
            return Place(self.path, line_of(self.tree, (about, *names)))
        return Place(self.path, (line_of(self.tree, names, line) if isinstance(error, NotationError) else None) or line)

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
