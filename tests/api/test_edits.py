"""What the functions do is tested with the planners; here, that they do what the command line does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix as run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INNER = ar(("deep.o", elf("deep")), index=(("deep", 0),))
LIBRARY = ar(("a.o", elf("a", "?b")), ("b.o", elf("b")), ("inner.a", INNER), index=(("a", 0), ("b", 1)))

#: A command line behind the archive -> the function that does the same.
SAME: dict[str, Callable[[arfix.Archive], arfix.Plan]] = {
    "strip a.o": lambda archive: arfix.strip(archive, ["a.o"]),
    "strip b.o --force": lambda archive: arfix.strip(archive, archive["b.o"], force=True),
    "strip b.o --cascade": lambda archive: arfix.strip(archive, "b.o", cascade=True),
    "strip a.o c.o --if-present": lambda archive: arfix.strip(archive, ("a.o", "c.o"), if_present=True),
    "flatten": arfix.flatten,
    "flatten --drop": lambda archive: arfix.flatten(archive, arfix.FlattenChoice.DROP),
    "symbols b --weaken": lambda archive: arfix.symbols(archive, arfix.SymbolEdit.WEAKEN, "b"),
    "symbols --prefix p_": lambda archive: arfix.symbols(archive, arfix.SymbolEdit.PREFIX, prefix="p_"),
    "symbols --rename a=z": lambda archive: arfix.symbols(archive, arfix.SymbolEdit.RENAME, renames={"a": "z"}),
    "symbols a --hide --member a.o": lambda archive: arfix.symbols(
        archive, arfix.SymbolEdit.HIDE, ["a"], members=[archive["a.o"]]
    ),
    "index": arfix.index,
    "normalize": arfix.normalize,
    "convert --kind darwin": lambda archive: arfix.convert(archive, arfix.Kind.DARWIN),
}


@pytest.mark.parametrize("line", SAME)
def test_a_function_does_what_its_verb_does(line: str, tmp_path: Path) -> None:
    (tmp_path / "lib.a").write_bytes(LIBRARY)
    verb, *options = line.split()
    assert run(verb, tmp_path / "lib.a", *options, "-o", tmp_path / "out.a").code == 0
    with arfix.open(tmp_path / "lib.a") as archive:
        assert arfix.write(SAME[line](archive).apply(archive)) == (tmp_path / "out.a").read_bytes()


def test_merge(tmp_path: Path) -> None:
    (tmp_path / "one.a").write_bytes(LIBRARY)
    (tmp_path / "two.a").write_bytes(ar(("c.o", elf("c")), index=(("c", 0),)))
    assert run("merge", tmp_path / "one.a", tmp_path / "two.a", "-o", tmp_path / "out.a").code == 0
    with arfix.open(tmp_path / "one.a") as one, arfix.open(tmp_path / "two.a") as two:
        assert arfix.write(arfix.merge([one, two]).apply()) == (tmp_path / "out.a").read_bytes()


def test_stubs(tmp_path: Path) -> None:
    triple = "x86_64-linux-gnu"
    assert run("stub", "openlog", "f=0", "--target", triple, "-o", tmp_path / "out.a").code == 0
    made = arfix.stub_archive(["openlog", "f=0"], target=triple)
    assert arfix.write(made) == (tmp_path / "out.a").read_bytes()
    assert run("stub", "openlog", "--target", triple, "-o", tmp_path / "out.o").code == 0
    assert arfix.stub_object("openlog", target=triple) == (tmp_path / "out.o").read_bytes()
    (tmp_path / "lib.a").write_bytes(LIBRARY)
    archive = arfix.read(LIBRARY)
    assert run("stub", "openlog", "--into", tmp_path / "lib.a").code == 0
    assert arfix.write(arfix.stub(archive, "openlog").apply(archive)) == (tmp_path / "lib.a").read_bytes()


def test_what_cannot_be_edited_is_refused() -> None:
    archive = arfix.read(LIBRARY)
    with pytest.raises(arfix.EditError, match="needs symbols"):
        arfix.strip(archive, "b.o")
    plan = arfix.strip(archive, "b.o", force=True)
    assert [(one.member, one.symbol) for one in plan.dangling] == [("a.o", "b")]
    with pytest.raises(arfix.EditError, match="not for this archive"):
        plan.apply(archive.without("a.o"))
    with pytest.raises(arfix.UsageError):
        arfix.symbols(archive, arfix.SymbolEdit.LOCALIZE)
    with pytest.raises(arfix.UsageError):
        arfix.stub_archive("f")
    with pytest.raises(arfix.UsageError):
        arfix.merge([])


def test_salvage(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.a"
    damaged.write_bytes(LIBRARY[:-200])
    salvaged = arfix.salvage(damaged)
    with salvaged.archive as archive:
        assert [member.name for member in archive] == ["a.o", "b.o"]
        assert salvaged.lost


def test_inspect() -> None:
    inspection = arfix.inspect(arfix.read(LIBRARY))
    assert [member.label for member in inspection.members] == ["a.o", "b.o", "inner.a"]
    nested = inspection.members[2].nested
    assert nested is not None
    assert nested.members[0].label == "deep.o"


def test_verbs_that_have_the_name_of_a_package(tmp_path: Path) -> None:
    one, two = arfix.read(LIBRARY), arfix.read(LIBRARY).without("b.o")
    import_module("arfix.diff.text")  # whatever was imported before
    assert not arfix.diff(one, one)
    assert arfix.diff(one, two)
    log = tmp_path / "log"
    log.write_text("/usr/bin/ld: a.o: in function `f':\na.c:(.text+0x5): undefined reference to `nothing'\n")
    diagnosis = arfix.diagnose(log)
    assert diagnosis.is_failure
    assert diagnosis.causes[0].symbols == ("nothing",)
    with pytest.raises(arfix.AccessError):
        arfix.diagnose(tmp_path / "no.log")
    with pytest.raises(arfix.ArfixError), arfix.image([log]):
        pass
