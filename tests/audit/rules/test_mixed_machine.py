from __future__ import annotations

from dataclasses import replace

from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import elf


def test_the_odd_one_out_is_told() -> None:
    odd = elf("odd", machine=3, bits=32)
    found = findings("mixed-machine", library(("a.o", elf("a")), ("odd.o", odd), ("b.o", elf("b"))))
    assert [one.member for one in found] == ["odd.o"]
    assert "i386" in found[0].message
    assert "x86-64" in found[0].message
    assert fixes(found) == ["arfix strip libx.a odd.o"]


def test_class_and_byte_order_count_too() -> None:
    members = (("a.o", elf("a", machine=243)), ("b.o", elf("b", machine=243)), ("c.o", elf("c", machine=243, bits=32)))
    assert [one.member for one in findings("mixed-machine", library(*members))] == ["c.o"]
    mips = (("a.o", elf("a", machine=8, bits=32)), ("b.o", elf("b", machine=8, bits=32, order=">")))
    assert len(findings("mixed-machine", library(*mips))) == 1


def test_one_machine_is_clean() -> None:
    assert findings("mixed-machine", library(("a.o", elf("a")), ("t", b"text\n"))) == []


def test_a_library_for_arm64ec_is_of_two_machines_on_purpose() -> None:
    subject = library(("a.o", elf("a")), ("b.o", elf("b", machine=183)))
    assert len(findings("mixed-machine", subject)) == 1
    special = replace(subject.archive.members[0], name="/<ECSYMBOLS>/")
    assert findings("mixed-machine", replace(subject, archive=replace(subject.archive, extras=(special,)))) == []
