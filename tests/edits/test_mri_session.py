from __future__ import annotations

import pytest

from arfix.archive.model import Archive, Kind
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.archive.write import write_archive
from arfix.edits.mri import read_script
from arfix.edits.mri_session import ArchiveToSave, CommandOutcome, MembersToExtract, MembersToList, Reported, Session
from arfix.edits.nested_archives import OpenArchive, outermost
from arfix.errors import AccessError, ArfixError, EditError, UnsupportedError, Where
from tests.ar_builder import ar, header
from tests.elf_builder import elf

WHERE = Where("script")
CUT = b"BC\xc0\xde" + bytes(8)  # bytecode that ends where its symbols should be
FILES = {
    "lib.a": ar(("a.o", elf("a")), ("b.o", elf("b")), ("c.o", elf("c")), index=(("a", 0), ("b", 1), ("c", 2))),
    "nested.a": ar(("x.o", elf("x")), ("n.a", ar(("y.o", elf("y")))), ("x.o", elf("x2"))),
    "cut.a": ar(("w.o", CUT), index=(("w", 0),)),
    "bsd.a": b"!<arch>\n" + header("#1/4", 9) + b"t.o\0text\n\n",
    "stale.a": ar(("a.o", elf("a"))),
    "empty.a": ar(),
    "dir/m.o": elf("m"),
    "b.o": elf("new_b"),
    "x.o": elf("x3"),
}


def opened(path: str) -> OpenArchive:
    if path not in FILES:
        raise AccessError("no such file", where=Where(path))
    return outermost(read_archive(BytesSource(Where(path), memoryview(FILES[path])), Where(path)))


def run(*lines: str) -> list[CommandOutcome]:
    session = Session(opened, FILES.__getitem__)
    return [session.run(command) for command in read_script("\n".join(lines), WHERE)]


def saved(*lines: str) -> Archive:
    """Return the archive that the last command, SAVE, wrote, as it is read back."""
    outcome = run(*lines)[-1]
    assert isinstance(outcome, ArchiveToSave)
    where = Where("out.a")
    return read_archive(BytesSource(where, memoryview(write_archive(outcome.after))), where)


def names(archive: Archive) -> list[str]:
    return [member.name for member in archive]


def test_libraries_and_modules_in_order() -> None:
    after = saved("CREATE out.a", "ADDLIB lib.a", "ADDMOD dir/m.o", "ADDLIB lib.a (c.o, a.o)", "SAVE")
    assert names(after) == ["a.o", "b.o", "c.o", "m.o", "c.o", "a.o"]
    assert list(after.index or ()) == [("a", 0), ("b", 1), ("c", 2), ("m", 3), ("c", 4), ("a", 5)]


def test_nested_archives_are_opened_and_known_entries_kept() -> None:
    after = saved("CREATE out.a", "ADDLIB nested.a", "ADDLIB cut.a", "SAVE")
    assert names(after) == ["x.o", "y.o", "x.o", "w.o"]
    assert list(after.index or ()) == [("x", 0), ("y", 1), ("x2", 2), ("w", 3)]


def test_an_archive_that_is_there_is_edited() -> None:
    after = saved("OPEN lib.a", "DELETE a.o", "REPLACE b.o", "ADDMOD x.o", "SAVE")
    assert names(after) == ["b.o", "c.o", "x.o"]
    assert list(after.index or ()) == [("new_b", 0), ("c", 1), ("x3", 2)]


def test_what_was_added_can_be_replaced_and_deleted() -> None:
    after = saved("CREATE out.a", "ADDLIB lib.a", "ADDMOD x.o", "DELETE a.o, c.o", "REPLACE b.o", "SAVE")
    assert list(after.index or ()) == [("new_b", 0), ("x3", 1)]


def test_delete_takes_all_of_a_name() -> None:
    assert names(saved("OPEN nested.a", "DELETE x.o", "SAVE")) == ["n.a"]


def test_clear_and_begin_again() -> None:
    assert names(saved("OPEN lib.a", "CLEAR", "ADDMOD x.o", "SAVE")) == ["x.o"]
    assert names(saved("OPEN lib.a", "CREATE out.a", "ADDMOD x.o", "SAVE")) == ["x.o"]


def test_saving_goes_on_from_what_was_saved() -> None:
    outcomes = run("CREATE out.a", "ADDLIB lib.a", "SAVE", "SAVE", "DELETE b.o", "SAVE")
    assert [outcome.is_needed for outcome in outcomes if isinstance(outcome, ArchiveToSave)] == [True, False, True]
    last = outcomes[-1]
    assert isinstance(last, ArchiveToSave)
    assert (names(last.before), names(last.after)) == (["a.o", "b.o", "c.o"], ["a.o", "c.o"])


def test_an_archive_without_changes_is_not_saved() -> None:
    (_, outcome) = run("OPEN lib.a", "SAVE")
    assert isinstance(outcome, ArchiveToSave)
    assert not outcome.is_needed
    (_, outcome) = run("CREATE out.a", "SAVE")
    assert isinstance(outcome, ArchiveToSave)
    assert outcome.is_needed


def test_a_missing_index_is_made() -> None:
    assert list(saved("OPEN stale.a", "ADDMOD x.o", "SAVE").index or ()) == [("a", 0), ("x3", 1)]


def test_the_kind_is_that_of_the_first_library() -> None:
    assert saved("CREATE out.a", "ADDLIB empty.a", "ADDLIB bsd.a", "ADDMOD x.o", "SAVE").kind is Kind.BSD
    assert saved("CREATE out.a", "ADDMOD x.o", "ADDLIB bsd.a", "SAVE").kind is Kind.GNU


def test_thin_archives_refer_to_files() -> None:
    (*_, outcome) = run("CREATETHIN sub/out.a", "ADDMOD dir/m.o", "ADDLIB lib.a (b.o)", "SAVE")
    assert isinstance(outcome, ArchiveToSave)
    members = outcome.after.members
    assert [(member.name, member.thin_path) for member in members] == [
        ("../dir/m.o", "../dir/m.o"),
        ("b.o", "../lib.a"),
    ]
    assert members[1].thin_origin == opened("lib.a").archive.members[1].header_offset
    assert outcome.after.thin
    (*_, outcome) = run("CREATETHIN out.a", "ADDMOD dir/m.o", "DELETE m.o", "SAVE")
    assert isinstance(outcome, ArchiveToSave)
    assert not outcome.after.members


def test_an_absolute_path_stays_in_a_thin_archive() -> None:
    files = {"/abs/m.o": elf("m")}
    session = Session(opened, files.__getitem__)
    for command in read_script("CREATETHIN sub/out.a\nADDMOD /abs/m.o\nSAVE", WHERE):
        outcome = session.run(command)
    assert isinstance(outcome, ArchiveToSave)
    assert outcome.after.members[0].thin_path == "/abs/m.o"


def test_listing() -> None:
    (_, listed) = run("OPEN lib.a", "LIST")
    assert isinstance(listed, MembersToList)
    assert [member.name for member in listed.members] == ["a.o", "b.o", "c.o"]
    (listed,) = run("DIRECTORY nested.a (x.o) names.txt")
    assert isinstance(listed, MembersToList)
    assert ([member.name for member in listed.members], listed.file) == (["x.o", "x.o"], "names.txt")
    (listed,) = run("DIRECTORY lib.a")
    assert isinstance(listed, MembersToList)
    assert (len(listed.members), listed.file) == (3, None)


def test_extraction_sees_what_was_done_so_far() -> None:
    (*_, outcome) = run("OPEN lib.a", "REPLACE b.o", "EXTRACT b.o, c.o")
    assert isinstance(outcome, MembersToExtract)
    assert [bytes(outcome.archive.members[at].data) for at in outcome.positions] == [elf("new_b"), elf("c")]


def test_an_archive_as_a_module_is_warned_of() -> None:
    (_, outcome) = run("CREATE out.a", "ADDMOD lib.a")
    assert isinstance(outcome, Reported)
    assert "ADDLIB adds its members" in outcome.warnings[0]


def test_what_was_done_is_said() -> None:
    outcomes = run("CREATE out.a", "ADDLIB lib.a (b.o)", "ADDMOD x.o", "REPLACE x.o", "DELETE b.o")
    assert [outcome.said for outcome in outcomes if isinstance(outcome, Reported)] == [
        (),
        ("added b.o from lib.a(b.o)",),
        ("added x.o",),
        ("replaced x.o",),
        ("deleted b.o",),
    ]


def test_verbose_is_a_switch_and_what_is_not_saved_is_known() -> None:
    session = Session(opened, FILES.__getitem__)
    commands = read_script("VERBOSE\nVERBOSE\nOPEN lib.a\nDELETE a.o\nSAVE", WHERE)
    states = [(session.run(command), session.verbose, session.unsaved)[1:] for command in commands]
    assert states == [(True, None), (False, None), (False, None), (False, "lib.a"), (False, None)]


@pytest.mark.parametrize(
    ("lines", "kind", "message"),
    [
        (("ADDMOD x.o",), EditError, r"no archive is open \(line 1 of the script\)"),
        (("LIST",), EditError, "no archive is open"),
        (("OPEN lib.a", "DELETE d.o"), EditError, r"no member is called d\.o \(line 2 of the script\)"),
        (("CREATE o.a", "ADDLIB lib.a (d.o)"), EditError, r"no member is called d\.o"),
        (("DIRECTORY lib.a (d.o)",), EditError, r"no member is called d\.o"),
        (("OPEN lib.a", "REPLACE x.o"), EditError, r"no member is called x\.o"),
        (("OPEN nested.a", "REPLACE x.o"), EditError, r"2 members have the name of x\.o"),
        (("OPEN gone.a",), AccessError, r"gone\.a: no such file \(line 1 of the script\)"),
        (("CREATETHIN o.a", "ADDLIB nested.a"), EditError, "a thin archive cannot refer to"),
        (("CREATETHIN o.a", "ADDMOD x.o", "REPLACE x.o"), UnsupportedError, "members of a thin archive are files"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_line(
    lines: tuple[str, ...], kind: type[ArfixError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        run(*lines)


def test_near_names_are_told() -> None:
    with pytest.raises(EditError) as caught:
        run("OPEN lib.a", "DELETE aa.o")
    assert caught.value.hint == "Nearest: a.o."


def test_members_are_extracted_from_their_places_after_others_are_gone() -> None:
    (*_, outcome) = run("OPEN lib.a", "DELETE a.o", "ADDLIB nested.a (x.o)", "EXTRACT c.o, x.o, b.o, c.o")
    assert isinstance(outcome, MembersToExtract)
    assert [outcome.archive.members[at].name for at in outcome.positions] == ["c.o", "x.o", "x.o", "b.o", "c.o"]
