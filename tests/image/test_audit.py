"""Audits of a program and its modules, linked by GNU ld from objects made here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.errors import FormatError
from arfix.image.audit import ImageAudit, count_steps, open_image_audit
from arfix.image.plan import ImageRequest
from arfix.linkage.exports import UnresolvedReason
from tests.audit.programs import CODE, link, link_program, make_program, member

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a program and its module."""
    return make_program(tmp_path)


def audit(folder: Path, *images: str, **options: object) -> ImageAudit:
    """Return the audit of images in the folder; planned ones have `=`."""
    words = tuple(word if "=" in word else str(folder / word) for word in images)
    request = ImageRequest(words, (str(folder / "lib.a"),), sysroot=str(folder))
    with open_image_audit(replace(request, **options)) as found:  # type: ignore[arg-type]  # fields of the request
        return found


def test_a_program_and_a_module_that_finds_all_in_it(folder: Path) -> None:
    found = audit(folder, "prog", "mod.so")
    assert found.is_sound
    assert found.duplicates == ()
    assert [file.name for file in found.files] == ["prog", "mod.so"]
    (copy,), (none,) = (file.copies for file in found.files)
    assert none is None
    assert copy is not None
    assert copy.members == ("one.o", "two.o")
    assert found.files[0].rest == found.files[0].size - copy.size_in_file
    assert [(one.name, one.things) for one in copy.state] == [(".bss", ("one_count",)), (".bss", ("two_count",))]
    assert found.resolved[1].given == {str(folder / "prog"): ("one",)}
    assert found.libraries_of(("one", "two", "main")) == {"lib.a": 2}


def test_a_module_that_carries_its_own_copy(folder: Path) -> None:
    link(folder / "mod.so", "-shared", folder / "mod.o", folder / "lib.a")
    (duplicate,) = audit(folder, "prog", "mod.so").duplicates
    assert (duplicate.members, duplicate.wasted) == (("one.o",), len(CODE) + 3)
    assert [one.things for one in duplicate.state] == [("one_count",)]


def test_a_stripped_program_that_hides_what_it_has(folder: Path) -> None:
    link_program(folder, "--export-dynamic", "--exclude-libs=ALL", "-s")
    found = audit(folder, "prog", "mod.so")
    assert not found.is_sound
    assert [(gap.need.name, gap.verdict) for gap in found.resolved[1].errors] == [("one", UnresolvedReason.MISSING)]
    definer = found.definer("one")
    assert definer is not None
    assert (definer.place, definer.is_embedded) == ("lib.a(one.o)", True)


def test_one_with_symbols_is_known_to_hide_it(folder: Path) -> None:
    link_program(folder, "--export-dynamic", "--exclude-libs=ALL")
    (gap,) = audit(folder, "prog", "mod.so").resolved[1].errors
    assert (gap.verdict, gap.there) == (UnresolvedReason.HIDDEN, str(folder / "prog"))


def test_images_as_they_were_are_found_by_name(folder: Path) -> None:
    old = folder / "old" / "deep"
    old.mkdir(parents=True)
    (folder / "mod.so").rename(old / "mod.so")
    link(folder / "mod.so", "-shared", folder / "mod.o", folder / "lib.a")
    found = audit(folder, "prog", "mod.so", before=str(folder / "old"))
    assert set(found.before) == {"mod.so"}
    assert found.before["mod.so"].copies == (None,)
    with pytest.raises(FormatError, match="no folder"):
        audit(folder, "prog", before=str(folder / "prog"))


def test_a_folder_stands_for_the_shared_objects_in_it(folder: Path) -> None:
    (folder / "modules").mkdir()
    (folder / "mod.so").rename(folder / "modules" / "mod.so")
    (folder / "modules" / "readme").write_text("text")
    (folder / "modules" / "link.so").symlink_to("mod.so")
    assert [file.name for file in audit(folder, "prog", "modules").files] == ["prog", "mod.so"]
    assert count_steps((str(folder / "prog"), str(folder / "modules")), before="x") == 4
    (folder / "empty").mkdir()
    with pytest.raises(FormatError, match="no image in it"):
        audit(folder, "empty")


def test_a_planned_program_and_module(folder: Path) -> None:
    plan = f"exe={folder}/main.o,{folder}/lib.a", f"so={folder}/mod.o", f"so={folder}/other.o"
    (folder / "names").write_text("printf\n")
    found = audit(folder, *plan, is_plan=True, providers=(str(folder / "names"),), sysroot=None)
    assert found.files == ()
    assert [[(gap.need.name, gap.verdict) for gap in one.gaps] for one in found.resolved] == [
        [],
        [],
        [("absent", UnresolvedReason.MISSING)],
    ]
    assert found.resolved[1].given == {plan[0]: ("one",)}


def test_a_planned_module_of_a_linked_program(folder: Path) -> None:
    found = audit(folder, "prog", f"so={folder}/mod.o", is_plan=True)
    assert found.is_sound
    assert [one.module.path for one in found.resolved] == [str(folder / "prog"), f"so={folder}/mod.o"]


def test_without_a_platform_a_plan_does_not_know(folder: Path) -> None:
    found = audit(folder, f"exe={folder}/main.o", f"so={folder}/mod.o", is_plan=True, sysroot=None)
    assert [gap.verdict for gap in found.resolved[1].gaps] == [UnresolvedReason.UNKNOWN]
    assert found.resolved[1].unfound == ("the platform (--provider, --sysroot)",)


@pytest.mark.parametrize(
    ("word", "message"), [("exe=", "no files"), ("exe={}/mod.so", "planned from archives and objects")]
)
def test_what_no_image_can_be_planned_from_is_told(folder: Path, word: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        audit(folder, word.format(folder), is_plan=True)


def test_images_of_two_machines_are_no_program(folder: Path) -> None:
    (folder / "small.o").write_bytes(member("small", bits=32))
    link(folder / "small.so", "-m", "elf_i386", "-shared", folder / "small.o")
    with pytest.raises(FormatError, match=r"for i386 with 32 bits, but .*prog is for x86-64 with 64 bits"):
        audit(folder, "prog", "small.so")


def test_what_is_no_image_is_told_with_its_place(folder: Path) -> None:
    with pytest.raises(FormatError, match=r"main\.o.*no executable and no shared object"):
        audit(folder, "main.o")


def test_a_library_that_the_program_takes_symbols_from_is_told(folder: Path) -> None:
    library = link(folder / "libone.so", "-shared", "-soname", "libone.so", "--whole-archive", folder / "lib.a")
    link(folder / "mod.so", "-shared", folder / "mod.o", library)
    (preempted,) = audit(folder, "prog", "mod.so", providers=(str(library),)).preempted
    assert preempted.symbols == ("one", "one_count", "two", "two_count")
