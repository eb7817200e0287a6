from __future__ import annotations

from arfix.audit.finding import Severity
from tests.audit.links import findings_of, object_archive
from tests.audit.rules.test_hidden_reference import library
from tests.elf_builder import elf
from tests.foreign_objects import macho

MAIN = object_archive("liba.a", ("a.o", elf("?f", "a", machine=183)))


def test_a_shared_object_for_another_machine_gives_nothing() -> None:
    (one,) = findings_of("wrong-machine", MAIN, library("lib/libc.so.6", ("f",)))
    assert (one.archive, one.related) == ("liba.a", ("lib/libc.so.6",))
    assert one.message == "lib/libc.so.6 is for x86-64, and the link is for aarch64: the link cannot use it"
    (missing,) = findings_of("undefined-symbol", MAIN, library("lib/libc.so.6", ("f",)))
    assert missing.message.endswith("lib/libc.so.6 defines it, but for another machine")


def test_archives_under_test_for_two_machines() -> None:
    (one,) = findings_of("wrong-machine", MAIN, object_archive("libb.a", ("b.o", elf("f"))))
    assert (one.archive, one.message[:13]) == ("libb.a", "is for x86-64")


def test_one_odd_member_is_not_the_whole_archive() -> None:
    assert (
        findings_of("wrong-machine", MAIN, object_archive("b.a", ("b.o", elf("f")), ("c.o", elf("c", machine=183))))
        == []
    )


def test_a_library_for_another_platform_of_apple() -> None:
    ios = object_archive("libios.a", ("g.o", macho("_g", platform=2)))
    (one,) = findings_of("wrong-machine", ios, object_archive("libmac.a", ("f.o", macho("_f", platform=1))))
    assert (one.archive, one.member, one.severity) == ("libmac.a", "f.o", Severity.ERROR)
    assert one.message == "is built for macOS, and the link is for iOS"
    (one,) = findings_of("wrong-machine", ios, object_archive("libsim.a", ("f.o", macho("_f", platform=7))))
    assert one.severity is Severity.WARNING
    assert findings_of("wrong-machine", ios, object_archive("libold.a", ("f.o", macho("_f")))) == []
