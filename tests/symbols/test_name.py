"""Symbol names and their versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.symbols.name import SymbolName, base_name, satisfied_by


@pytest.mark.parametrize(
    ("text", "parts", "satisfied"),
    [
        ("f", SymbolName("f"), ("f",)),
        ("f@V1", SymbolName("f", "V1"), ("f@V1",)),
        ("f@@V2", SymbolName("f", "V2", is_default=True), ("f", "f@V2")),
        ("?f@@YAHXZ", SymbolName("?f@@YAHXZ"), ("?f@@YAHXZ",)),
        ("@f@8", SymbolName("@f@8"), ("@f@8",)),
    ],
)
def test_a_name_is_taken_apart(text: str, parts: SymbolName, satisfied: tuple[str, ...]) -> None:
    assert SymbolName.parse(text) == parts
    assert parts.satisfied == satisfied_by(text) == satisfied
    assert base_name(text) == parts.base


@given(st.text(alphabet="f@V1?", max_size=8))
def test_a_name_is_put_together_again(text: str) -> None:
    assert str(SymbolName.parse(text)) == text
