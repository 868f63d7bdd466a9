"""How compiled code sees a `World`: one pointer to a table of the addresses and shapes of its arrays.

Numba would hand a tuple of 40 arrays to every act and helper as some 300 separate words, count references to each
array, and write the names of all fields into the name of every function: most of the time of compiling, and of calling
small functions, went there. A world never replaces an array, so one address says it all; `w.labs[l].best_q` reads the
same in compiled code and in Python.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from sim.array_record import ArrayRecord, arrays_of

WORD = ir.IntType(64)


def short_name(text: str) -> str:
    """A name of fixed length for a type whose own name lists hundreds of fields."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


# The name of a record enters the name of every compiled function that takes one.
types.Record.mangling_args = property(lambda record: (f"Record{short_name(record.name)}", ()))


class WorldType(types.Type):
    """Type of a world: names and array types of its fields in order; a nested tuple of arrays is a `BaseTuple`."""

    def __init__(self, fields: tuple[tuple[str, types.Type], ...]) -> None:
        self.fields = dict(fields)
        super().__init__("World-" + short_name(repr(fields)))

    @property
    def mangling_args(self) -> tuple[str, tuple[()]]:
        return self.name, ()


register_model(WorldType)(models.OpaqueModel)


@functools.cache
def array_type(dtype: np.dtype, ndim: int) -> types.Array:
    """Numba's type of a contiguous array."""
    return types.Array(from_dtype(dtype), ndim, "C")


def type_of(fields: dict[str, Any]) -> WorldType:
    """Numba's type of a world with these fields: arrays or named tuples of arrays."""
    return _type_of(
        tuple((name, type(value), tuple((x.dtype, x.ndim) for x in arrays_of(value))) for name, value in fields.items())
    )


@functools.cache
def _type_of(fields: tuple[tuple[str, type, tuple[tuple[np.dtype, int], ...]], ...]) -> WorldType:
    found = []
    for name, kind, arrays in fields:
        members = [array_type(dtype, ndim) for dtype, ndim in arrays]
        found.append((name, types.NamedTuple(members, kind) if issubclass(kind, tuple) else members[0]))
    return WorldType(tuple(found))


def width(numba_type: Any) -> int:
    """Words that a field takes in the table of addresses."""
    if isinstance(numba_type, types.BaseTuple):
        return sum(width(member) for member in numba_type)
    return 1 + numba_type.ndim


@infer_getattr
class WorldAttributes(AttributeTemplate):
    """Types of `w.labs` and the like."""

    key = WorldType

    def generic_resolve(self, world: Any, name: str) -> Any:
        return world.fields.get(name)


def _load_array(context, builder, array_type, table, word):
    """Array value read from the table: no owner is recorded, the World in Python keeps the memory."""

    def load(n):
        loaded = builder.load(builder.gep(table, [WORD(word + n)]))
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    array = make_array(array_type)(context, builder)
    itemsize = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    data = builder.inttoptr(load(0), context.get_data_type(array_type.dtype).as_pointer())
    shape = [load(1 + axis) for axis in range(array_type.ndim)]
    strides = [WORD(itemsize)]
    for size in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=WORD(itemsize), meminfo=None)
    return array._getvalue()


@lower_getattr_generic(WorldType)
def world_attribute(context, builder, world, value, name):
    """Lowering of `w.labs`: loads from the table of addresses."""
    word = 0
    for field, numba_type in world.fields.items():
        if field == name:
            break
        word += width(numba_type)
    table = builder.bitcast(value, WORD.as_pointer())
    wanted = world.fields[name]
    if not isinstance(wanted, types.BaseTuple):
        return _load_array(context, builder, wanted, table, word)
    members = []
    for member in wanted:
        members.append(_load_array(context, builder, member, table, word))
        word += width(member)
    return context.make_tuple(builder, wanted, members)


@unbox(WorldType)
def unbox_world(world, value, c):
    """A `World` in Python becomes the address of its table."""
    address = c.pyapi.object_getattr_string(value, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(pointer, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@typeof_impl.register(ArrayRecord)
def typeof_record(record, c):
    """Numba's type of a world."""
    return record.numba_type
