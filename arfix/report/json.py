r"""The JSON envelope: what surrounds every command's own keys. `docs/json.md` is its description for readers.

Bytes in names that are not UTF-8 appear as lone surrogates (`"\udcff"`), as Python's surrogateescape writes them:
`json.loads(text)["name"].encode("utf-8", "surrogateescape")` gives the stored bytes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.spelling import as_options
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.errors import ArfixError, Where

#: Incremented when a key changes its meaning or is removed; new keys can be added at any time.
SCHEMA_VERSION = 1


def describe_where(where: Where | None) -> dict[str, object] | None:
    """Return the JSON keys of a place: `path`, `members` from the outside in, `offset` in bytes, `line` in a text."""
    if where is None:
        return None
    place: dict[str, object] = {"path": where.path, "members": list(where.members), "offset": where.offset}
    return place if where.line is None else {**place, "line": where.line}


def describe_error(error: ArfixError) -> dict[str, object]:
    """Return the JSON keys of an error: `kind` (`format`, `unsupported`, `edit`, ...), `message`, `where`, `hint`."""
    kind = type(error).__name__.removesuffix("Error").lower()
    hint = None if error.hint is None else as_options(error.hint)
    return {"kind": kind, "message": as_options(error.message), "where": describe_where(error.where), "hint": hint}


def render_envelope(  # noqa: PLR0913 (each is one key of the envelope)
    command: str | None,
    exit_code: int,
    data: Mapping[str, object],
    *,
    errors: Sequence[Mapping[str, object]] = (),
    warnings: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """Return the JSON document that a command prints, with a final newline.

    Args:
        command: The verb, or None if the command line did not get that far.
        exit_code: The exit code the program ends with.
        data: The command's own keys, next to those of the envelope.
        errors: What went wrong, by `describe_error`.
        warnings: Sentences about what an edit costs or leaves behind.
        notes: Sentences worth showing even when all is well.
    """
    head = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "arfix", "version": __version__},
        "command": command,
        "exit_code": exit_code,
    }
    tail = {"notes": list(notes), "warnings": list(warnings), "errors": list(errors)}
    taken = data.keys() & (head.keys() | tail.keys())
    if taken:
        raise ValueError(f"the envelope has these keys already: {', '.join(sorted(taken))}")
    return indented({**head, **data, **tail}) + "\n"


#: A list with more entries than this is written with one entry on each line.
_LONG = 1000


def indented(document: object) -> str:
    """Return a document as JSON, indented by two spaces; long lists have one entry on each line.

    Only the encoder without indentation is written in C. With the other one, a check of 1 MB of hostile archives would
    spend most of its time on printing.
    """
    return _indented(document, "\n")


def _indented(value: object, margin: str) -> str:
    """Return a value of a document; `margin` is the line break and the indentation of the value."""
    import json  # noqa: PLC0415 (start-up)

    inner = margin + "  "
    if isinstance(value, dict) and value:
        items = (f"{json.dumps(str(key))}: {_indented(one, inner)}" for key, one in value.items())
        return f"{{{inner}{f',{inner}'.join(items)}{margin}}}"
    if isinstance(value, list | tuple) and value:
        entries = map(json.dumps, value) if len(value) > _LONG else (_indented(one, inner) for one in value)
        return f"[{inner}{f',{inner}'.join(entries)}{margin}]"
    return json.dumps(value)
