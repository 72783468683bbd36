"""Model files that try to do what they must not.

Each defines the model ``broke-out`` where it got what it wanted, and raises else.

``{secret}`` is a file of the host's that may not be read, ``{mine}`` a directory that may not be written, ``{pid}`` the process
that called. What only uses up things gets nothing anyway: it is stopped.
"""

# ruff: noqa: E501  # each attempt stands in a line of its own

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GOOD = """
from model.tcp.handshakes import ThreeWay
class Mine(ThreeWay):
    name = "mine"
    summary = "three-way again"
"""
GOT = """
from model.tcp.handshakes import ThreeWay
class Mine(ThreeWay):
    name = "broke-out"
    summary = "it got what it wanted"
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried, and what is said of it; ``outside`` it works, which shows that the walls are what stops it."""

    tries: str
    said: str
    outside: bool = False

    def source(self, **names: object) -> str:
        """Return the file."""
        tries = self.tries
        for name, value in names.items():
            tries = tries.replace("{" + name + "}", str(value))
        return tries + GOT


ATTEMPTS: Mapping[str, Attempt] = {
    "reads the answer key": Attempt("assert open('{secret}').read()", "FileNotFoundError", outside=True),
    "reads the answer key by its process": Attempt("assert open('/proc/{pid}/root{secret}').read()", "Error"),
    "reads the environment of who called": Attempt(
        "assert open('/proc/{pid}/environ', 'rb').read()", "FileNotFoundError", outside=True
    ),
    "reads its own environment": Attempt(
        "import os\nassert os.environ.get('SYNPROOF_SECRET'), 'there is no secret'", "there is no secret", outside=True
    ),
    "lists what others handed in": Attempt(
        "import os\nassert os.listdir('{mine}') is not None", "FileNotFoundError", outside=True
    ),
    "reads the passwords": Attempt("assert open('/etc/passwd').read()", "FileNotFoundError", outside=True),
    "writes outside": Attempt("open('{mine}/written', 'w').write('x')", "FileNotFoundError", outside=True),
    "writes beside itself": Attempt("open(__file__ + '.x', 'w').write('x')", "Read-only file system", outside=True),
    "writes in the root": Attempt("open('/written', 'w').write('x')", "Read-only file system"),
    "writes over itself": Attempt("open(__file__, 'w').write('x')", "Error", outside=True),
    "changes the checker on disk": Attempt("import checker.decide as d\nopen(d.__file__, 'a').write('')", "Error"),
    "changes the claims on disk": Attempt(
        "import properties.claim as c\nopen(c.__file__, 'a').write('')", "Read-only file system"
    ),
    "hides things in devices": Attempt("open('/dev/shm/x', 'w').write('x')", "Error"),
    "links to the answer key": Attempt(
        "import os\nos.symlink('{secret}', '/tmp/key')\nassert open('/tmp/key').read()", "FileNotFoundError"
    ),
    "opens a socket to the host": Attempt(
        "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)", "Connection refused", outside=True
    ),
    "opens a socket to the world": Attempt("import socket\nsocket.create_connection(('192.0.2.1', 80), 2)", "unreachable"),
    "talks to a socket of the host's": Attempt(
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0{abstract}')", "Connection refused", outside=True
    ),
    "starts a program": Attempt(
        "import subprocess\nsubprocess.run(['/usr/bin/id'], check=True)", "Operation not permitted", outside=True
    ),
    "forks without end": Attempt("import os\nwhile os.fork() is not None: pass", "Operation not permitted"),
    "starts a thread": Attempt(
        "import threading\nthreading.Thread(target=print).start()", "can't start new thread", outside=True
    ),
    "fills the memory": Attempt("x = bytearray(1 << 34)", "Memory|memory"),
    "fills the memory bit by bit": Attempt("x = [b'x']\nwhile True: x.append(x[-1] * 2)", "Memory|memory"),
    "fills the disk": Attempt("f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * (1 << 20))", "File too large"),
    "fills the disk with many files": Attempt(
        "for n in range(64): open(f'/tmp/{n}', 'wb').write(b'x' * (1 << 20))", "No space left on device"
    ),
    "fills the output": Attempt(
        "import os\nfor fd in range(3, 20):\n  try:\n    while True: os.write(fd, b'x' * 65536)\n  except OSError: pass",
        "printed more than",
    ),
    "prints without end": Attempt("while True: print('x' * 4096)", "stopped"),
    "never ends": Attempt("while True: pass", "stopped"),
    "sleeps": Attempt("import time\ntime.sleep(1000)", "stopped"),
    "waits for what never comes": Attempt(
        "import sys\nsys.stdin.read()\nimport os\nr, w = os.pipe()\nos.read(r, 1)", "stopped"
    ),
    "does not hear that it should end": Attempt(
        "import signal\nfor s in (1, 2, 3, 10, 12, 15, 24): signal.signal(s, signal.SIG_IGN)\nwhile True: pass", "stopped"
    ),
    "kills who called": Attempt("import os, signal\nos.kill({pid}, signal.SIGTERM)", "No such process"),
    "kills what runs it": Attempt(
        "import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nraise OSError('still here')", "Error|ended without a model"
    ),
    "kills all there is": Attempt(
        "import os\nos.kill(-1, 9)\nraise OSError('nobody else is here')", "Error|ended without a model"
    ),
    "ends early, and well": Attempt("import os\nos._exit(0)", "ended without a model, with the code 0"),
    "exits": Attempt("import sys\nsys.exit(0)", "it ends Python"),
    "crashes": Attempt("import ctypes\nctypes.string_at(0)", "ended without a model"),
    "raises its limits": Attempt(
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)", "not allowed to raise maximum"
    ),
    "becomes somebody else": Attempt("import os\nos.setuid(0)", "Operation not permitted|Invalid argument"),
    "makes walls of its own": Attempt(
        "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\nif c.unshare(0x10000000): raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))",
        "Error",
    ),
    "takes memory that nobody counts": Attempt(
        "import os\nfd = os.memfd_create('x')\nwhile True: os.write(fd, b'x' * (1 << 20))", "Operation not permitted"
    ),
    "mounts something": Attempt(
        "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\nif c.mount(b'/', b'/tmp', None, 4096, None): raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))",
        "Operation not permitted",
    ),
    "hands in a pickle": Attempt(
        "import pickle, os\nclass P:\n  def __reduce__(self): return (os.system, ('touch {mine}/pickled',))\n"
        "for fd in range(3, 20):\n  try: os.write(fd, pickle.dumps(P()))\n  except OSError: pass\nos._exit(0)",
        "not JSON",
    ),
    "hands in no model": Attempt(
        'import os\nfor fd in range(3, 20):\n  try: os.write(fd, b\'{"verdict": "holds"}\')\n  except OSError: pass\nos._exit(0)',
        "no model of synproof's",
    ),
    "hands in brackets": Attempt(
        "import os\nfor fd in range(3, 20):\n  try: os.write(fd, b'[' * 10**6)\n  except OSError: pass\nos._exit(0)",
        "nested too deep",
    ),
    "hands in a million formulas": Attempt(
        'import os\nt = b\'{"format":"synproof-model","version":1,"sorts":[],"formulas":[\' + b\',\'.join([b\'{}\'] * 10**6) + b\']}\'\n'
        "for fd in range(3, 20):\n  try: os.write(fd, t)\n  except OSError: pass\nos._exit(0)",
        "1,000,000 formulas, and 200,000 are the most",
    ),
    "says terrible things": Attempt("raise ValueError('\\x1b[2J\\x07' + 'x' * 10**6)", "ValueError"),
}
"""By what it tries."""
