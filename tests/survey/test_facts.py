from __future__ import annotations

import re
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.files import open_archive
from arfix.archive.read import read
from arfix.errors import ArfixError
from arfix.survey.facts import Place, Row, read_facts
from arfix.survey.schema import COLUMNS, Table, schema_of
from tests.ar_builder import ar
from tests.debian import library
from tests.elf_builder import ALLOC, EXEC, Sec, Sym, elf
from tests.survey.samples import FIXED, LOG, VENDORED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from arfix.archive.model import Archive


class Rows(dict[Table, list[dict[str, Any]]]):
    """Keeps rows in memory."""

    def add(self, table: Table, machine: str, rows: Sequence[Row]) -> None:
        for row in rows:
            named = dict(zip(COLUMNS[table], row, strict=True))
            self.setdefault(table, []).append({**named, "machine": machine})

    def add_columns(self, table: Table, machine: str, columns: Sequence[Sequence[object]]) -> None:
        self.add(table, machine, list(zip(*columns, strict=True)))


def facts(archive: Archive) -> Rows:
    rows = Rows()
    with archive:
        read_facts(archive, "key", Place("in", None, "lib.a"), rows)
    return rows


def test_symbols_and_the_kind_of_references() -> None:
    found = facts(read(LOG))
    named = {(row["member"], row["name"]): row for row in found[Table.SYMBOLS]}
    assert named[0, "openlog"]["references"] == ["call"]
    assert named[0, "table"]["references"] == ["data"]
    assert named[0, "log"]["references"] is None
    assert (named[1, "table"]["binding"], named[1, "inner"]["visibility"]) == ("weak", "hidden")
    (archive,) = found[Table.ARCHIVES]
    assert (archive["members"], archive["objects"], archive["defined"], archive["undefined"]) == (2, 2, 3, 2)
    assert archive["index_entries"] == 3
    assert archive["machine"] == "x86-64"
    assert archive["blocked_exe"] == archive["blocked_pie"] == archive["blocked_shared"] == []


def test_members_of_nested_archives() -> None:
    found = facts(read(VENDORED))
    assert [(row["member"], row["depth"], row["label"], row["content"]) for row in found[Table.MEMBERS]] == [
        (0, 0, "copy.o", "elf-relocatable"),
        (1, 0, "other.o", "elf-relocatable"),
        (2, 0, "inner.a", "archive"),
        (3, 1, "inner.a(deep.o)", "elf-relocatable"),
    ]
    assert "deep" not in {row["name"] for row in found[Table.SYMBOLS]}
    assert found[Table.MEMBERS][1]["stack"] == "missing"
    assert found[Table.ARCHIVES][0]["blocked_exe"] == ["nested-archive"]


def test_code_for_a_fixed_address() -> None:
    found = facts(read(FIXED))
    (archive,) = found[Table.ARCHIVES]
    assert archive["blocked_exe"] == []
    assert archive["blocked_pie"] == ["not-pie"]
    assert archive["blocked_shared"] == ["not-pic"]
    (member,) = found[Table.MEMBERS]
    assert (member["pie"], member["pic"], member["text_relocations"]) == (False, False, False)
    messages = [row["message"] for row in found[Table.FINDINGS] if row["rule"] == "not-pie"]
    assert messages == ["R_X86_64_32S in .text needs an address that is known at link time"]


def test_two_definitions_block_every_target() -> None:
    found = facts(read(ar(("a.o", elf("f")), ("b.o", elf("f")))))
    assert found[Table.ARCHIVES][0]["blocked_shared"] == ["duplicate-definition"]
    assert [row["symbol"] for row in found[Table.FINDINGS] if row["rule"] == "duplicate-definition"] == ["f"]


def test_versions_and_names_that_are_no_text() -> None:
    found = facts(_strange())
    named = {row["name"]: row for row in found[Table.SYMBOLS]}
    assert (named["f"]["version"], named["f"]["default_version"]) == ("V2", True)
    assert (named["h"]["version"], named["h"]["default_version"]) == ("V1", False)
    assert r"g\xfe" in named
    for table, rows in found.items():
        schema = schema_of(table)
        assert set(rows[0]) == {*schema.names, "machine"}


def _strange() -> Archive:
    data = elf(Sym("f@@V2"), Sym("gX"), "?h@V1").replace(b"gX\0", b"g\xfe\0")
    return read(ar(("a.o", data)))


@pytest.mark.slow
@given(st.data())
def test_changed_bytes_never_crash(data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from((LOG, VENDORED, FIXED))))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(8, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        archive = read(bytes(changed))
    except ArfixError:
        return
    found = facts(archive)
    assert len(found[Table.ARCHIVES]) == 1


@pytest.mark.oracle
@pytest.mark.debian
@pytest.mark.parametrize(("package", "name"), [("zlib1g-dev", "libz.a"), ("libffi-dev", "libffi.a")])
def test_nm_and_readelf_say_the_same(package: str, name: str) -> None:
    path = library(package, name)
    found = facts(open_archive(path))
    labels = {row["member"]: row["name"] for row in found[Table.MEMBERS]}
    ours = Counter(
        (labels[row["member"]], row["name"] + _version(row), row["place"] == "undefined")
        for row in found[Table.SYMBOLS]
    )
    assert ours == Counter(_nm(path))
    assert {(row["name"], "IBT" if "ibt" in row["properties"] else "") for row in found[Table.MEMBERS]} == _notes(path)


def _version(row: dict[str, Any]) -> str:
    return "" if row["version"] is None else f"{'@@' if row['default_version'] else '@'}{row['version']}"


def _nm(path: Path) -> list[tuple[str, str, bool]]:
    ran = subprocess.run(["nm", "-A", "-g", path], capture_output=True, text=True, check=True)
    found = []
    for line in ran.stdout.splitlines():
        place, kind, name = re.fullmatch(r"(.*):[0-9a-f ]{16} (.) (\S+)", line).groups()  # type: ignore[union-attr]
        found.append((place.rpartition(":")[2], name, kind in "Uwv"))
    return found


def _notes(path: Path) -> set[tuple[str, str]]:
    ran = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True)
    found = set()
    for part in ran.stdout.split("\nFile: ")[1:]:
        name = part.splitlines()[0].rpartition("(")[2].rstrip(")")
        found.add((name, "IBT" if "IBT" in part else ""))
    return found


def test_without_code_there_is_a_row_all_the_same() -> None:
    found = facts(read(ar(("readme", b"text\n"), ("data.o", elf(sections=(Sec(".text", flags=ALLOC | EXEC),))))))
    assert [row["content"] for row in found[Table.MEMBERS]] == ["text", "elf-relocatable"]
    assert found[Table.MEMBERS][0]["code"] is None
    assert "non-object-member" in found[Table.ARCHIVES][0]["blocked_exe"]
