"""Without LIEF, everything works but what LIEF reads; that says what is missing and how to install it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from arfix.extras import install_command
from arfix.formats import demangled
from arfix.symbols.demangled import demangle
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.foreign_objects import coff, macho
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: An object whose symbol table has `one`, four bytes of data. Source: WebAssembly's tool conventions, "Linking".
WASM = b"\0asm\x01\0\0\0" + b"\0\x15\x07linking\x02" + b"\x08\x0a\x01\x01\0\x03one\0\0\x04"

VERBS = (
    ("inspect", "{}"),
    ("check", "{}"),
    ("why", "{}", "one"),
    ("strip", "{}", "a.o", "-o", "{}.new"),
    ("index", "{}", "--check"),
    ("diff", "{}", "{}"),
    ("merge", "{}", "-o", "{}.new"),
    ("convert", "{}", "--kind", "gnu64", "-o", "{}.new"),
    ("salvage", "{}", "-o", "{}.new"),
    ("fix", "{}", "--plan-only", "--no-verify"),
    ("extract", "{}", "-C", "{}.folder"),
    ("normalize", "{}", "-o", "{}.new"),
    ("flatten", "{}", "-o", "{}.new"),
)


def _forget() -> None:
    demangled._cxx_demangler.cache_clear()
    demangled.demangle_base.cache_clear()


@pytest.fixture
def _without_lief(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make `import lief` fail, as it does where it is not installed."""
    monkeypatch.setitem(sys.modules, "lief", None)
    _forget()
    yield
    _forget()


def _lines(path: Path) -> list[list[str]]:
    return [[word.format(path) for word in verb] for verb in VERBS]


@pytest.mark.parametrize("make", [lambda: elf("one"), lambda: coff("one"), lambda: WASM], ids=["elf", "coff", "wasm"])
def test_verbs_print_the_same_as_with_lief(make: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(make)
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", make()), ("b.o", make()[:]), index=(("one", 0), ("one", 1))))
    outcomes = []
    for missing in (False, True):
        if missing:
            monkeypatch.setitem(sys.modules, "lief", None)
        assert arfix("inspect", path, "--json").json["archives"][0]["members"][0]["defined"] == 1
        outcomes.append([arfix(*line) for line in _lines(path)])
        for made in (tmp_path / "lib.a.folder").glob("*"):
            made.unlink()
    assert outcomes[0] == outcomes[1]
    assert not [ran for ran in outcomes[1] if ran.code > 1 or "needs lief" in ran.stdout + ran.stderr]


@pytest.mark.usefixtures("_without_lief")
def test_verbs_that_read_symbols_of_mach_o_say_what_they_need(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", macho("one")), ("b.o", macho("two"))))
    before = path.read_bytes()
    needing = {"inspect", "check", "why", "strip", "index", "diff", "merge", "convert", "salvage", "fix"}
    for line in _lines(path):
        ran = arfix(*line)
        if line[0] in needing:
            assert (ran.code, ran.stdout) == (2, ""), line
            assert ran.stderr.count("needs lief") == 1
            assert ran.stderr.endswith(f"hint: {install_command('lief')}\n")
        else:
            assert ran.code == 0, (line, ran)
    assert path.read_bytes() == before
    assert "needs lief" in arfix("check", path, "--json").json["errors"][0]["message"]


@pytest.mark.usefixtures("_without_lief")
def test_a_linked_image_needs_lief(tmp_path: Path) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(elf("one", type=3))
    ran = arfix("image", path)
    assert (ran.code, "reading a linked image needs lief" in ran.stderr) == (2, True)


@pytest.mark.usefixtures("_without_lief")
def test_names_are_demangled_by_the_runtime_of_c_plus_plus(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("_ZN2ns1fEi", "_ZNSt6vectorIiSaIiEE9push_backERKi", "_ZTVN10__cxxabiv117__class_type_infoE", "_Zwrong")
    found = [demangle(name) for name in names]
    monkeypatch.undo()
    _forget()
    assert found == [demangle(name) for name in names]
    assert found[0] == "ns::f(int)"


@pytest.mark.usefixtures("_without_lief")
def test_without_any_runtime_names_stay_as_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demangled, "_RUNTIMES", ("libnothing.so.1",))
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("a.o", elf("_ZN2ns1fEi")), ("b.o", elf("?_ZN2ns1fEi"))))
    ran = arfix("why", path, "_ZN2ns1fEi")
    assert (ran.code, "_ZN2ns1fEi" in ran.stdout, "ns::" in ran.stdout) == (0, True, False)
    ran = arfix("why", path, "ns::f(int)")
    assert (ran.code, "needs lief" in ran.stderr) == (2, True)
