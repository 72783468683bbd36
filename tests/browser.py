"""Chromium without a window, driven by its DevTools protocol over a pipe.

``--remote-debugging-pipe`` takes commands as JSON on file descriptor 3 and answers on 4, each ended by a zero octet: a few
lines of the standard library, where selenium and playwright would bring a driver, a server and a browser of their own.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.tools import program

BASH = "/bin/bash"
PATIENCE = 30
"""How many seconds an answer may take."""


class BrowserError(Exception):
    """The browser says that something went wrong."""


class Browser:
    """One page of a browser, and what it complained of."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._buffer = b""
        self._number = 0
        self._loaded = False
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Run a command on the page and return its result."""
        return self._ask(method, self._session, **parameters)

    def _ask(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                return dict(message["result"])
            self._note(message)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._answers], [], [], PATIENCE)[0]:
                raise BrowserError(f"the browser has said nothing for {PATIENCE} seconds")
            more = os.read(self._answers, 65536)
            if not more:
                raise BrowserError("the browser has ended")
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, message: dict[str, Any]) -> None:
        event = message.get("method", "")
        parameters = message.get("params", {})
        self._loaded |= event == "Page.loadEventFired"
        if event == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]["text"]))
        elif event == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(parameters["args"]))
        elif event == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(str(parameters["entry"]["text"]))
        elif event == "Network.requestWillBeSent":
            self.requests.append(str(parameters["request"]["url"]))

    def load(self, url: str) -> None:
        """Show a page, and wait until all of it is there."""
        for address in ("about:blank", url):  # by way of another page, or a new fragment alone would load nothing
            self._loaded = False
            self.ask("Page.navigate", url=address)
            while not self._loaded:
                self._note(self._message())

    def drawn(self) -> None:
        """Wait until the page has been laid out and drawn, so that what observes its boxes has seen them."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, expression: str) -> Any:  # noqa: ANN401  # whatever JavaScript returns
        """Return the value of an expression of JavaScript in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise BrowserError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go, as a user does."""
        codes = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Tab": 9, "Enter": 13}
        codes |= {digit: ord(digit) for digit in "123456789"}
        text = {"text": "\r" if key == "Enter" else key} if key == "Enter" or key.isdigit() else {}
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key],
                **(text if kind == "keyDown" else {}),
            )  # fmt: skip

    def look(self, width: int, height: int = 900, scheme: str = "light", media: str = "") -> None:
        """Make the window so wide, and the user prefer a colour scheme; ``media`` may be print."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Write what the page looks like."""
        found = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def accessible(self) -> list[tuple[str, str]]:
        """Return what a screen reader is told: the role and the name of everything that it does not ignore."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        return [
            (str(node["role"]["value"]), str(node.get("name", {}).get("value", "")))
            for node in nodes
            if not node.get("ignored") and "role" in node
        ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser for as long as it is used."""
    (read, ours_out), (ours_in, write) = os.pipe(), os.pipe()
    theirs_in, theirs_out = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read, write))  # above those they are moved to
    os.close(read)
    os.close(write)
    with tempfile.TemporaryDirectory() as profile:
        words = [program("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions"]
        words += [
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ]
        # a shell moves the pipe's ends to the descriptors that the browser expects, whatever they are here
        moved = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        process = subprocess.Popen(
            [BASH, "-c", moved, *words, "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(ours_out, ours_in)
        finally:
            os.close(ours_out)
            os.close(ours_in)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
