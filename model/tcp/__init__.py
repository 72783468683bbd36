"""TCP, written in the notation: segments, endpoints, compositions, assumptions, and the handshakes."""
