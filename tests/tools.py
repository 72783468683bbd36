"""The programs that some tests run and that Python does not bring, and the Debian packages that have them.

A test says what it needs: ``@pytest.mark.needs("spin", "gcc")``. Where that is missing the test is left out, and the run says
so at its end (``conftest.py``). Run as a script this prints the packages of what is missing, which ``make tools`` installs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Container, Iterable, Mapping
from pathlib import Path

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "spin": ("spin",),
    "gcc": ("gcc", "libc6-dev"),
    "tshark": ("tshark",),
    "chromium": ("chromium", "fonts-dejavu-core"),
    "dot": ("graphviz",),
    "axe": ("npm",),
    "bwrap": ("bubblewrap",),
    "ip": ("iproute2",),
    "java": ("default-jre-headless",),
    "lwip": ("liblwip-dev",),
    "slirp": ("libslirp-dev",),
    "gvisor": ("golang-go", "golang-gvisor-gvisor-dev"),
}
"""What tests may need, by the name of the program."""
AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
"""What looks at pages for mistakes of accessibility. npm installs it beside the lock file committed; see the Makefile."""
FILES: Mapping[str, Path] = {
    "axe": AXE,
    "lwip": Path("/usr/include/lwip/lwip/tcp.h"),
    "slirp": Path("/usr/include/slirp/libslirp.h"),
    "gvisor": Path("/usr/share/gocode/src/gvisor.dev/gvisor/pkg/tcpip/stack/stack.go"),
}
"""What is no program, by a file that is there where it is installed."""
ALL = "SYNPROOF_ALL_TOOLS"
"""The variable of the environment that makes it a failure to leave a test out."""
SAID = "SYNPROOF_TEST_NEEDS"
"""The variable in which the running test's needs stand, for :func:`program`."""


def missing(among: Iterable[str] = PACKAGES) -> list[str]:
    """Return which programs are not installed."""
    return [name for name in among if not (FILES[name].is_file() if name in FILES else shutil.which(name))]


def packages(programs: Container[str]) -> str:
    """Return the Debian packages that have these programs, as they are typed."""
    return " ".join(package for name, of in PACKAGES.items() if name in programs for package in of)


def program(name: str) -> str:
    """Return where a program is. The running test has to have said that it needs it, or would fail where it is missing."""
    assert name in os.environ[SAID].split(), f"this test runs {name}: mark it with needs({name!r})"
    path = shutil.which(name)
    assert path is not None
    return path


if __name__ == "__main__":
    wanted = [name for name in missing() if name != "axe" or not shutil.which("npm")]  # what npm gets, where it is there
    print(packages(wanted))  # noqa: T201  # for make
