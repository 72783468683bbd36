"""Instructions of the machine that Python has no name for, as functions that compiled code calls.

Numba asks each for its signature and for what generates its instructions, in terms of LLVM's builder. In compiled code an
``array`` is uint64[:] or uint32[:], an ``index`` is uint64 and has to lie inside: nothing checks it. What an array has goes in
and out as uint64. The first parameter, ``_typing``, is Numba's own and is not passed by the caller.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_WORD = ir.IntType(64)


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
        expected, new = (builder.trunc(value, data.type.pointee) for value in arguments[2:])
        swapped = builder.cmpxchg(builder.gep(data, [arguments[1]]), expected, new, "acq_rel", "acquire")
        return builder.zext(builder.extract_value(swapped, 0), _WORD)

    return types.uint64(array, index, types.uint64, types.uint64), generate


@intrinsic
def load(_typing, array, index):
    """Return ``array[index]``; no later read is done before it (acquire)."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        size = data.type.pointee.width // 8
        return builder.zext(builder.load_atomic(builder.gep(data, [arguments[1]]), "acquire", size), _WORD)

    return types.uint64(array, index), generate


@intrinsic
def store(_typing, array, index, _value):
    """Write a number to ``array[index]``; no earlier write is done after it (release)."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        value = builder.trunc(arguments[2], data.type.pointee)
        builder.store_atomic(value, builder.gep(data, [arguments[1]]), "release", data.type.pointee.width // 8)
        return context.get_dummy_value()

    return types.void(array, index, types.uint64), generate


@intrinsic
def bits(_typing, word):
    """Return how many bits of a uint64 are set, as a uint64."""

    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(word), generate


@intrinsic
def log2(_typing, word):
    """Return the number of the highest bit of a uint64 that is set, as a uint64; one has to be."""

    def generate(_context, builder, _signature, arguments):
        return builder.sub(_WORD(63), builder.ctlz(arguments[0], ir.IntType(1)(1)))

    return types.uint64(word), generate


@intrinsic
def upper_product(_typing, one, other):
    """Return the upper 64 bits of the product of two uint64, as a uint64."""

    def generate(_context, builder, _signature, arguments):
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        return builder.trunc(builder.lshr(product, wide(64)), _WORD)

    return types.uint64(one, other), generate


@intrinsic
def equal_among_16(_typing, array, index, _value):
    """Return which of the 16 half-words from ``array[index]`` on are the lower half-word of a uint64, as a set of bits.

    The array is uint32[:], and the 16 are a cache line.
    """

    def generate(context, builder, signature, arguments):
        half, vector = ir.IntType(32), ir.VectorType(ir.IntType(32), 16)
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        line = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer()), align=64)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), builder.trunc(arguments[2], half), ir.IntType(32)(0))
        every = builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), ir.Constant(vector, None))
        return builder.zext(builder.bitcast(builder.icmp_unsigned("==", line, every), ir.IntType(16)), _WORD)

    return types.uint64(array, index, types.uint64), generate
