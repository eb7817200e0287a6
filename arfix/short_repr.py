"""The `repr` of public values: one line, whatever they hold."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from enum import Enum

#: The most characters of a `repr`, and of one value in it.
_WIDTH, _VALUE_WIDTH = 118, 50
#: Collections of up to this many elements are written out, if that is short enough.
_WRITTEN_OUT = 3


def short_repr(value: object) -> str:
    """Return `Name(field=value, ...)` in at most 118 characters; fields with their default value are left out.

    Long texts are cut, and of a long collection only the number of elements is given. For a frozen dataclass or a
    named tuple, which use it as their `__repr__`.
    """
    text = f"{type(value).__name__}({', '.join(_fields(value))})"
    return text if len(text) <= _WIDTH else text[: _WIDTH - 4] + "...)"


def _fields(value: object) -> list[str]:
    if is_dataclass(value):
        return [
            f"{one.name}={_brief(content)}"
            for one in fields(value)
            if one.repr and not one.name.startswith("_")
            if (content := getattr(value, one.name)) != one.default or one.default is MISSING
        ]
    names: tuple[str, ...] = getattr(value, "_fields", ())
    return [f"{name}={_brief(getattr(value, name))}" for name in names]


def _brief(value: object) -> str:
    """Return a short text for one value."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if (
        isinstance(value, (tuple, list, dict, frozenset, set))
        and not hasattr(value, "_fields")  # a named tuple is no collection
        and (len(value) > _WRITTEN_OUT or len(repr(value)) > _VALUE_WIDTH)
    ):
        return f"<{len(value)} {'value' if len(value) == 1 else 'values'}>"
    text = repr(value)
    return text if len(text) <= _VALUE_WIDTH else f"{text[: _VALUE_WIDTH - 4]}...{text[-1]}"
