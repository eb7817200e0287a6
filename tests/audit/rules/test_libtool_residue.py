from __future__ import annotations

from tests.audit.libraries import findings, library
from tests.elf_builder import elf


def test_renamed_members_make_one_finding() -> None:
    names = ("add.o", "lt1-add.o", "lt22-add.o")
    (found,) = findings("libtool-residue", library(*((name, elf(name)) for name in names)))
    assert found.member == "lt1-add.o"
    assert found.message.startswith("2 members")
    assert found.related == ("libx.a(lt1-add.o)", "libx.a(lt22-add.o)")


def test_names_that_only_look_alike_are_clean() -> None:
    names = ("lt-add.o", "ltx1-a.o", "lt1.o", "alt1-a.o", "lt1-")
    assert findings("libtool-residue", library(*((name, elf(name)) for name in names))) == []
