"""Version scripts and dynamic lists, as GNU ld reads them."""

from __future__ import annotations

import pytest

from arfix.errors import FormatError
from arfix.linkage.version_script import joined, read_version_script

SCRIPT = b"""
/* Comments; and braces { } in them */
VERS_1.0 { global: open; read*; "a*b"; local: read_inner; write*; *; }; # one more
VERS_2.0 { global: extern "C++" { ns::*; "ns::f(int)"; }; } VERS_1.0;
"""


def test_the_nodes_of_a_script() -> None:
    assert read_version_script(SCRIPT).nodes == ("VERS_1.0", "VERS_2.0")
    assert read_version_script(b"{ f; };").nodes == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("open", True),
        ("read_all", True),
        ("read_inner", False),
        ("write", False),
        ("anything", False),
        ("a*b", True),
        ("axb", False),
        ("_ZN2ns1gEv", True),
        ("_ZN5other1gEv", False),
    ],
)
def test_what_becomes_of_a_symbol(name: str, *, expected: bool) -> None:
    assert read_version_script(SCRIPT).places(name) is expected


def test_a_list_says_nothing_about_other_symbols() -> None:
    both = joined([read_version_script(b"{ f; };"), read_version_script(b"{ g*; };")])
    assert [both.places(name) for name in ("f", "gg", "h")] == [True, True, None]
    assert list(both.exact_globals()) == ["f"]


@pytest.mark.parametrize("data", [b"", b"}}};;;", b"{ {{ local", b'"', b"V { global:; local:; };", bytes(range(256))])
def test_anything_is_read(data: bytes) -> None:
    assert read_version_script(data).places("f") in (None, True, False)


@pytest.mark.parametrize(
    ("patterns", "message"),
    [("*a;" * 25_000, "25,000 wildcards"), ("[a" * 20_000 + ";", "a pattern of more than 1,000 characters")],
)
def test_patterns_that_no_script_has_are_refused(patterns: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_version_script(f"{{ {patterns} }};".encode())
