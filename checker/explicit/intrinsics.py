"""Instructions of the machine that Python has no name for, as functions that compiled code calls.

Numba asks each for its signature and for what generates its instructions, in terms of LLVM's builder.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def prefetch(_typing, array, index):
    """Ask for the cache line of an element that is going to be written."""

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
    """Replace an element if it is as expected; return what it was."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        swapped = builder.cmpxchg(builder.gep(data, [arguments[1]]), arguments[2], arguments[3], "acq_rel", "acquire")
        return builder.extract_value(swapped, 0)

    return types.uint64(array, index, types.uint64, types.uint64), generate


@intrinsic
def load(_typing, array, index):
    """Read an element, and nothing after it earlier."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(builder.gep(data, [arguments[1]]), "acquire", 8)

    return types.uint64(array, index), generate


@intrinsic
def store(_typing, array, index, _value):
    """Write an element, and nothing before it later."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        builder.store_atomic(arguments[2], builder.gep(data, [arguments[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(array, index, types.uint64), generate


@intrinsic
def bits(_typing, word):
    """Count the bits that are set."""

    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(word), generate
