"""smoltcp as a stack that is driven by lines (checker/stacks/stack.py), as the package mitmproxy_rs has it.

There it stands behind a TUN device and answers whoever opens a connection, to whatever address and port; it opens none itself.
The device is in a network namespace that nobody else is in, as the kernel's is (``checker/stacks/linux``), and a packet socket
puts on it what arrives (:mod:`.wire`).

A listener is made there by a SYN, for whoever sent that. So ``listen`` is a SYN and its RST, by which it is in LISTEN again
(RFC 9293 §3.10.7.4, second). A SYN where there is no connection would make one, and is kept from it: that cannot be played.

Its state is asked of it by a segment that it drops without a change, an ACK of what was long acknowledged. What it says of that
in its log is the state, together with what its user knows: whether the other side's text has ended, and whether its own has.
"""
