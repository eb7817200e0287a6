from __future__ import annotations

import pytest

from arfix.archive.read import read
from arfix.edits import nested_archives
from arfix.edits.nested_archives import MAX_DEPTH, OpenArchive, open_nested, outermost
from arfix.errors import ArfixError, FormatError, UnsupportedError
from tests.ar_builder import ar
from tests.elf_builder import elf


def descend(opened: OpenArchive, levels: int) -> OpenArchive:
    for _ in range(levels):
        opened = open_nested(opened, opened.archive.members[0])
    return opened


def matryoshka(levels: int) -> bytes:
    data = ar(("a.o", elf("a")))
    for level in range(levels):
        data = ar((f"n{level}.a", data))
    return data


def test_places_are_written_from_the_outside_in() -> None:
    inner = descend(outermost(read(matryoshka(2))), 2)
    assert str(inner.where) == "<bytes>(n1.a(n0.a))"
    assert inner.archive.members[0].name == "a.o"
    assert inner.depth == 2


def test_members_are_views_on_the_outermost_bytes() -> None:
    outer = read(matryoshka(3))
    inner = descend(outermost(outer), 3).archive.members[0]
    assert outer.source is not None
    assert inner.content.source is outer.source.source
    assert bytes(inner.data) == elf("a")


def test_depth_is_limited() -> None:
    assert descend(outermost(read(matryoshka(MAX_DEPTH))), MAX_DEPTH).archive.members[0].name == "a.o"
    with pytest.raises(UnsupportedError, match="nested deeper than 16"):
        descend(outermost(read(matryoshka(MAX_DEPTH + 1))), MAX_DEPTH + 1)


@pytest.mark.parametrize(("name", "limit"), [("MAX_ARCHIVES", 2), ("MAX_BYTES", 250)])
def test_number_and_size_are_limited_over_all_depths(monkeypatch: pytest.MonkeyPatch, name: str, limit: int) -> None:
    monkeypatch.setattr(nested_archives, name, limit)
    inner = ar(("t", b"text" * 10))
    opened = outermost(read(ar(("1.a", inner), ("2.a", inner), ("3.a", inner))))
    for member in opened.archive.members[:-1]:
        open_nested(opened, member)
    with pytest.raises(UnsupportedError, match="are nested in one archive"):
        open_nested(opened, opened.archive.members[-1])


def test_what_is_no_archive_is_named() -> None:
    opened = outermost(read(ar(("t", b"INPUT(x.a)\n"), ("e.a", b"!<arch>\n"), ("cut.a", b"!<arch>\n" + b"x" * 60))))
    with pytest.raises(ArfixError, match=r"<bytes>\(t\): not an archive but a linker script"):
        open_nested(opened, opened.archive.members[0])
    assert len(open_nested(opened, opened.archive.members[1]).archive) == 0
    with pytest.raises(FormatError, match=r"<bytes>\(cut\.a\)"):
        open_nested(opened, opened.archive.members[2])
