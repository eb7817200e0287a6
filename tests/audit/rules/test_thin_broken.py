from __future__ import annotations

from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource, Source
from arfix.audit.finding import Severity
from arfix.audit.library import Library, library_of
from arfix.audit.settings import Settings
from arfix.errors import AccessError, Where
from tests.ar_builder import header
from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import elf

X = elf("x")
TABLE = b"obj/x.o/\n\n"


def thin(files: dict[str, bytes], announced: int = len(X)) -> Library:
    def open_beside(path: str) -> Source:
        if path not in files:
            raise AccessError("No such file or directory", where=Where(path))
        return BytesSource(Where(path), memoryview(files[path]))

    data = b"!<thin>\n" + header("//", len(TABLE)) + TABLE + header("/0", announced)
    where = Where("libx.a")
    archive = read_archive(BytesSource(where, memoryview(data)), where, open_beside=open_beside)
    return library_of("libx.a", archive, Settings(("libx.a",)))


def test_a_missing_file_is_an_error() -> None:
    (found,) = findings("thin-broken", thin({}))
    assert (found.member, found.severity) == ("obj/x.o", Severity.ERROR)
    assert found.message == "the file obj/x.o cannot be read: No such file or directory"


def test_a_file_of_another_size_is_another_file() -> None:
    (found,) = findings("thin-broken", thin({"obj/x.o": X + bytes(8)}))
    assert "bytes" in found.message
    assert fixes([found]) == [None]


def test_a_whole_thin_archive_is_clean() -> None:
    assert findings("thin-broken", thin({"obj/x.o": X})) == []


def test_a_full_archive_is_not_its_business() -> None:
    assert findings("thin-broken", library(("x.o", X))) == []
