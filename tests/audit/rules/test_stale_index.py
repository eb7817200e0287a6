from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix
from arfix.audit.checked_library import checked_library as make_library
from arfix.audit.finding import Severity
from arfix.audit.settings import Settings
from tests.ar_builder import ar
from tests.audit.libraries import findings, fixes, library, library_of
from tests.elf_builder import DEBUG_OF_BYTECODE, SYMBOL_OF_BYTECODE, TEXT, elf
from tests.run_arfix import arfix as run
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

X, Y = ("x.o", elf("x", "both")), ("y.o", elf("y", "both", "?x"))
TRUE_INDEX = (("x", 0), ("both", 0), ("y", 1), ("both", 1))


def test_an_index_that_says_what_the_members_define_is_clean() -> None:
    assert findings("stale-index", library(X, Y, index=TRUE_INDEX)) == []
    assert findings("stale-index", library(X, Y)) == []


def test_a_definition_without_an_entry() -> None:
    (found,) = findings("stale-index", library(X, Y, index=TRUE_INDEX[1:]))
    assert (found.severity, found.message) == (Severity.ERROR, "1 of 4 symbols has no entry (x)")
    assert fixes([found]) == ["arfix index libx.a"]


@pytest.mark.parametrize("names", [("x",), (SYMBOL_OF_BYTECODE.name, "x")])
def test_symbols_of_the_debug_sections_beside_bytecode_need_no_entry(names: tuple[str, ...]) -> None:
    """GNU ar lists them without GCC's plugin, and leaves them out with it."""
    fat = ("x.o", elf(SYMBOL_OF_BYTECODE, "x", sections=(TEXT, DEBUG_OF_BYTECODE)))
    assert findings("stale-index", library(fat, index=tuple((name, 0) for name in names))) == []
    (found,) = findings("stale-index", library(fat, index=((SYMBOL_OF_BYTECODE.name, 0),)))
    assert found.message == "1 of 2 symbols has no entry (x)"


@pytest.mark.oracle
def test_what_ar_makes_of_bytecode_beside_machine_code_is_clean(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("int one(void) { return 1; }\nint two(void) { return one(); }\n")
    options = ("-flto", "-ffat-lto-objects", "-g", "-O2", "-c")
    output_of(need("gcc"), *options, "x.c", "-o", "x.o", cwd=tmp_path)
    for number, plugin in enumerate([(), ("--plugin", "/dev/null")]):
        archive = f"{number}.a"
        output_of(need("ar"), "rc", *plugin, archive, "x.o", cwd=tmp_path)
        assert "stale-index" not in run("check", tmp_path / archive).stdout
        assert run("index", "--check", tmp_path / archive).code == 0


def test_an_entry_for_what_a_member_does_not_define() -> None:
    (found,) = findings("stale-index", library(X, Y, index=(*TRUE_INDEX, ("x", 1))))
    assert found.message == "1 entry names a member that does not define the symbol (x)"


def test_an_entry_that_leads_to_no_member() -> None:
    data = bytearray(ar(X, Y, index=TRUE_INDEX))
    data[8 + 60 + 4 : 8 + 60 + 8] = (12).to_bytes(4, "big")
    (found,) = findings("stale-index", library_of(bytes(data)))
    assert found.message.startswith("1 of 4 entries leads to no member; 1 of 4 symbols has no entry")


def test_an_index_that_cannot_be_read() -> None:
    data = bytearray(ar(X, Y, index=TRUE_INDEX))
    data[8 + 60 : 8 + 64] = (2**31).to_bytes(4, "big")
    (found,) = findings("stale-index", library_of(bytes(data)))
    assert fixes([found]) == ["arfix index libx.a"]


def test_members_that_only_a_plugin_can_read_are_left_out() -> None:
    bitcode = ("b.o", b"BC\xc0\xde" + bytes(60))
    assert findings("stale-index", library(X, bitcode, index=(*TRUE_INDEX[:2], ("told_by_plugin", 1)))) == []


@pytest.mark.oracle
@pytest.mark.parametrize("flags", ["crsD", "crsDP"])
def test_an_index_made_without_the_lto_plugin(tmp_path: Path, flags: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ar` without its plugin exits 0; the program then lacks the symbol. `check`, `index --check` and `fix` agree."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.c").write_text("int gaming(void){return 4;}")
    (tmp_path / "m.c").write_text("int gaming(void); int main(void){return gaming();}")
    gcc = need("gcc")
    output_of(gcc, "-c", "-flto", "b.c")
    output_of(need("ar"), "--plugin", "/nonexistent.so", flags, "l.a", "b.o", check=False)
    with arfix.open("l.a") as archive:
        found = findings("stale-index", make_library("l.a", archive, Settings(("l.a",))))
    assert "without the compiler's LTO plugin" in found[0].message
    assert fixes(found) == ["arfix index l.a"]
    assert run("index", "--check", "l.a").code == 1
    assert run("fix", "-y", "--no-verify", "l.a").code == 0
    assert run("index", "--check", "l.a").code == 0
    output_of(gcc, "-flto", "m.c", "l.a", "-o", "m")
