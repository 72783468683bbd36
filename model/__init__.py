"""The model: the notation it is written in, its reference semantics, and the handshakes."""
