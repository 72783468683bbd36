"""What is run: lines of commands are answered until there are no more."""

from __future__ import annotations

import os
import signal
import sys

from .kernel import Kernel
from .namespace import CannotError


def main() -> None:
    """Answer lines of commands until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who drives it decides when it ends
    try:
        kernel = Kernel(*sys.argv[1:])
    except (CannotError, OSError) as error:
        print("cannot", error, "\n.", flush=True)
        return
    print("ready", os.uname().release, "\n.", flush=True)
    for line in sys.stdin:
        kernel.given = 0
        name, *words = line.split()  # one of Kernel's methods, or "state", which is said anyhow
        try:
            getattr(kernel, name)(*words)
        except CannotError as error:
            print("cannot", error)
        except OSError as error:
            print("cannot", error.strerror)
        for datagram in kernel.wire.sent():
            print("out", datagram.hex())
        print("given", kernel.given)
        print("state", kernel.state(), "\n.", flush=True)


if __name__ == "__main__":
    main()
