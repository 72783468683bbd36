"""A packet as packetdrill's scripts have one, apart from how they are read: who only writes them need not load the grammar."""

from __future__ import annotations

from dataclasses import dataclass

from model.notation.sorts import MODULUS

FLAGS = {"S": "SYN", "F": "FIN", "R": "RST", ".": "ACK"}
"""Flags by the letters that scripts have for them."""
PASSED_OVER = {"E": "ECE", "W": "CWR", "A": "AE", "P": "PSH"}
"""Flags that change nothing of what the model has."""
_WRITTEN = {"S": "SYN", "F": "FIN", "R": "RST", "E": "ECE", "W": "CWR", "A": "AE", "P": "PSH", ".": "ACK"}
"""All of them, in the order in which a packet is written: ACK comes last."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that arrives at the stack, or that it is to send.

    ``ctl`` are its control bits as the model writes them, ``passed_over`` those of its flags that change nothing. ``absolute``
    says of which of its numbers the script means the number itself, as in ``0:0(0)!``. ``win`` is None where any window will
    do, ``options`` are TCP's, a tuple of words each; None where any will do. ``lacking`` says what of it the model does not
    speak of.
    """

    inbound: bool
    ctl: str = "none"
    seq: int = 0
    data: int = 0
    ack: int = 0
    win: int | None = None
    options: tuple[tuple[str, ...], ...] | None = ()
    passed_over: tuple[str, ...] = ()
    absolute: frozenset[str] = frozenset()
    lacking: str = ""

    @property
    def has_ack(self) -> bool:
        """Whether its ACK number counts."""
        return "ACK" in self.ctl.split(",")

    def __str__(self) -> str:
        flags = "".join(letter for letter, bit in _WRITTEN.items() if bit in self._bits)
        ack = f" ack {self.ack}" if self.has_ack else ""
        win = "" if self.win is None else f" win {self.win}"
        any_option = " <...>" if self.options is None else ""
        numbers = f"{self.seq}:{(self.seq + self.data) % MODULUS}({self.data})"
        return f"{'<' if self.inbound else '>'} {flags or '-'} {numbers}{ack}{win}{any_option}"

    @property
    def _bits(self) -> tuple[str, ...]:
        return (*self.ctl.split(","), *self.passed_over)

    def option(self, name: str) -> tuple[str, ...] | None:
        """Return what a TCP option says, None where it is not there."""
        return next((words[1:] for words in self.options or () if words[0].lower() == name), None)


def tells_isn(ctl: str, *, listening: bool, opening: bool) -> bool:
    """Return whether packetdrill takes the SEQ of what arrives as the ISN of the other side.

    That is so of the first SYN that comes to a listener without a connection, and of the first SYN with an ACK that comes to an
    opener. After it the numbers of all segments without a SYN count from there.
    """
    bits = ctl.split(",")
    return "SYN" in bits and (opening if "ACK" in bits else listening)
