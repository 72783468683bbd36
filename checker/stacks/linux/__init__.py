"""The kernel's own TCP as a stack that is driven by lines: a program of its own, which needs nothing but Python.

It moves into a network namespace that nobody else is in (:mod:`.namespace`). There is one device in it whose other end is this
process (:mod:`.wire`): what the kernel sends is read here, and what it is to receive is written here. Nothing of it reaches a
device of the host's, and the namespace ends with the process, however that ends. Sockets do what lines say (:mod:`.kernel`),
and ``sock_diag`` says which state that makes (:mod:`.diagnosis`). Which lines there are stands in ``checker/stacks/stack.py``.
"""
