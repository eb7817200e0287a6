from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource, Source
from arfix.audit.checked_library import CheckedLibrary, checked_library
from arfix.audit.finding import Severity
from arfix.audit.settings import Settings
from arfix.errors import AccessError, Where
from tests.ar_builder import header
from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

X = elf("x")
TABLE = b"obj/x.o/\n\n"


def thin(files: dict[str, bytes], announced: int = len(X)) -> CheckedLibrary:
    def open_beside(path: str, _size: int | None) -> Source:
        if path not in files:
            raise AccessError("No such file or directory", where=Where(path))
        return BytesSource(Where(path), memoryview(files[path]))

    data = b"!<thin>\n" + header("//", len(TABLE)) + TABLE + header("/0", announced)
    where = Where("libx.a")
    archive = read_archive(BytesSource(where, memoryview(data)), where, open_beside=open_beside)
    return checked_library("libx.a", archive, Settings(("libx.a",)))


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


@pytest.mark.oracle
def test_check_and_verify_agree_on_a_file_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GNU ld leaves the member out and exits 0, the others refuse: each as predicted."""
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / f"{name}.o").write_bytes(elf(name))
    output_of(need("ar"), "rcsTD", "t.a", "a.o", "b.o")
    (tmp_path / "a.o").unlink()
    need("ld")
    checked, verified = (arfix(verb, "t.a", "--json") for verb in ("check", "verify"))
    assert [one["rule"] for one in checked.json["findings"] if one["severity"] == "error"] == ["thin-broken"]
    rules = {one["rule"] for one in verified.json["findings"] if one["severity"] == "error"}
    assert "silent-loss" in rules
    assert "prediction-differs" not in rules
    lost = [one for one in verified.json["findings"] if one["rule"] == "silent-loss"]
    assert [(one["member"], one["message"], one["fix"]) for one in lost] == [
        ("a.o", "ld leaves it out and exits 0", None)
    ]


@pytest.mark.oracle
@pytest.mark.parametrize("linker", ["ld", "gold", "lld", "ld.lld-19", "mold"])
@pytest.mark.parametrize("root", ["a", "b"])
def test_on_demand_each_linker_opens_what_is_predicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linker: str, root: str
) -> None:
    """Mold and lld 19 open every member, the others only what is wanted."""
    need({"ld": "ld", "gold": "ld.gold", "lld": "ld.lld"}.get(linker, linker))
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / f"{name}.o").write_bytes(elf(name))
    output_of(need("ar"), "rcsTD", "t.a", "a.o", "b.o")
    (tmp_path / "a.o").unlink()
    found = arfix("verify", "t.a", "--on-demand", "-u", root, "--linker", linker, "--json").json["findings"]
    assert [one["message"] for one in found if one["rule"] == "prediction-differs"] == []
