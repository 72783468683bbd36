"""Instructions of the machine that Python has no name for, as functions that compiled code calls.

Numba asks each for its signature and for what generates its instructions, in terms of LLVM's builder. In compiled code an
``array`` is uint64[:], an ``index`` is uint64 and has to lie inside: nothing checks it. The first parameter, ``_typing``, is
Numba's own and is not passed by the caller.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def prefetch(_typing, array, index):
    """Ask for the cache line of ``array[index]``, which is going to be written. Return nothing, and do not wait."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        i8, i32 = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = builder.module.declare_intrinsic("llvm.prefetch", [i8], ir.FunctionType(ir.VoidType(), [i8, i32, i32, i32]))
        address = builder.bitcast(builder.gep(data, [arguments[1]]), i8)
        builder.call(function, [address, i32(1), i32(3), i32(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


@intrinsic
def compare_and_swap(_typing, array, index, _expected, _new):
    """Replace ``array[index]`` if it is as expected, in one step for all threads. Return what it was, a uint64."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        swapped = builder.cmpxchg(builder.gep(data, [arguments[1]]), arguments[2], arguments[3], "acq_rel", "acquire")
        return builder.extract_value(swapped, 0)

    return types.uint64(array, index, types.uint64, types.uint64), generate


@intrinsic
def load(_typing, array, index):
    """Return ``array[index]``; no later read is done before it (acquire)."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(builder.gep(data, [arguments[1]]), "acquire", 8)

    return types.uint64(array, index), generate


@intrinsic
def store(_typing, array, index, _value):
    """Write a uint64 to ``array[index]``; no earlier write is done after it (release)."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        builder.store_atomic(arguments[2], builder.gep(data, [arguments[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(array, index, types.uint64), generate


@intrinsic
def bits(_typing, word):
    """Return how many bits of a uint64 are set, as a uint64."""

    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(word), generate
