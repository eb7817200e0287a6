from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from arfix.archive.source import forget_pages
from arfix.errors import FormatError, Where
from arfix.objects.mentions import find_mentions, mentions
from tests.elf_builder import Elf, Sym, elf

if TYPE_CHECKING:
    from pathlib import Path


def test_a_needed_name_is_a_mention_and_a_defined_one_is_not() -> None:
    view = memoryview(elf("defined", "?needed"))
    assert mentions(view, {"needed", "other"})
    assert not mentions(view, {"defined"})
    assert not mentions(view, {"need"})
    assert not mentions(memoryview(b"text needed\n"), {"needed"})


def test_a_weak_reference_is_a_mention() -> None:
    assert mentions(memoryview(Elf((Sym("w", "*UND*", binding=2),)).encode()), {"w"})


def test_an_unreadable_object_is_told_apart() -> None:
    whole = elf("?needed")
    views = [memoryview(data) for data in (b"", whole, whole[:-100], elf("defined"), whole)]
    found, unreadable = find_mentions(views, frozenset({"needed"}))
    assert found == (1, 4)
    assert [position for position, _ in unreadable] == [2]
    error = unreadable[0][1].within(Where("lib.a", ("x.o",)))
    assert type(error) is FormatError
    assert str(error).startswith("lib.a(x.o)+0x")


def test_forgotten_pages_come_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content" * 4096)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapping:
        view = memoryview(mapping)
        forget_pages(view[10:20])
        assert bytes(view[:7]) == b"content"
        view.release()
    forget_pages(memoryview(b"not mapped"))


def test_private_changes_are_never_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content" * 4096)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapping:
        mapping[:3] = b"CON"
        view = memoryview(mapping)
        forget_pages(view)
        assert bytes(view[:7]) == b"CONtent"
        view.release()
