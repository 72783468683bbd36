"""Which stacks there are: how each is had and run, and what it is known to do otherwise."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.stacks.deviations import COOKIES, FAST_OPEN, GVISOR, LINUX, LWIP, SLIRP, SMOLTCP, Deviation
from checker.stacks.stack import LostError, Stack, StackError, running
from model.notation.said import said

_FOLDER = Path(__file__).parent
_COMPILERS: Mapping[str, tuple[str, str]] = {
    ".c": ("cc", "{stack} is compiled when it is used, and there is no cc: install a C compiler"),
    ".go": ("go", "{stack} is compiled when it is used, and there is no go: install the Debian package golang-go"),
}
"""By what a program is compiled, by the end of its name, and what is said where that is not there."""
_KEEPER = """
import sys, tempfile
with tempfile.TemporaryDirectory(prefix="synproof-") as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""
"""A program that keeps a folder as long as its input is open."""
_RUN = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""
"""A program that runs a package of a folder, with nothing but it and Python."""
_GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
"""So that Go finds what Debian's packages have; what is compiled it keeps itself."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A stack: its ``name``, what it is, and the ``program`` that drives it, in the lines of :mod:`checker.stacks.stack`.

    A folder is a package of Python's, which needs nothing else. A program in C or Go is compiled when it is used, against
    ``library`` of the Debian ``package``. ``virtual`` says that time passes there only where it is waited for, ``known`` what
    it does otherwise than RFC 9293 has it. ``words`` are what the program is told. ``busy`` says that others open connections
    to the same listener, ``fast_open`` that who talks to it has a Fast Open cookie of it, and it one of theirs.
    """

    name: str
    summary: str
    program: str
    known: tuple[Deviation, ...]
    library: str = ""
    package: str = ""
    virtual: bool = False
    words: tuple[str, ...] = ()
    busy: bool = False
    fast_open: bool = False

    @contextlib.contextmanager
    def running(self) -> Iterator[Stack]:
        """Run the stack. Raises :class:`~checker.stacks.stack.StackError` where it cannot be had, with what to do."""
        with contextlib.ExitStack() as held:
            with contextlib.ExitStack() as needed:  # what runs need not stay
                stack = held.enter_context(running(self.name, self._command(needed)))
            stack.virtual, stack.busy = self.virtual, self.busy
            if self.fast_open:
                try:
                    stack.gives_cookies()
                except LostError as error:
                    raise StackError(said("{stack} cannot be run: {why}", stack=self.name, why=error.args[0])) from error
            yield stack

    def _command(self, needed: contextlib.ExitStack) -> list[str]:
        """Return what runs the stack; it need be there as long as what is ``needed`` is held."""
        source = _FOLDER / self.program
        if source.is_dir():
            return [sys.executable, "-I", "-c", _RUN, str(_FOLDER), self.program, *self.words]
        name, absent = _COMPILERS[source.suffix]
        compiler = shutil.which(name)
        if compiler is None:
            raise StackError(said(absent, stack=self.name))
        folder, used = needed.enter_context(_passing_folder())
        made = str(folder / self.name)
        c = ["-O1", "-o", made, str(source), f"-I/usr/include/{self.library}", f"-l{self.library}"]
        arguments = c if source.suffix == ".c" else ["build", "-o", made, str(source)]
        environment = {**os.environ, **_GO}
        done = subprocess.run(  # noqa: S603  # our own words
            [compiler, *arguments], capture_output=True, text=True, check=False, env=environment, pass_fds=[used]
        )
        if done.returncode:
            first = next(iter(done.stderr.splitlines()), "")
            told = "{stack} cannot be compiled ({why}): install the Debian package {package}"
            raise StackError(said(told, stack=self.name, why=first, package=self.package))
        return [made]


@contextlib.contextmanager
def _passing_folder() -> Iterator[tuple[Path, int]]:
    """Yield an empty folder, and a file descriptor: the folder is removed when no process has that open any more.

    So it goes however this process ends, when the compiler that it has left behind ends as well.
    """
    with subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-I", "-c", _KEEPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C, and a signal to all of a command, leave it to remove the folder
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        folder = keeper.stdout.readline().rstrip("\n")
        if not folder:
            raise StackError(said("no directory for temporary files can be written: set TMPDIR to one that can"))
        yield Path(folder), keeper.stdin.fileno()


ADAPTERS: Mapping[str, Adapter] = {
    adapter.name: adapter
    for adapter in (
        Adapter("linux", "the kernel that this runs on", "linux", LINUX),
        Adapter(
            "linux-cookies",
            "the same kernel, which answers every SYN by a SYN cookie",
            "linux",
            COOKIES,
            words=("tcp_syncookies=2",),
            busy=True,
        ),
        Adapter(
            "linux-fast-open",
            "the same kernel, which takes and sends text with a SYN that has a Fast Open cookie",
            "linux",
            FAST_OPEN,
            words=("tcp_fastopen=3",),
            fast_open=True,
        ),
        Adapter("lwip", "lwIP, as Debian has it", "lwip.c", LWIP, "lwip", "liblwip-dev", virtual=True),
        Adapter("slirp", "libslirp, whose TCP is 4.4BSD's", "slirp.c", SLIRP, "slirp", "libslirp-dev", virtual=True),
        Adapter("gvisor", "gVisor's netstack", "gvisor.go", GVISOR, package="golang-gvisor-gvisor-dev", virtual=True),
        Adapter("smoltcp", "smoltcp, as mitmproxy_rs has it", "smoltcp", SMOLTCP),
    )
}
"""The stacks by name."""
