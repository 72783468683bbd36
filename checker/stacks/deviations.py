"""What stacks are known to do otherwise than RFC 9293 has it, by name: the rules that do it, and what the RFC says of it.

The rules are a handshake that says only what differs (:mod:`model.tcp.handshakes.linux`, :mod:`model.tcp.handshakes.lwip`), so
that a deviation is not recognised by its looks. What a stack was seen to do is explained by one if an endpoint with those rules
does exactly that, in that state, about that segment.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from model.tcp.handshakes import cookies, fast_open, gvisor, linux, lwip, slirp, smoltcp
from model.tcp.handshakes.three_way import ThreeWay


class Standing(enum.Enum):
    """What RFC 9293 says of doing otherwise, by the words of requirement of the sentence (RFC 2119 §1 to §5)."""

    ALLOWED = "RFC 9293 allows it"
    """By MAY, as what RFC 5961 recommends, or because a stack that does it follows the words."""
    ADVISED = "RFC 9293 advises otherwise"
    """By SHOULD, by a should, or by saying what RFC 5961 recommends."""
    OTHERWISE = "RFC 9293 has it otherwise, without a MUST"
    """By a step of its processing (§3.10), a rule or a test that has no word of requirement."""
    FORBIDDEN = "RFC 9293 forbids it"
    """By MUST."""
    CONTRADICTED = "RFC 9293 contradicts itself"
    """By one place of what another has."""
    SILENT = "RFC 9293 says nothing of it"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that a stack does otherwise.

    ``rules`` are the handshake that does it, ``section`` and ``sentence`` what the RFC has, ``stimulus`` when the stack
    differs, ``answer`` what it does then.
    """

    name: str
    rules: type[ThreeWay]
    section: str
    sentence: str
    stimulus: str
    answer: str
    standing: Standing


_CHALLENGES_SYN = (
    "RFC 5961 recommends that in these synchronized states, if the SYN bit is set, irrespective of the sequence number, TCP "
    'endpoints MUST send a "challenge ACK" to the remote peer'
)
LEAVES_FIN = Deviation(
    "leaves-fin-after-syn",
    linux.LeavesFinAfterSyn,
    "§3.10.7.3, fourth",
    "If there are other controls or text in the segment, then continue processing at the sixth step",
    "a SYN,ACK with a FIN arrives in SYN-SENT",
    "the SYN is taken, and the FIN left to be sent again",
    Standing.OTHERWISE,
)
IGNORES_ANOTHER_FIN = Deviation(
    "ignores-another-fin",
    linux.IgnoresAnotherFin,
    "§3.10.7.4, eighth",
    "Remain in the CLOSE-WAIT state.",
    "another FIN after the FIN",
    "it is not answered; the model has it answered as what is not next is",
    Standing.SILENT,
)
LEAVES_TEXT = Deviation(
    "leaves-text-after-syn",
    linux.LeavesTextAfterSyn,
    "§3.10.7.3, fourth",
    "If there are other controls or text in the segment, then continue processing at the sixth step",
    "a SYN,ACK with text arrives in SYN-SENT",
    "the SYN is taken, and the text left to be sent again",
    Standing.OTHERWISE,
)
ACKS_SYN_ACK = Deviation(
    "acks-syn-ack-it-met",
    linux.AcksSynAckItMet,
    "§3.10.7.4, first",
    "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
    "the SYN,ACK that completes a simultaneous open",
    "it establishes, and is answered by an ACK; Figure 7 has none",
    Standing.CONTRADICTED,
)
PUTS_OFF_CLOSE = Deviation(
    "puts-off-close",
    linux.PutsOffClose,
    "§3.10.4",
    "If no SENDs have been issued and there is no pending data to send, then form a FIN segment and send it",
    "the user closes in SYN-RECEIVED",
    "it waits until ESTABLISHED",
    Standing.OTHERWISE,
)
"""What two stacks do otherwise."""

LINUX = (
    Deviation(
        "drops-syn-fin",
        linux.DropsSynFin,
        "§3.10.7.2, third",
        "any other control or text should be queued for processing later",
        "a SYN with a FIN arrives at a listener",
        "it is dropped",
        Standing.ADVISED,
    ),
    LEAVES_FIN,
    LEAVES_TEXT,
    ACKS_SYN_ACK,
    Deviation(
        "takes-ack-of-its-iss",
        linux.TakesAckOfItsIss,
        "§3.10.7.4, fifth",
        "If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state",
        "an ACK of ISS arrives in SYN-RECEIVED, after an active OPEN",
        "it establishes, though the SYN is not acknowledged",
        Standing.OTHERWISE,
    ),
    Deviation(
        "takes-window-edges",
        linux.TakesWindowEdges,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND",
        "a segment begins one beyond the window, or ends where it begins",
        "it is acceptable",
        Standing.OTHERWISE,
    ),
    Deviation(
        "drops-without-ack-first",
        linux.DropsWithoutAckFirst,
        "§3.10.7.4, first",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "a segment without SYN, ACK and RST whose SEQ is not acceptable",
        "it is dropped without an answer",
        Standing.ADVISED,
    ),
    Deviation(
        "repeats-syn-ack",
        linux.RepeatsSynAck,
        "§3.10.7.4, first",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "the SYN that a listener has answered arrives again",
        "the same SYN,ACK is sent again",
        Standing.ADVISED,
    ),
    Deviation(
        "resets-wrong-ack-first",
        linux.ResetsWrongAckFirst,
        "§3.10.7.4, first",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "after a passive OPEN, a wrong ACK in SYN-RECEIVED whose SEQ is not acceptable either",
        "it draws a RST, as §3.5.2 has it of any unacceptable ACK",
        Standing.CONTRADICTED,
    ),
    Deviation(
        "resets-syn-in-window",
        linux.ResetsSynInWindow,
        "§3.10.7.4, fourth",
        "If the connection was initiated with a passive OPEN, then return this connection to the LISTEN state and return",
        "after a passive OPEN, a SYN in the window in SYN-RECEIVED",
        "it returns to LISTEN, and sends a RST",
        Standing.OTHERWISE,
    ),
    Deviation(
        "challenges-acks-before-its-text",
        linux.ChallengesAcksBeforeItsText,
        "§3.10.7.4, fifth",
        "a potential blind data injection attack, and mitigation that implementations MAY choose to include (MAY-12)",
        "an ACK of what was before this connection's text, within MAX.SND.WND",
        "it draws an ACK",
        Standing.ALLOWED,
    ),
    Deviation(
        "takes-rst-on-fin",
        linux.TakesRstOnFin,
        "§3.10.7.4, second",
        "If the RST bit is set and the sequence number is outside the current receive window, silently drop the segment.",
        "after a FIN, a RST at the number of that FIN",
        "it ends the connection",
        Standing.OTHERWISE,
    ),
    IGNORES_ANOTHER_FIN,
    Deviation(
        "looks-once-in-time-wait",
        linux.LooksOnceInTimeWait,
        "§3.10.7.4",
        "yet is within the current receive window, TCP endpoints MUST send an acknowledgment (challenge ACK)",
        "any segment in TIME-WAIT",
        "SEG.SEQ alone decides: a RST is not challenged, an ACK never wrong",
        Standing.FORBIDDEN,
    ),
    Deviation(
        "aborts-with-ack",
        linux.AbortsWithAck,
        "§3.10.5",
        "Send a reset segment: <SEQ=SND.NXT><CTL=RST>",
        "the user aborts",
        "the RST has the ACK bit, and RCV.NXT in its ACK field",
        Standing.OTHERWISE,
    ),
    PUTS_OFF_CLOSE,
)
"""Those of Linux."""

COOKIES = (
    Deviation(
        "keeps-nothing-of-a-syn",
        cookies.Cookies,
        "§3.10.7.2, third",
        "The connection state should be changed to SYN-RECEIVED.",
        "a SYN arrives at a listener, or the ACK that brings its cookie back",
        "the SYN is answered, and nothing kept of it; the ACK makes the connection, each time it comes",
        Standing.ADVISED,
    ),
    *LINUX,
)
"""Those of Linux with SYN cookies."""

FAST_OPEN = (
    Deviation(
        "gives-text-with-syn",
        fast_open.FastOpen,
        "§3.5",
        "so long as the receiving TCP endpoint doesn't deliver the data to the user until it is clear the data is valid",
        "a SYN with text and its Fast Open cookie arrives at a listener",
        "the text is given to the user at once, each time the SYN comes to a listener (RFC 7413)",
        Standing.OTHERWISE,
    ),
    *LINUX,
)
"""Those of Linux with TCP Fast Open."""

LWIP = (
    Deviation(
        "resets-with-ack",
        lwip.ResetsWithAck,
        "§3.5.2",
        "If the incoming segment has the ACK bit set, the reset takes its sequence number from the ACK field",
        "whatever draws a RST",
        "the RST has the ACK bit as well, and acknowledges what it answers",
        Standing.OTHERWISE,
    ),
    Deviation(
        "meets-no-syn",
        lwip.MeetsNoSyn,
        "§3.5",
        "A TCP implementation MUST support simultaneous open attempts",
        "a SYN arrives in SYN-SENT",
        "it is ignored",
        Standing.FORBIDDEN,
    ),
    Deviation(
        "repeats-syn-after-reset",
        lwip.RepeatsSynAfterReset,
        "§3.10.7.3, first and fifth",
        "if neither of the SYN or RST bits is set, then drop the segment and return",
        "an ACK that is no SYN,ACK for its SYN arrives in SYN-SENT",
        "it is reset, and the SYN is sent again at once",
        Standing.OTHERWISE,
    ),
    LEAVES_FIN,
    LEAVES_TEXT,
    Deviation(
        "checks-no-seq-in-syn-received",
        lwip.ChecksNoSeqInSynReceived,
        "§3.10.7.4, first",
        "After sending the acknowledgment, drop the unacceptable segment and return.",
        "a segment with the right ACK in SYN-RECEIVED, whatever its SEQ",
        "it establishes",
        Standing.OTHERWISE,
    ),
    Deviation(
        "looks-at-ack-before-seq",
        lwip.LooksAtAckBeforeSeq,
        "§3.10.7.4, first and fifth",
        "if the ACK bit is off, drop the segment and return",
        "from ESTABLISHED on, a segment whose ACK is off, old, or of what was not sent, or of its FIN with a wrong SEQ",
        "the ACK is taken, and the rest as well; an ACK of what was not sent draws an ACK besides",
        Standing.OTHERWISE,
    ),
    Deviation(
        "judges-rst-by-seq",
        lwip.JudgesRstBySeq,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND",
        "a RST one beyond the window, or acceptable by its end alone",
        "the one draws an ACK, the other is dropped",
        Standing.OTHERWISE,
    ),
    IGNORES_ANOTHER_FIN,
    Deviation(
        "has-room-for-the-fin",
        lwip.HasRoomForTheFin,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND",
        "after a FIN, a segment begins one beyond the window that was announced",
        "it is acceptable: the FIN takes no room in the window",
        Standing.OTHERWISE,
    ),
    Deviation(
        "resets-syn-in-time-wait",
        lwip.ResetsSynInTimeWait,
        "§3.10.7.4",
        _CHALLENGES_SYN,
        "a SYN, or a RST, in TIME-WAIT",
        "the SYN is reset and TIME-WAIT goes on; the RST is ignored (RFC 1337)",
        Standing.ADVISED,
    ),
)
"""Those of lwIP."""

SLIRP = (
    Deviation(
        "resets-all-but-syn",
        slirp.ResetsAllButSyn,
        "§3.10.7.1 and §3.10.7.2",
        "An incoming segment containing a RST is discarded.",
        "anything but a SYN alone, where there is no connection",
        "it is reset, a RST too; a FIN does not count in what that acknowledges",
        Standing.OTHERWISE,
    ),
    Deviation(
        "resets-rst-in-syn-sent",
        slirp.ResetsRstInSynSent,
        "§3.10.7.3, first",
        "unless the RST bit is set, if so drop the segment and return",
        "a RST with a wrong ACK in SYN-SENT",
        "it is reset",
        Standing.OTHERWISE,
    ),
    Deviation(
        "keeps-text-of-syn",
        slirp.KeepsTextOfSyn,
        "§3.10.7.3, fourth",
        "If there are other controls or text in the segment, queue them for processing after the ESTABLISHED state",
        "a SYN with text arrives at a listener, or in SYN-SENT",
        "the text is kept, and taken when its own SYN is acknowledged",
        Standing.ALLOWED,
    ),
    ACKS_SYN_ACK,
    Deviation(
        "ends-by-any-syn",
        slirp.EndsByAnySyn,
        "§3.10.7.4, fourth",
        _CHALLENGES_SYN,
        "a SYN in the window of a connection",
        "the connection ends, by a RST of its own and one for the SYN",
        Standing.ADVISED,
    ),
    Deviation(
        "takes-right-edge",
        slirp.TakesRightEdge,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND",
        "a segment begins one beyond the window that it announces",
        "it is acceptable",
        Standing.OTHERWISE,
    ),
    Deviation(
        "follows-no-rfc5961",
        slirp.FollowsNoRfc5961,
        "§3.10.7.4, second and fifth",
        "mitigation that implementations MAY choose to include (MAY-12)",
        "a RST in the window that is not at RCV.NXT, or an ACK that is too old",
        "the RST ends the connection, and the ACK draws nothing",
        Standing.ALLOWED,
    ),
    Deviation(
        "takes-ack-of-its-own-iss",
        slirp.TakesAckOfItsOwnIss,
        "§3.10.7.4, fifth",
        "If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state",
        "an ACK of ISS arrives in SYN-RECEIVED",
        "it establishes, though the SYN is not acknowledged",
        Standing.OTHERWISE,
    ),
    Deviation(
        "blocks-behind-text-of-syn",
        slirp.BlocksBehindTextOfSyn,
        "§3.10.7.4, seventh",
        "Once in the ESTABLISHED state, it is possible to deliver segment data to user RECEIVE buffers.",
        "the ACK of its SYN has text or a FIN, which begins where the text of the other SYN does",
        "the text of that SYN is taken, and nothing that comes later ever",
        Standing.OTHERWISE,
    ),
    Deviation(
        "resets-text-after-both",
        slirp.ResetsTextAfterBoth,
        "§3.6.1",
        'A host MAY implement a "half-duplex" TCP close sequence',
        "new text comes when both sides have closed",
        "it is reset, and the connection ends",
        Standing.ALLOWED,
    ),
    Deviation(
        "owes-ack",
        slirp.OwesAck,
        "§3.10.7.4, first",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "an old segment is reset or dropped in SYN-RECEIVED, and the ACK of its SYN comes then",
        "the ACK that the old segment did not draw is sent after the other",
        Standing.ADVISED,
    ),
    Deviation(
        "trims-what-is-old",
        slirp.TrimsWhatIsOld,
        "§3.10.7.4, first",
        "After sending the acknowledgment, drop the unacceptable segment and return.",
        "a segment that begins before RCV.NXT",
        "it is trimmed, the SYN too, and its RST and ACK are taken all the same",
        Standing.OTHERWISE,
    ),
    Deviation(
        "repeats-fin-with-ack",
        slirp.RepeatsFinWithAck,
        "§3.10.7.4",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "whatever draws an ACK while its own FIN is not acknowledged",
        "its own FIN is sent again with the ACK",
        Standing.ADVISED,
    ),
    Deviation(
        "takes-fin-again",
        slirp.TakesFinAgain,
        "§3.10.7.4, eighth",
        "advance RCV.NXT over the FIN, and send an acknowledgment for the FIN",
        "after a FIN, text or another FIN at RCV.NXT",
        "RCV.NXT goes over it as well",
        Standing.ALLOWED,
    ),
    Deviation(
        "goes-on-in-closing",
        slirp.GoesOnInClosing,
        "§3.10.7.4, fifth",
        "otherwise, ignore the segment",
        "in CLOSING, a segment that does not acknowledge its FIN",
        "it is not ignored, and a FIN in it is answered",
        Standing.OTHERWISE,
    ),
    Deviation(
        "ignores-fin-in-time-wait",
        slirp.IgnoresFinInTimeWait,
        "§3.10.7.4, fifth",
        "Acknowledge it, and restart the 2 MSL timeout.",
        "a FIN in the window in TIME-WAIT",
        "it is not answered",
        Standing.OTHERWISE,
    ),
    PUTS_OFF_CLOSE,
)
"""Those of libslirp."""

_KNOWN = {one.name: one for one in (*LINUX, *SLIRP)}
GVISOR = (
    Deviation(
        "resets-rst-with-syn",
        gvisor.ResetsRstWithSyn,
        "§3.10.7.2, first",
        "An incoming RST should be ignored.",
        "a SYN,ACK with the RST bit arrives at a listener",
        "it is reset",
        Standing.ADVISED,
    ),
    LEAVES_FIN,
    LEAVES_TEXT,
    Deviation(
        "resets-wrong-ack-in-syn-received",
        gvisor.ResetsWrongAckInSynReceived,
        "§3.10.7.4, first",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "a wrong ACK in SYN-RECEIVED whose SEQ is not acceptable either, or which has a SYN",
        "it draws a RST, as §3.5.2 has it of any unacceptable ACK",
        Standing.CONTRADICTED,
    ),
    Deviation(
        "takes-no-syn-ack-it-met",
        gvisor.TakesNoSynAckItMet,
        "§3.5",
        "Each TCP peer's connection state cycles from CLOSED to SYN-SENT to SYN-RECEIVED to ESTABLISHED.",
        "the SYN,ACK that completes a simultaneous open",
        "it does not establish: it is answered by an ACK and dropped, as §3.10.7.4 has it where SEQ is before RCV.NXT",
        Standing.CONTRADICTED,
    ),
    Deviation(
        "judges-by-seq-in-syn-received",
        gvisor.JudgesBySeqInSynReceived,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ+SEG.LEN-1 < RCV.NXT+RCV.WND",
        "a segment that is acceptable by its end alone arrives in SYN-RECEIVED",
        "it draws an ACK, or is dropped where it is a RST",
        Standing.OTHERWISE,
    ),
    Deviation(
        "resets-syn-and-listens",
        gvisor.ResetsSynAndListens,
        "§3.10.7.4, fourth",
        "If the connection was initiated with a passive OPEN, then return this connection to the LISTEN state and return",
        "after a passive OPEN, a SYN in the window in SYN-RECEIVED",
        "it returns to LISTEN, and sends a RST that has the ACK bit in any case",
        Standing.OTHERWISE,
    ),
    Deviation(
        "resets-syn-and-opens-anew",
        gvisor.ResetsSynAndOpensAnew,
        "§3.10.7.4, fourth",
        _CHALLENGES_SYN,
        "after an active OPEN, a SYN in the window in SYN-RECEIVED",
        "it draws a RST, and a new attempt begins at once, with a SYN of its own",
        Standing.ADVISED,
    ),
    _KNOWN["takes-right-edge"],
    Deviation(
        "ignores-ack-of-what-it-did-not-send",
        gvisor.IgnoresAckOfWhatItDidNotSend,
        "§3.10.7.4, fifth",
        "then send an ACK, drop the segment, and return",
        "an ACK of what was not sent yet arrives in ESTABLISHED",
        "it draws nothing, and the text and the FIN that come with it are taken",
        Standing.OTHERWISE,
    ),
    _KNOWN["follows-no-rfc5961"],
    Deviation(
        "drops-without-ack-once-open",
        gvisor.DropsWithoutAckOnceOpen,
        "§3.10.7.4, first",
        "If an incoming segment is not acceptable, an acknowledgment should be sent in reply",
        "from ESTABLISHED on, a segment without SYN, ACK and RST whose SEQ is not acceptable",
        "it is dropped without an answer",
        Standing.ADVISED,
    ),
    Deviation(
        "takes-rst-by-its-seq",
        gvisor.TakesRstByItsSeq,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ+SEG.LEN-1 < RCV.NXT+RCV.WND",
        "a RST that is acceptable by its end alone",
        "it is dropped",
        Standing.OTHERWISE,
    ),
    Deviation(
        "drops-what-follows-the-fin",
        gvisor.DropsWhatFollowsTheFin,
        "§3.10.7.4, first",
        "Segments with higher beginning sequence numbers SHOULD be held for later processing (SHLD-31).",
        "after a FIN, a segment in the window that begins beyond RCV.NXT",
        "it is dropped, whatever it acknowledges",
        Standing.ADVISED,
    ),
    Deviation(
        "looks-at-fin-before-ack",
        gvisor.LooksAtFinBeforeAck,
        "§3.10.7.4, fifth",
        "If our FIN is now acknowledged, delete the TCB, enter the CLOSED state, and return.",
        "in CLOSING or LAST-ACK, a FIN at RCV.NXT",
        "it is answered, and that its own FIN is acknowledged changes no state",
        Standing.OTHERWISE,
    ),
    _KNOWN["takes-fin-again"],
    Deviation(
        "takes-ack-of-fin-in-order",
        gvisor.TakesAckOfFinInOrder,
        "§3.10.7.4, first",
        "One could tailor actual segments to fit this assumption by trimming off any portions that lie outside the window "
        "(including SYN and FIN) and only processing further if the segment then begins at RCV.NXT.",
        "an ACK of its FIN begins beyond RCV.NXT",
        "it stays in the state that it is in",
        Standing.ALLOWED,
    ),
    Deviation(
        "ignores-rst-in-time-wait",
        gvisor.IgnoresRstInTimeWait,
        "§3.10.7.4, second",
        "If the RST bit is set, then enter the CLOSED state, delete the TCB, and return.",
        "a RST in TIME-WAIT",
        "it is ignored (RFC 1337)",
        Standing.OTHERWISE,
    ),
    Deviation(
        "answers-acks-in-time-wait",
        gvisor.AnswersAcksInTimeWait,
        "§3.10.7.4",
        _CHALLENGES_SYN,
        "any segment in TIME-WAIT but a RST",
        "what has an ACK and is not at RCV.NXT, or has text, draws an ACK; a later SYN, and all else, draws nothing",
        Standing.ADVISED,
    ),
    _KNOWN["aborts-with-ack"],
)
"""Those of gVisor's netstack."""

_KNOWN |= {one.name: one for one in GVISOR}
SMOLTCP = (
    Deviation(
        "drops-two-controls",
        smoltcp.DropsTwoControls,
        "§3.10.7.2, third",
        "any other incoming control or data (combined with SYN) will be processed in the SYN-RECEIVED state",
        "more than one of SYN, FIN and RST, in whatever state",
        "it is dropped",
        Standing.OTHERWISE,
    ),
    Deviation(
        "resets-without-ack",
        smoltcp.ResetsWithoutAck,
        "§3.5.2",
        "otherwise, the reset has sequence number zero and the ACK field is set to the sum of the sequence number",
        "what has neither SYN nor ACK, where there is no connection",
        "the RST has no ACK bit",
        Standing.OTHERWISE,
    ),
    Deviation(
        "drops-without-ack-at-once",
        smoltcp.DropsWithoutAckAtOnce,
        "§3.10.7.4, fourth",
        _CHALLENGES_SYN,
        "a SYN, or anything else without ACK and RST, in a connection or before it is open",
        "it is dropped before its SEQ is looked at, without an answer",
        Standing.ADVISED,
    ),
    _KNOWN["resets-wrong-ack-in-syn-received"],
    Deviation(
        "drops-old-acks",
        smoltcp.DropsOldAcks,
        "§3.10.7.4, fifth",
        "(SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT",
        "from ESTABLISHED on, an ACK before SND.UNA",
        "its segment is dropped before its SEQ is looked at, with the text and the FIN in it",
        Standing.OTHERWISE,
    ),
    _KNOWN["takes-right-edge"],
    Deviation(
        "judges-by-text",
        smoltcp.JudgesByText,
        "§3.10.7.4, first",
        "RCV.NXT =< SEG.SEQ+SEG.LEN-1 < RCV.NXT+RCV.WND",
        "a segment that is acceptable by its SYN or FIN alone",
        "it draws an ACK: SEG.LEN is that of its text",
        Standing.OTHERWISE,
    ),
    Deviation(
        "answers-wrong-rst",
        smoltcp.AnswersWrongRst,
        "§3.10.7.4, second",
        "If the RST bit is set and the sequence number is outside the current receive window, silently drop the segment.",
        "a RST outside the window",
        "it draws an ACK",
        Standing.OTHERWISE,
    ),
    _KNOWN["follows-no-rfc5961"],
    Deviation(
        "drops-syn-in-window",
        smoltcp.DropsSyn,
        "§3.10.7.4, fourth",
        _CHALLENGES_SYN,
        "a SYN,ACK in the window",
        "it is dropped, and SYN-RECEIVED remains",
        Standing.ADVISED,
    ),
    Deviation(
        "drops-another-fin",
        smoltcp.DropsAnotherFin,
        "§3.10.7.4, fifth",
        "If our FIN is now acknowledged, delete the TCB, enter the CLOSED state, and return.",
        "after a FIN, another one at RCV.NXT",
        "its segment is dropped, with the ACK of its own FIN in it",
        Standing.OTHERWISE,
    ),
    Deviation(
        "ignores-in-time-wait",
        smoltcp.IgnoresInTimeWait,
        "§3.10.7.4, fifth",
        "Acknowledge it, and restart the 2 MSL timeout.",
        "a FIN in the window in TIME-WAIT, or anything else there",
        "it is not answered",
        Standing.OTHERWISE,
    ),
    Deviation(
        "ignores-fin-beyond",
        smoltcp.IgnoresFinBeyond,
        "§3.10.7.4, first",
        "Segments with higher beginning sequence numbers SHOULD be held for later processing",
        "a FIN whose segment does not begin at RCV.NXT",
        "the FIN is ignored, and draws no ACK",
        Standing.ADVISED,
    ),
)
"""Those of smoltcp."""
