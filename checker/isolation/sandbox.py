"""The walls: one process by bubblewrap, which asks the kernel for namespaces that any user may have."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import selectors
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import checker
import model
import properties
from checker.files.mistakes import ModelFileError
from checker.isolation import calls
from checker.isolation.inside import REFUSED
from model.notation.data import parsed
from model.notation.sorts import NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.scope import Scope
from properties.data import read, setting_record
from properties.specification import Specification


class IsolationError(Exception):
    """The host cannot isolate a file; the message says why, and what to do."""


class StoppedError(ModelFileError):
    """A file was stopped by the clock, or the process by something else than itself: nothing is known of what it defines."""


@dataclass(frozen=True, slots=True)
class Confines:
    """How much one file may use: seconds, octets of memory, of what it writes, prints and is, each in all."""

    seconds: float = 10.0
    memory: int = 512 << 20
    written: int = 4 << 20
    printed: int = 16 << 20
    source: int = 1 << 20


USUAL = Confines()
_WORK, _OWN = "/work", "/synproof"
_READABLE = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache")
"""What programs of the host need to run at all, each where it exists."""
_PYTHON = str(Path(sys.executable).resolve())
"""The interpreter itself, and not an environment's link to it: nothing is imported within but synproof and Python's own."""
_BEGIN = f"import sys; sys.path.insert(0, {_OWN!r}); from checker.isolation.inside import main; main()"
_SHOWN = 500
"""How much of what was said within is shown."""


def cannot() -> str:
    """Return why nothing can be isolated here, or "" where it can. What is asked of the kernel is tried once."""
    program = shutil.which("bwrap")
    if program is None:
        return "bwrap is not installed: install Debian's package bubblewrap"
    return _refusal(program) if calls.known() else f"there is no filter of calls for {platform.machine()}"


@cache
def _refusal(program: str) -> str:
    with _handed(calls.refusing()) as refused:
        words = [*_walls(program, refused), _PYTHON, "-I", "-S", "-c", ""]
        tried = subprocess.run(words, capture_output=True, check=False, pass_fds=(refused,), env={})  # noqa: S603  # our own words
    if tried.returncode == 0:
        return ""
    said = tried.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with {tried.returncode}"]
    return f"the kernel or the container refuses namespaces to bwrap ({said[-1][:_SHOWN]})"


def check_can() -> None:
    """Raise :class:`IsolationError` where nothing can be isolated here."""
    if why := cannot():
        raise IsolationError(f"a file cannot be isolated here: {why}; where you trust who wrote it, run it without walls")


@contextmanager
def _handed(octets: bytes) -> Iterator[int]:
    """Yield a descriptor from which bwrap reads octets."""
    descriptor = os.memfd_create("handed")
    try:
        os.write(descriptor, octets)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _walls(program: str, refused: int, confines: Confines = USUAL) -> list[str]:
    """Return the words that put a process within the walls; what it runs comes after them.

    The filter of calls is read from the descriptor ``refused``.
    """
    words = [program, "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "synproof"]
    words += ["--seccomp", str(refused)]
    for path in _READABLE:
        if Path(path).is_symlink():
            words += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            words += ["--ro-bind", path, path]
    for python in dict.fromkeys((sys.base_prefix, str(Path(_PYTHON).parents[1]))):
        if not Path(python).is_relative_to("/usr"):
            words += ["--ro-bind", python, python]
    for package in (model, properties, checker):
        words += ["--ro-bind", str(Path(str(package.__file__)).parent), f"{_OWN}/{package.__name__}"]
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    words += ["--size", str(confines.written), "--tmpfs", "/tmp", "--dir", _WORK]  # noqa: S108  # within
    words += ["--setenv", "HOME", "/tmp", "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "PYTHONDONTWRITEBYTECODE", "1"]  # noqa: S108  # within
    return [*words, "--chdir", "/tmp"]  # noqa: S108  # within


def source_of(path: str, confines: Confines = USUAL) -> bytes:
    """Return what is in a file, which has to be an ordinary one and no link to another.

    Raises :class:`~checker.files.mistakes.ModelFileError` where it is not, or is too long.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "it is a link: hand in the file itself" if Path(path).is_symlink() else error.strerror
        raise ModelFileError(f"{path} cannot be read: {why}") from error
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise ModelFileError(f"{path} cannot be read: it is no ordinary file; write the name of one")
    with os.fdopen(descriptor, "rb") as file:
        if about.st_size > confines.source:
            raise ModelFileError(f"{path} has {about.st_size:,} octets, and {confines.source:,} are the most: make it shorter")
        return file.read(confines.source)


def isolated(path: str, scope: Scope, assumptions: Assumptions, confines: Confines = USUAL) -> Specification:
    """Return the model that a file defines, which runs within the walls; ``FILE.py:NAME`` is one of several.

    After a slash stands a composition. The model is for this scope and these assumptions, and no others. Raises
    :class:`IsolationError` where the host cannot isolate, :class:`StoppedError` where the clock stopped the file, and
    :class:`~checker.files.mistakes.ModelFileError` where the file is no model.
    """
    check_can()
    whole, slash, composition = path.rpartition("/")
    if ".py" in composition or ".py" not in whole:
        whole, slash, composition = path, "", ""
    file, separator, name = whole.partition(".py:")
    file += ".py" if separator else ""
    within = f"{_WORK}/{Path(file).name}"
    request = {
        "file": within + (f":{name}" if separator else ""),
        "composition": composition if slash else None,
        **setting_record(scope, assumptions),
        "memory": confines.memory,
        "seconds": int(confines.seconds) + 1,
        "octets": confines.written,
    }
    source = source_of(file, confines)
    answer = _answer(file, source, within, request, confines)
    if isinstance(answer, dict) and REFUSED in answer:
        raise ModelFileError(_plain(answer[REFUSED]).replace(f"{_WORK}/", f"{Path(file).parent}/" if "/" in file else ""))
    try:
        return replace(read(answer), file=path, sources={file: hashlib.sha256(source).hexdigest()})
    except NotationError as error:
        raise ModelFileError(f"{file}: what came back is no model: {_plain(error)}") from error


def _plain(said: object) -> str:
    """Return what was said within as one line of signs that can be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in str(said)[:_SHOWN])


def _answer(file: str, source: bytes, within: str, request: Mapping[str, Any], confines: Confines) -> object:
    """Return what was printed within, as JSON."""
    program = shutil.which("bwrap")
    assert program is not None  # as was checked
    with _handed(source) as handed, _handed(calls.refusing()) as refused:
        words = [*_walls(program, refused, confines), "--ro-bind-data", str(handed), within, "--remount-ro", "/"]
        words += [_PYTHON, "-I", "-S", "-c", _BEGIN]
        printed, code = _run(words, (handed, refused), json.dumps(request).encode(), confines)
    if printed is None:
        raise StoppedError(f"{file}: it still ran after {confines.seconds:g} seconds and was stopped: end it sooner")
    if len(printed) > confines.printed:
        raise ModelFileError(f"{file}: it printed more than {confines.printed >> 20} MB and was stopped: print less")
    try:
        return parsed(printed)
    except NotationError as error:
        ended = "ended without a model" if not printed else f"gave back what is no model ({_plain(error)})"
        raise ModelFileError(f"{file}: it {ended}, with the code {code}: let it come to its end by itself") from error


def _run(words: Sequence[str], handed: tuple[int, ...], request: bytes, confines: Confines) -> tuple[bytes | None, int]:
    """Run a process to its end, or kill it with all that it started; return what it printed, None where the time was over."""
    process = subprocess.Popen(  # noqa: S603  # within the walls
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=handed, env={}
    )
    assert process.stdin is not None
    assert process.stdout is not None
    until, printed = time.monotonic() + confines.seconds, bytearray()
    with process, process.stdout as out, selectors.DefaultSelector() as ready:
        try:
            process.stdin.write(request)  # less than a pipe holds
            process.stdin.close()
            ready.register(out, selectors.EVENT_READ)
            while len(printed) <= confines.printed:
                if not ready.select(max(0.0, until - time.monotonic())):
                    return None, 0
                part = os.read(out.fileno(), 1 << 16)
                if not part:
                    process.wait(max(0.1, until - time.monotonic()))
                    break
                printed += part
        except subprocess.TimeoutExpired:
            return None, 0
        except BrokenPipeError:
            pass  # it ended before it was asked; what it printed says so
        finally:
            process.kill()  # with it goes all that is within: its namespace has no other first process
    return bytes(printed), process.returncode
