from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.files import open_archive
from arfix.archive.read import read
from arfix.symbols import archive_search, search
from arfix.symbols.archive_search import Reference, References, definitions_of, find_definers, find_references
from arfix.symbols.name import spellings_of
from arfix.symbols.search import NameSearch
from tests.ar_builder import ar
from tests.elf_builder import UNDEF, WEAK, Sym, elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

#: Bytecode that ends where its symbols should be, with a name in it.
CUT = b"BC\xc0\xde" + bytes(8) + b"named_here"


def test_who_needs_and_who_defines() -> None:
    members = (
        ("a.o", elf("f", "?g")),
        ("b.o", elf(Sym("g", binding=WEAK), Sym("f", UNDEF, binding=WEAK))),
        ("c.o", elf("fg", Sym("g", binding=0))),
    )
    archive = read(ar(*members))
    assert find_references(archive, ["f", "g"]).found == (Reference(0, "g"), Reference(1, "f", is_weak=True))
    assert find_definers(archive, ["f", "g"]) == {"f": [0], "g": [1]}
    assert find_references(archive, ["f", "g"], [2]).found == ()


def test_default_versions_are_found_behind_plain_names() -> None:
    assert spellings_of("f@@V2") == ("f@@V2", "f@V2", "f")
    assert spellings_of("f@V1") == ("f@V1",)
    archive = read(ar(("a.o", elf("f@@V2"))))
    assert find_definers(archive, ["f"]) == {"f": [0]}
    assert definitions_of(archive, 0) == ["f@@V2", "f@V2", "f"]


def test_what_cannot_be_read_may_need_what_it_contains() -> None:
    archive = read(ar(("cut.bc", CUT), ("text", b"named_here\n"), ("a.o", elf("a"))))
    assert find_references(archive, ["named_here"]).found == (Reference(0, "named_here", is_proven=False),)
    assert find_definers(archive, ["named_here"]) == {}


@given(
    st.lists(st.text("ab", min_size=1, max_size=70), max_size=30),
    st.text("ab\0", max_size=300),
    st.sampled_from([0, search._SOME]),
)
def test_names_in_bytes_are_those_that_a_search_for_each_finds(names: list[str], text: str, few: int) -> None:
    data = (text + "".join(names[::3])).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_SOME", few)
        assert NameSearch(names).names_in(data) == sorted({name for name in names if name.encode() in data})


def test_what_cannot_be_read_defines_what_the_index_says() -> None:
    archive = read(ar(("cut.bc", CUT), ("a.o", elf("?a")), index=(("x", 0), ("y", 0), ("lie", 1))))
    assert definitions_of(archive, 0) == ["x", "y"]
    assert definitions_of(archive, 1) == []
    assert definitions_of(read(ar(("cut.bc", CUT))), 0) == []


def test_other_formats_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("int there(void); int here(void) { return there(); }\n")
    clang = need("clang-19")
    for target in ("x86_64-pc-windows-msvc", "x86_64-apple-macos", "wasm32"):
        output_of(clang, "-target", target, "-c", "x.c", "-o", "x.o", cwd=tmp_path)
        archive = read(ar(("x.o", (tmp_path / "x.o").read_bytes()), ("readme", b"here and there\n")))
        (defined,) = definitions_of(archive, 0)
        assert defined in {"here", "_here"}
        needed = defined.replace("here", "there")
        assert find_references(archive, [needed]).found == (Reference(0, needed),)
        assert find_definers(archive, [defined]) == {defined: [0]}


def test_thin_members_that_are_gone_are_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.o").write_bytes(elf(name, "?f"))
    output_of(need("ar"), "rcT", "lib.a", "a.o", "b.o", cwd=tmp_path)
    (tmp_path / "a.o").unlink()
    with open_archive(tmp_path / "lib.a") as archive:
        assert find_references(archive, ["f"]) == References((Reference(1, "f"),), (0,))
        assert find_definers(archive, ["a", "b"]) == {"b": [1]}


def test_memory_is_given_back_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_search, "_WINDOW", 100)
    (tmp_path / "lib.a").write_bytes(ar(*((f"m{number}.o", elf("f", "?g")) for number in range(9))))
    with open_archive(tmp_path / "lib.a") as archive:
        assert len(find_references(archive, ["g"]).found) == 9
