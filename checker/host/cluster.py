"""Many machines, or many processes of one, by Ray: how one is connected to them, and let go of in the end.

Ray starts processes, places and replaces them, and carries what they send each other. It is an extra, ``synproof[cluster]``,
and loaded when it is asked for. It reports nothing to anybody, and has no dashboard. What is started here for ``local:N``
listens on 127.0.0.1 alone and asks for a secret that only this process and its children know. A cluster that runs already is as
open as whoever started it has made it.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import pickle
import re
import secrets
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from checker.host.machine import available

_LOCAL = re.compile(r"local:([1-9]\d{0,2})")
_THERE = re.compile(r"(?!local:)([^\s:/]+|\[[\da-fA-F:.]+\]):(\d{1,5})")
_PATIENCE = 10.0
"""How many seconds the machine at an address has to answer."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1"}
_SHORT = 40
"""How long the name of a directory may be with sockets in it, of which the system bounds the names."""
_STORE = 2**30
"""How many bytes messages may take at once on this machine, where it has four times as many; further ones wait on disk."""


_KEPT: list[Any] = []
"""What is kept for the one connection that a process has to Ray, which is as much of the process."""


class ClusterError(ValueError):
    """A cluster is not to be had; the message says why and what to do."""


class AddressError(ClusterError):
    """What was written is no address of a cluster."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that is connected: its ``address`` as it was asked for, and how many processors are wanted at ``most``.

    Ray ends a process when nobody has a handle of it any more: those in ``kept`` last as long as the connection.
    """

    address: str
    most: int | None = None
    kept: list[Any] = field(default_factory=list)

    @property
    def processors(self) -> int:
        """How many processors it has for this process now; machines come and go."""
        import ray

        there = int(ray.cluster_resources().get("CPU", 0))
        return there if self.most is None else min(there, self.most)


def checked(address: str) -> str:
    """Return an address, ``local:N`` or ``HOST:PORT``; raise :class:`ClusterError` where there is none, or no Ray."""
    there = _THERE.fullmatch(address)
    if _LOCAL.fullmatch(address) is None and (there is None or int(there[2]) >= 2**16):
        how = "write local:N for N processes here, up to 999, or HOST:PORT of a Ray cluster"
        raise AddressError(f"{address!r} is no cluster: {how}")
    if importlib.util.find_spec("ray") is None:
        raise ClusterError("a cluster needs Ray, which is not installed: pip install 'synproof[cluster]'")
    if there is not None:
        _look_for(there[1].strip("[]"), int(there[2]))
    return address


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Connect to a cluster, and leave it in the end; what was started for it ends then, whatever happens.

    ``local:N`` is N processors of this machine. Where this process is connected already, it stays with that connection,
    and whoever made it leaves it. Raises :class:`ClusterError` where there is no such cluster.
    """
    local = _LOCAL.fullmatch(checked(address))
    cluster = Cluster(address, None if local is None else int(local[1]), _KEPT)
    with _environment({**_QUIET, **({} if local is None else _alone())}):
        import ray

        logging.getLogger("ray").setLevel(logging.CRITICAL)
        ray._private.worker.print_to_stdstream = _say_nothing  # noqa: SLF001  # no option keeps it from standard output
        if ray.is_initialized():
            yield cluster
            return
        with tempfile.TemporaryDirectory(prefix="synproof-", ignore_cleanup_errors=True) as logs:
            how = {"address": address} if local is None else _started(int(local[1]), logs)
            try:
                _begin(how, address)
                yield cluster
            finally:
                _KEPT.clear()
                ray.shutdown()


def _begin(how: Mapping[str, Any], address: str) -> None:
    import ray
    from ray.exceptions import AuthenticationError

    try:
        with _handlers_kept(), _silenced(), _reachable(how["address"] != "local"):
            if how["address"] != "local":
                _ask_for(address)
            ray.init(**how, log_to_driver=False, configure_logging=False)
    except AuthenticationError as error:
        check = "set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN to the cluster's, or copy its ~/.ray/auth_token"
        raise ClusterError(
            f"the cluster at {address} does not take the token that is here, if there is one: {check}"
        ) from error
    except Exception as error:  # Ray has many kinds of them
        check = "see that Ray runs on this machine too, in the same release"
        if how["address"] == "local":
            check = "see that there is memory for it, or leave out --cluster"
        raise ClusterError(f"the cluster at {address} cannot be used ({_first_line(error)}): {check}") from error


@contextmanager
def _reachable(reachable: bool) -> Iterator[None]:
    """Have others reach what is started, or nobody: Ray goes by what was in the environment when it was loaded."""
    from ray._private import ray_constants

    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = before and reachable
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


def _ask_for(address: str) -> None:
    """Ask a cluster who it is, with the token that is here; raise what Ray raises, which would try for a minute else."""
    from ray._private.authentication.authentication_token_setup import ensure_token_if_auth_enabled
    from ray._raylet import GcsClient  # type: ignore[attr-defined]  # its stub leaves it out

    ensure_token_if_auth_enabled(create_token_if_missing=False)  # else machine code ends the process where there is none
    GcsClient(address=address)


def _say_nothing(*_: object, **__: object) -> None:
    """Say nothing, in place of Ray's word that a process died: whoever asked it is told."""


@contextmanager
def sending(what: str) -> Iterator[None]:
    """Have with what is sent meanwhile all that it needs of model files, and of what is beside them: nobody else has these.

    Raises :class:`ClusterError`, which names ``what`` is sent, where it cannot be.
    """
    from ray import cloudpickle  # as Ray, when its environment is what it should be

    own = [module for name, module in sys.modules.items() if "." not in name and _is_of_a_file(name, module)]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        why = str(error).splitlines()[0]
        raise ClusterError(f"{what} cannot be sent to a cluster: {why}; leave out --cluster") from error
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)


def _is_of_a_file(name: str, module: ModuleType) -> bool:
    """Return whether a module was made from a file that no other process finds by its name."""
    return bool(getattr(module, "__file__", None)) and name != "__main__" and PathFinder.find_spec(name) is None


def _alone() -> Mapping[str, str]:
    """Return the environment in which nobody else has to do with what is started."""
    unwatched = {"RAY_memory_monitor_refresh_ms": "0"}  # a search bounds its memory, and ends for nobody else's
    return {**unwatched, "RAY_AUTH_TOKEN": _secret()}


@cache
def _secret() -> str:
    """Return what only this process and its children know: one for all clusters that it starts, since Ray reads it once."""
    return secrets.token_hex(32)


def _started(processors: int, logs: str) -> dict[str, Any]:
    """Return how processes of this machine are started; their ``logs`` go, but where the name of the place is too long."""
    return {
        **({"_temp_dir": logs} if len(logs) < _SHORT else {}),
        "address": "local",
        "num_cpus": processors,
        "include_dashboard": False,
        "object_store_memory": max(2**27, min(_STORE, available() // 4)),
    }


def _look_for(host: str, port: int) -> None:
    """Raise where nothing answers: Ray would wait for a minute, and not say so."""
    try:
        with closing(socket.create_connection((host, port), _PATIENCE)):
            pass
    except OSError as error:
        why = error.strerror or str(error) or "nothing answers"
        how = "see that 'ray start --head' runs there, and 'ray start --address' here"
        raise ClusterError(f"there is no Ray cluster at {host}:{port} ({why}): {how}") from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Have variables in the environment of what is started, where the user has not set them."""
    set_here = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(set_here)
    try:
        yield
    finally:
        for name in set_here:
            os.environ.pop(name, None)


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep what machine code of Ray's says from standard error: each second that it tries once more."""
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    try:
        with open(os.devnull, "wb") as nothing:  # noqa: PTH123  # a device, and no path of anybody's
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Let signals do what they did before, whatever Ray has them do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
