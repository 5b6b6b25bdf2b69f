"""Schemas as LanceDB's REST protocol has them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

# Arrow's names of types and the specification's.
NAMES = {
    "halffloat": "halffloat", "float": "float", "double": "double", "bool": "bool", "string": "string", "binary": "binary",
    "large_string": "large_string", "large_binary": "large_binary", "date32[day]": "date32:day", "date64[ms]": "date64:ms",
    "null": "null", **{name: name for bits in (8, 16, 32, 64) for name in (f"int{bits}", f"uint{bits}")},
}  # fmt: skip


class UnsupportedType(Exception):
    pass


def type_to_json(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"type": "struct", "fields": [field_to_json(kind.field(i)) for i in range(kind.num_fields)]}
    if pa.types.is_fixed_size_list(kind):
        return {"type": "fixed_size_list", "fields": [field_to_json(kind.value_field)], "length": kind.list_size}
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        name = "large_list" if pa.types.is_large_list(kind) else "list"
        return {"type": name, "fields": [field_to_json(kind.value_field)]}
    if pa.types.is_fixed_size_binary(kind):
        return {"type": "fixed_size_binary", "length": kind.byte_width}
    if pa.types.is_timestamp(kind):
        return {"type": f"timestamp:{kind.unit}:{kind.tz or '-'}"}
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        return {"type": str(kind).replace("[", ":").rstrip("]")}
    if pa.types.is_decimal(kind):
        return {"type": f"decimal:{kind.bit_width}:{kind.precision}:{kind.scale}"}
    if str(kind) not in NAMES:
        raise UnsupportedType(f"columns of type {kind} are not supported")
    return {"type": NAMES[str(kind)]}


def field_to_json(field: pa.Field) -> dict[str, Any]:
    described = {"name": field.name, "type": type_to_json(field.type), "nullable": field.nullable}
    if field.metadata:
        described["metadata"] = {key.decode(): value.decode() for key, value in field.metadata.items()}
    return described


def schema_to_json(schema: pa.Schema) -> dict[str, Any]:
    return {"fields": [field_to_json(field) for field in schema]}
