from __future__ import annotations

import pytest

from arfix.archive.salvage import salvage
from arfix.archive.source import extent_of
from arfix.edits.salvage import Salvage, plan_salvage
from arfix.errors import EditError, Where
from tests.ar_builder import ar
from tests.elf_builder import elf

WHOLE = ar(("a.o", elf("a", "aa")), ("b.o", elf("b")), ("c.o", elf("c")))
SECOND = WHOLE.index(b"b.o/")


def planned(data: bytes) -> Salvage:
    where = Where("x.a")
    return plan_salvage(salvage(extent_of(data, where), where))


def test_what_is_kept_is_indexed() -> None:
    result = planned(WHOLE[:-40])
    assert result.archive.index is not None
    assert list(result.archive.index) == [("a", 0), ("aa", 0), ("b", 1)]


def test_an_object_that_is_cut_by_its_size_field_is_not_kept() -> None:
    data = WHOLE[: SECOND + 48] + b"%-10d" % 200 + WHOLE[SECOND + 58 :]
    result = planned(data)
    assert [member.name for member in result.archive] == ["a.o", "c.o"]
    assert "its size does not lead to the next member" in result.lost[0].reason


@pytest.mark.parametrize("change", [b"", b"??"], ids=["a byte is missing", "a byte too many"])
def test_a_shift_by_one_byte_costs_one_member(change: bytes) -> None:
    """The headers behind it are then at odd offsets."""
    at = SECOND - 1
    result = planned(WHOLE[:at] + change + WHOLE[at + 1 :])
    assert [member.name for member in result.archive][-1] == "c.o"
    assert {member.name: bytes(member.data) for member in result.archive}["c.o"] == elf("c")
    assert result.lost


def test_nothing_to_keep_is_an_error() -> None:
    with pytest.raises(EditError, match="nothing can be salvaged"):
        planned(b"!<arch>\n" + b"x" * 300)
