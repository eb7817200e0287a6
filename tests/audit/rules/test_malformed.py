from __future__ import annotations

from arfix.audit.finding import Severity
from arfix.audit.rules.malformed import unreadable
from arfix.errors import FormatError, Where
from tests.ar_builder import ar
from tests.audit.libraries import findings, fixes, library, library_of
from tests.elf_builder import elf


def test_an_object_whose_tables_are_cut_off() -> None:
    found = findings("malformed", library(("x.o", elf("x")[:-64]), ("y.o", elf("y"))))
    assert [(one.member, one.severity) for one in found] == [("x.o", Severity.ERROR)]
    assert fixes(found) == ["arfix strip libx.a x.o"]


def test_trailing_bytes_are_a_warning() -> None:
    (found,) = findings("malformed", library_of(ar(("x.o", elf("x"))) + b"zz"))
    assert (found.member, found.severity) == (None, Severity.WARNING)


def test_a_forgivable_number_is_only_info() -> None:
    data = bytearray(ar(("x.o", elf("x"))))
    data[8 + 28 : 8 + 34] = b"nobody"
    assert {one.severity for one in findings("malformed", library_of(bytes(data)))} == {Severity.INFO}


def test_a_file_that_cannot_be_read_as_the_archive_it_claims_to_be() -> None:
    found = unreadable("libx.a", FormatError("size field is blank", where=Where("libx.a", (), 8)))
    assert (found.rule, found.archive, found.severity) == ("malformed", "libx.a", Severity.ERROR)
    assert found.message == "size field is blank (at 0x8)"


def test_a_sound_archive_is_clean() -> None:
    assert findings("malformed", library(("x.o", elf("x")))) == []
