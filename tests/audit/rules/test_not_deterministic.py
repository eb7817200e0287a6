from __future__ import annotations

import pytest

from tests.audit.libraries import findings, library
from tests.elf_builder import elf


@pytest.mark.parametrize("telling", [{"date": 1_700_000_000}, {"uid": 1000}, {"gid": 1000}, {"mode": 0o600}])
def test_any_field_that_tells_of_the_builder(telling: dict[str, int]) -> None:
    (found,) = findings("not-deterministic", library(("x.o", elf("x")), ("y.o", elf("y")), attributes=telling))
    assert found.message.startswith("2 of 2 members")
    assert found.member == "x.o"


def test_regular_file_bits_of_the_mode_tell_nothing() -> None:
    assert findings("not-deterministic", library(("x.o", elf("x")), attributes={"mode": 0o100644})) == []


def test_deterministic_headers_are_clean() -> None:
    assert findings("not-deterministic", library(("x.o", elf("x")))) == []
