from __future__ import annotations

import pytest

from arfix.counted import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (12_345, "12,345 entries")]
)
def test_a_number_has_its_noun(number: int, said: str) -> None:
    assert counted(number, "entry") == counted(number, "entry", "entries") == said
    assert counted(number, "member") == said.replace("entries", "members").replace("entry", "member")
