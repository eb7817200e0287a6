from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import ArfixError, EditError, FormatError, RecipeError, Where
from arfix.report.json import SCHEMA_VERSION, describe_error, describe_where, indented, render_envelope
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


_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(_DOCUMENTS)
def test_short_documents_are_indented(document: object) -> None:
    assert indented(document) == json.dumps(document, indent=2)


def test_a_long_list_has_an_entry_on_each_line() -> None:
    document = {"runs": [{"results": [{"rule": "x", "place": ["a", number]} for number in range(1500)], "more": [1]}]}
    text = indented(document)
    assert json.loads(text) == document
    assert text.count("\n") == 1500 + 10
