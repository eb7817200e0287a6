"""The tables of a survey: their columns and types, as Arrow schemas.

`docs/survey.md` describes each column. `VERSION` changes when a column changes its meaning or goes away; new columns
may come at any time.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

#: The version of the tables, stored in each file as the key `arfix.survey` of its metadata.
VERSION: Final = 1


class Table(Enum):
    """A table. The value is the name of its folder."""

    ARCHIVES = "archives"
    MEMBERS = "members"
    SYMBOLS = "symbols"
    FINDINGS = "findings"


_ARCHIVES: Final = {
    "archive": "string",
    "source": "string",
    "package": "string",
    "path": "string",
    "size": "int64",
    "kind": "string",
    "thin": "bool",
    "index_entries": "int64",
    "members": "int32",
    "objects": "int32",
    "nested": "int32",
    "oddities": "int32",
    "bits": "int8",
    "byte_order": "string",
    "defined": "int64",
    "undefined": "int64",
    "blocked_exe": "strings",
    "blocked_pie": "strings",
    "blocked_shared": "strings",
}
_MEMBERS: Final = {
    "archive": "string",
    "member": "int32",
    "depth": "int8",
    "label": "string",
    "name": "string",
    "size": "int64",
    "hash": "string",
    "content": "string",
    "object_machine": "string",
    "bits": "int8",
    "byte_order": "string",
    "float_abi": "string",
    "code": "int64",
    "read_only": "int64",
    "data": "int64",
    "bss": "int64",
    "tls": "int64",
    "debug": "int64",
    "bytecode": "bool",
    "stack": "string",
    "properties": "strings",
    "constructors": "strings",
    "destructors": "strings",
    "pic": "bool",
    "pie": "bool",
    "text_relocations": "bool",
    "defined": "int32",
    "undefined": "int32",
    "problem": "string",
}
_SYMBOLS: Final = {
    "archive": "string",
    "member": "int32",
    "name": "string",
    "version": "string",
    "default_version": "bool",
    "place": "string",
    "binding": "string",
    "visibility": "string",
    "type": "string",
    "size": "int64",
    "references": "strings",
}
_FINDINGS: Final = {
    "archive": "string",
    "source": "string",
    "path": "string",
    "rule": "string",
    "severity": "string",
    "member": "string",
    "symbol": "string",
    "message": "string",
}
COLUMNS: Final = {
    Table.ARCHIVES: _ARCHIVES,
    Table.MEMBERS: _MEMBERS,
    Table.SYMBOLS: _SYMBOLS,
    Table.FINDINGS: _FINDINGS,
}


def schema_of(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table."""
    import pyarrow as pa  # noqa: PLC0415 (optional)

    types = {
        "string": pa.string(),
        "bool": pa.bool_(),
        "int8": pa.int8(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "strings": pa.list_(pa.string()),
    }
    fields = [pa.field(name, types[kind]) for name, kind in COLUMNS[table].items()]
    return pa.schema(fields, metadata={"arfix.survey": str(VERSION)})


def storable(text: str) -> str:
    r"""Return a name as Parquet can hold it, in UTF-8: bytes that are no UTF-8 become `\xff`."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
