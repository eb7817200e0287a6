from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.tools import need, need_llvm_ar, output_of

if TYPE_CHECKING:
    from pathlib import Path

THREE = ar(("a.o", elf("a")), ("b.o", elf("b")), ("a.o", elf("second")), index=(("a", 0), ("b", 1), ("second", 2)))


def entries(archive: arfix.Archive) -> list[tuple[str, str]]:
    """Return each index entry with the member that it leads to once the archive is written and read back."""
    written = arfix.read(arfix.write(archive))
    return [(name, written.members[at].name) for name, at in written.index or ()]


def test_a_member_is_found_by_name() -> None:
    archive = arfix.read(THREE)
    assert archive["b.o"] is archive.members[1]
    assert archive["a.o"] is archive.members[0]
    assert archive["a.o#2"] is archive.members[2]
    assert archive["position:2"] is archive.members[2]
    assert archive["defines:b"] is archive.members[1]
    with pytest.raises(KeyError, match=r"no member matches \"z.o\""):
        _ = archive["z.o"]
    with pytest.raises(arfix.EditError, match="means 3 members"):
        _ = archive["*.o"]


def test_membership() -> None:
    archive = arfix.read(THREE)
    assert "a.o" in archive
    assert "a.o#2" in archive
    assert archive.members[1] in archive
    assert "c.o" not in archive
    assert "*.o" not in archive
    assert 3 not in archive


def test_bytes_of_a_member() -> None:
    archive = arfix.read(THREE)
    assert bytes(archive["b.o"]) == elf("b")
    assert memoryview(archive["b.o"].data).tobytes() == elf("b")
    assert [symbol.name for symbol in archive["b.o"].symbols if symbol.is_defined and symbol.name] == ["b"]


def test_symbols_of_a_damaged_object_say_where() -> None:
    archive = arfix.read(ar(("x.o", elf("a")[:70])))
    with pytest.raises(arfix.FormatError, match=r"<bytes>\(x\.o\)"):
        _ = archive["x.o"].symbols


def test_nested_archives() -> None:
    archive = arfix.read(ar(("inner.a", THREE), ("text", b"words")))
    inner = archive["inner.a"].nested
    assert inner is not None
    assert [member.name for member in inner] == ["a.o", "b.o", "a.o"]
    assert archive["text"].nested is None
    walked = [(str(one.where), one.depth) for one in arfix.walk(archive)]
    assert walked == [
        ("<bytes>(inner.a)", 0),
        ("<bytes>(inner.a(a.o))", 1),
        ("<bytes>(inner.a(b.o))", 1),
        ("<bytes>(inner.a(a.o#2))", 1),
        ("<bytes>(text)", 0),
    ]


def test_walking_goes_on_behind_a_damaged_archive() -> None:
    archive = arfix.read(ar(("bad.a", THREE[:200]), ("text", b"words")))
    bad, text = arfix.walk(archive)
    assert bad.problem is not None
    assert bad.nested is None
    assert text.problem is None


def test_replaced_members_keep_their_entries() -> None:
    archive = arfix.read(THREE)
    assert entries(replace(archive, members=archive.members[:1])) == [("a", "a.o")]
    assert entries(replace(archive, members=archive.members[1::-1])) == [("a", "a.o"), ("b", "b.o")]
    renamed = (replace(archive.members[0], name="a name of more than 16.o"), *archive.members[1:])
    assert entries(replace(archive, members=renamed))[0] == ("a", "a name of more than 16.o")
    new = arfix.Member.new("new.o", elf("fresh"))
    assert ("fresh", "new.o") in entries(replace(archive, members=(*archive.members, new)))
    assert entries(replace(archive, index=None)) == []
    again = replace(replace(archive, members=archive.members[:2]), members=archive.members[1:2])
    assert entries(again) == [("b", "b.o")]


def test_nothing_replaced_writes_the_same_bytes() -> None:
    archive = arfix.read(THREE)
    assert arfix.write(replace(archive)) == THREE
    assert arfix.write(replace(archive, where=arfix.Where("x.a"))) == THREE


@pytest.mark.parametrize("changes", [{"kind": arfix.Kind.BSD}, {"thin": True}])
def test_a_kind_is_not_replaced_alone(changes: dict[str, object]) -> None:
    with pytest.raises(arfix.ArfixError, match=r"cannot be replaced alone|no bytes of its"):
        replace(arfix.read(THREE), **changes)  # type: ignore[arg-type]


def test_an_index_has_as_many_names_as_members() -> None:
    index = arfix.read(THREE).index
    assert index is not None
    with pytest.raises(arfix.EditError, match="3 names and 1 members"):
        replace(index, members=(0,))


def test_a_thin_member_is_called_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(elf("x"))
    output_of(need("ar"), "rcT", "thin.a", "x.o", cwd=tmp_path)
    with arfix.open(tmp_path / "thin.a") as thin, pytest.raises(arfix.EditError, match="called as its file"):
        replace(thin.members[0], name="y.o")
    with (
        arfix.open(tmp_path / "thin.a") as thin,
        pytest.raises(arfix.UnsupportedError, match="no bytes of its members"),
    ):
        replace(thin, members=(*thin.members, arfix.Member.new("y.o", b"")))
    with arfix.open(tmp_path / "thin.a") as thin:
        arfix.save(thin.with_members([*thin, *thin]), tmp_path / "twice.a")
    assert output_of(need("ar"), "t", "twice.a", cwd=tmp_path).split() == ["x.o", "x.o"]


def test_without_is_ar_d(tmp_path: Path) -> None:
    (tmp_path / "l.a").write_bytes(THREE)
    with arfix.open(tmp_path / "l.a") as archive:
        arfix.save(archive.without("b.o"), tmp_path / "ours.a")
        assert entries(archive.without("a.o#2")) == [("a", "a.o"), ("b", "b.o")]
        assert entries(archive.without(archive.members[0], "b.o")) == [("second", "a.o")]
        with pytest.raises(arfix.EditError, match="no member of this archive"):
            archive.without(arfix.Member.new("a.o", b"other"))
    output_of(need("ar"), "dD", "l.a", "b.o", cwd=tmp_path)
    assert (tmp_path / "ours.a").read_bytes() == (tmp_path / "l.a").read_bytes()


def test_with_members() -> None:
    archive = arfix.read(THREE)
    more = archive.with_members([*archive, arfix.Member.new("new.o", elf("fresh"))])
    assert entries(more) == [("a", "a.o"), ("b", "b.o"), ("second", "a.o"), ("fresh", "new.o")]
    assert entries(arfix.read(ar()).with_members(archive)) == [("a", "a.o"), ("b", "b.o"), ("second", "a.o")]
    assert entries(archive.with_members([])) == []


@pytest.mark.oracle
@pytest.mark.parametrize("word", ["gnu", "bsd", "darwin"])
def test_a_new_archive_is_what_llvm_ar_makes(word: str, tmp_path: Path) -> None:
    for name in ("a", "name-of-more-than-sixteen"):
        (tmp_path / f"{name}.o").write_bytes(elf(name.replace("-", "_")))
    members = [arfix.Member.new(path.name, path.read_bytes()) for path in sorted(tmp_path.glob("*.o"))]
    arfix.save(arfix.Archive.new(arfix.Kind(word), members), tmp_path / "ours.a")
    output_of(need_llvm_ar(word), f"--format={word}", "rcsD", "theirs.a", *(one.name for one in members), cwd=tmp_path)
    assert (tmp_path / "ours.a").read_bytes() == (tmp_path / "theirs.a").read_bytes()


def test_members_of_one_kind_go_into_an_archive_of_another() -> None:
    made = arfix.read(THREE)
    for kind in (arfix.Kind.BSD, arfix.Kind.DARWIN, arfix.Kind.COFF):
        made = arfix.read(arfix.write(arfix.Archive.new(kind, made)))
        assert [member.name for member in made] == ["a.o", "b.o", "a.o"]
        assert bytes(made.members[1])[: len(elf("b"))] == elf("b")


@pytest.mark.parametrize("name", ["", "a\0b", "a\nb"])
def test_names_that_no_archive_stores(name: str) -> None:
    with pytest.raises(arfix.EditError, match="cannot be the name of a member"):
        arfix.Member.new(name, b"")


def test_the_next_definer_takes_the_entry_of_a_member_that_goes() -> None:
    """In a COFF library, where a name has one entry."""
    both = [arfix.Member.new("a.o", elf("f", "a")), arfix.Member.new("b.o", elf("f", "b"))]
    library = arfix.Archive.new(arfix.Kind.COFF, both)
    assert sorted(entries(library)) == [("a", "a.o"), ("b", "b.o"), ("f", "a.o")]
    assert sorted(entries(library.without("a.o"))) == [("b", "b.o"), ("f", "b.o")]
    assert sorted(entries(replace(library, members=library.members[1:]))) == [("b", "b.o"), ("f", "b.o")]


def test_a_closed_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "l.a").write_bytes(THREE)
    with arfix.open(tmp_path / "l.a") as archive:
        member = archive["b.o"]
    with pytest.raises(arfix.AccessError, match="the file is closed"):
        bytes(member)
