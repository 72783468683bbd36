"""What a stack sent, held against what a run has: by other ISNs, and without what it sends again when it likes.

A stack chooses its own ISNs. Each is learnt from the first SYN that has it, and stands from then on for the run's: a number of
the run's that counts from the one is sent, or expected, as one that counts from the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checker.conformance.host import Sent
from checker.stacks.deeds import Deed
from checker.stacks.stack import Observed
from model.notation.sorts import MODULUS


@dataclass(frozen=True, slots=True)
class Numbers:
    """The ISNs that a stack has had, each beside the run's."""

    pairs: tuple[tuple[int, int], ...] = ()

    def learnt(self, run: int, stack: int) -> Numbers:
        """Return them with one more."""
        return Numbers((*(pair for pair in self.pairs if pair[0] != run), (run, stack)))

    def of_stack(self, number: int) -> int:
        """Return what a number of the run's is on the stack: it counts from the ISN nearest to it."""
        run, stack = min(self.pairs, key=lambda pair: _apart(pair[0], number), default=(0, 0))
        return (number - run + stack) % MODULUS

    def of_run(self, number: int) -> int:
        """Return what a number of the stack's is in the run."""
        run, stack = min(self.pairs, key=lambda pair: _apart(pair[1], number), default=(0, 0))
        return (number - stack + run) % MODULUS

    def segment_of_stack(self, segment: Sent) -> Sent:
        """Return a segment of the run's that the stack is to send, as it sends it; a refusal of what has no ACK has no ISN."""
        return replace(segment, seq=0 if _refuses(segment) else self.of_stack(segment.seq))

    def segment_of_run(self, segment: Sent) -> Sent:
        """Return a segment that the stack sent as the run has it."""
        return replace(segment, seq=0 if _refuses(segment) else self.of_run(segment.seq))


def _refuses(segment: Sent) -> bool:
    return segment.ctl == "RST,ACK" and segment.seq == 0


def _apart(one: int, other: int) -> int:
    return min((one - other) % MODULUS, (other - one) % MODULUS)


def agrees(deed: Deed, observed: Observed, numbers: Numbers) -> Numbers | None:
    """Return what is known of the stack's ISNs after an answer that is as expected, or None where it is another."""
    if observed.state != deed.state or len(observed.sent) != len(deed.expected) or observed.given not in (None, deed.given):
        return None
    known = {isn for isn, _ in numbers.pairs}
    for segment, seen in zip(deed.expected, observed.sent, strict=True):
        new = segment.seq == deed.iss or segment.seq not in known  # of a cookie no TCB has the number
        if "SYN" in segment.ctl.split(",") and "SYN" in seen.ctl.split(",") and new:
            numbers = numbers if (segment.seq, seen.seq) in numbers.pairs else numbers.learnt(segment.seq, seen.seq)
        if seen != numbers.segment_of_stack(segment):
            return None
    return numbers


def learnt_of(numbers: Numbers, deed: Deed, observed: Observed) -> Numbers:
    """Return what is known of the ISNs after an answer that is not the expected one, and may have a new ISN all the same."""
    known = {stack for _, stack in numbers.pairs}
    new = [one.seq for one in observed.sent if "SYN" in one.ctl.split(",") and one.seq not in known]
    return numbers.learnt(deed.isn, new[0]) if new else numbers


def without_repeats(observed: Observed, before: Sequence[Sent], wanted: Sequence[int] = ()) -> Observed:
    """Return what was seen without what had been sent before: a stack sends it again when it likes, Linux a SYN very soon.

    What begins at a number that is ``wanted`` is not left out: the run has that sent again.
    """
    known, sent = list(before), list[Sent]()
    for one in observed.sent:
        if one.seq in wanted or not any(sends_again(one, earlier) for earlier in known):
            sent.append(one)
        known += [one] if "SYN" in one.ctl else []
    return replace(observed, sent=tuple(sent))


def sends_again(segment: Sent, earlier: Sent) -> bool:
    """Return whether a segment begins with what an earlier one had: it may bring more, and a later ACK."""
    if "SYN" in segment.ctl and segment.ctl != earlier.ctl:
        return False
    return _length(segment) > 0 and (segment.seq - earlier.seq) % MODULUS < _length(earlier)


def _length(segment: Sent) -> int:
    return segment.data + sum(bit in ("SYN", "FIN") for bit in segment.ctl.split(","))
