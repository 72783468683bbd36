"""Model files of strangers, run in isolation: what comes back is a model as data, which is checked outside.

A model file is Python, and may do whatever who runs it may do. Here it runs in a process of its own (:mod:`.sandbox` builds
its walls with bubblewrap, Debian's ``bwrap``; :mod:`.inside` is what runs within), and all that leaves it is a document, as
:mod:`properties.data` reads it: nothing that is read is run.

Within, there is no network but a loopback of its own, and no process but its own can be seen or started. Python, and those
parts of synproof that read model files, can be read; so can the file itself, and nothing else of the host's: no home, no
answer key, no other submission. Only an empty directory in memory can be written, of a few megabytes. Memory, time, open files
and what is printed are limited. Where the host allows none of that nothing is run at all.

What this does not protect against: a fault of the kernel's or of bubblewrap's; what a process learns from time, or from the
machine's load and processors; and a model that a file has without its author having understood it. It is a wall for
coursework, and no bastion.
"""
