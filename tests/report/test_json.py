from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import ArfixError, EditError, FormatError, RecipeError, Where
from arfix.report.json import SCHEMA_VERSION, describe_error, describe_where, render_envelope
from arfix.version import __version__


def test_envelope_surrounds_the_commands_keys() -> None:
    text = render_envelope("strip", 1, {"archives": []}, warnings=["w"], notes=["n"], errors=[{"kind": "edit"}])
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "arfix", "version": __version__},
        "command": "strip",
        "exit_code": 1,
        "archives": [],
        "notes": ["n"],
        "warnings": ["w"],
        "errors": [{"kind": "edit"}],
    }


def test_a_command_cannot_take_the_envelopes_keys() -> None:
    with pytest.raises(ValueError, match="errors, tool"):
        render_envelope("x", 0, {"tool": 1, "errors": 2})


@given(st.binary())
def test_names_come_back_as_bytes(name: bytes) -> None:
    text = render_envelope("x", 0, {"name": name.decode("utf-8", "surrogateescape")})
    assert text.isascii()
    assert json.loads(text)["name"].encode("utf-8", "surrogateescape") == name


@pytest.mark.parametrize(
    ("error", "kind"),
    [(FormatError("m"), "format"), (EditError("m"), "edit"), (RecipeError("m"), "recipe"), (ArfixError("m"), "arfix")],
)
def test_error_kinds(error: ArfixError, kind: str) -> None:
    assert describe_error(error) == {"kind": kind, "message": "m", "where": None, "hint": None}


def test_where() -> None:
    assert describe_where(Where("a.a", ("b.a", "c.o"), 8)) == {"path": "a.a", "members": ["b.a", "c.o"], "offset": 8}
