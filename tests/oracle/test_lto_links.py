"""Members of bytecode alone: the prediction links what gcc, clang and lld link, and no other."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.inputs import archive_input, object_input
from arfix.linkage.linkers import identify_linker
from arfix.linkage.model import InputMode, Link, Linker, RejectionReason
from arfix.linkage.resolve import resolve
from tests.run_arfix import arfix
from tests.tools import find, give_up, need, not_here, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

SOURCES = {
    "main": "int f(void); int main(void) { return f(); }",
    "f": "int inner(void); extern int count; int f(void) { return inner() - count; }",
    "inner": (
        "int count; int deep(void), gone(void); int inner(void) { return deep(); } int unused(void) { return gone(); }"
    ),
    "deep": "__attribute__((weak)) int deep(void) { return 0; }",
}


class Way(NamedTuple):
    """How a link is made: the words of the driver, the linker whose rules hold, and whether it passes a plugin."""

    driver: str
    linker: Linker
    plugins: bool = True


WAYS = {
    "gcc": (
        Way("gcc -fuse-ld=bfd", Linker.LD),
        Way("gcc -fuse-ld=gold", Linker.GOLD),
        Way("gcc -fuse-ld=mold", Linker.MOLD),
        Way("gcc -fuse-ld=lld", Linker.LLD),
        Way("clang -fuse-ld=bfd", Linker.LD, plugins=False),
    ),
    "clang": (
        Way("clang -flto -fuse-ld=bfd", Linker.LD),
        Way("clang -flto -fuse-ld=mold", Linker.MOLD),
        Way("clang -fuse-ld=lld", Linker.LLD),
        Way("clang -fuse-ld=bfd", Linker.LD, plugins=False),
    ),
}
CASES = [pytest.param(compiler, way, id=f"{compiler}-{way.driver}") for compiler in WAYS for way in WAYS[compiler]]


def clang() -> str:
    return need("clang", "clang-19", "clang-16", "clang-14")


@pytest.mark.parametrize("calls_gone", [False, True])
@pytest.mark.parametrize("use", [InputMode.WHOLE, InputMode.ON_DEMAND])
@pytest.mark.parametrize(("compiler", "way"), CASES)
def test_a_link_is_predicted(compiler: str, way: Way, use: InputMode, calls_gone: bool, tmp_path: Path) -> None:  # noqa: FBT001
    for name, text in SOURCES.items():
        source = tmp_path / f"{name}.c"
        source.write_text(text if calls_gone else text.replace("gone()", "1"), encoding="utf-8")
        slim = name in {"inner", "deep"}
        words = [need("gcc")] if compiler == "gcc" or not slim else [clang()]
        output_of(*words, *(["-flto"] if slim else []), "-w", "-fPIE", "-c", "-o", source.with_suffix(".o"), source)
    library = tmp_path / "libx.a"
    # llvm-ar indexes what clang made, and GNU ar with GCC's plugin what GCC made.
    ar = need("gcc-ar") if compiler == "gcc" else need("llvm-ar-19", "llvm-ar")
    output_of(ar, "rcs", library, *(tmp_path / f"{name}.o" for name in ("f", "inner", "deep")))
    main = (tmp_path / "main.o").read_bytes()
    with ExitStack() as stack:
        inputs = (
            object_input(Where("main.o"), lambda: memoryview(main)),
            archive_input(stack.enter_context(open_archive(library)), Where(str(library)), use),
        )
        result = resolve(Link(inputs, roots=("main",)), way.linker, plugins=way.plugins)
    refused = [one for one in result.rejected if one.reason is not RejectionReason.WRONG_MACHINE]
    if compiler == "clang" and way.plugins and calls_gone:  # LLVM drops what nothing calls, and with it the reference
        assert set(result.errors) == {"gone"}
        return
    assert (not result.errors and not refused and not result.clashes) == _linked(way, use, tmp_path), (
        result.errors,
        result.rejected,
    )


def _linked(way: Way, use: InputMode, folder: Path) -> bool:
    """Return whether the link is made."""
    driver, *options = way.driver.split()
    wanted = {Linker.LD: "ld.bfd", Linker.GOLD: "ld.gold", Linker.MOLD: "mold", Linker.LLD: "ld.lld"}[way.linker]
    tools = folder / "tools"
    tools.mkdir()
    linker = need("ld.lld-19", wanted) if way.linker is Linker.LLD else need(wanted)
    (tools / f"ld.{wanted.removeprefix('ld.')}").symlink_to(linker)
    archive = ["-Wl,--whole-archive", "libx.a", "-Wl,--no-whole-archive"] if use is InputMode.WHOLE else ["libx.a"]
    program = clang() if driver == "clang" else need(driver)
    command = [program, "-B", str(tools), *options, "main.o", *archive, "-o", "program"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if "error loading plugin" in ran.stderr or "cannot open shared object" in ran.stderr:
        give_up("LLVM's linker plugin is not installed")
    return ran.returncode == 0


def test_an_old_lld_does_not_read_later_bitcode(tmp_path: Path) -> None:
    old = find("ld.lld-14")
    new = find("clang-19")
    if new is None:
        give_up("not installed: clang-19")
    if old is None:
        not_here("ld.lld-14")
    source = tmp_path / "x.c"
    source.write_text("int x(void) { return 1; }", encoding="utf-8")
    output_of(new, "-flto", "-c", "-o", tmp_path / "x.o", source)
    ran = subprocess.run([old, "-r", "-o", tmp_path / "y.o", tmp_path / "x.o"], capture_output=True, check=False)
    assert ran.returncode
    data = (tmp_path / "x.o").read_bytes()
    link = Link((object_input(Where("x.o"), lambda: memoryview(data)),))
    assert resolve(link, Linker.LLD, identify_linker(old).release).rejected
    assert not resolve(link, Linker.LLD, (19, 1)).rejected


@pytest.mark.parametrize("linker", ["ld", "gold", "ld.lld-14|ld.lld-19", "ld.lld-19|ld.lld", "mold"])
def test_a_linker_alone_pulls_no_bytecode_in(linker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the plugin: mold refuses any such member of an archive, and lld sees the mark of slim objects alone."""
    monkeypatch.chdir(tmp_path)
    word = next((one for one in linker.split("|") if find("ld.bfd" if one == "ld" else one, f"ld.{one}")), None)
    if word is None:
        give_up(f"{linker} is not here")
    for name, flags in (("main", ()), ("f", ("-flto",)), ("inner", ("-flto",))):
        (tmp_path / f"{name}.c").write_text(SOURCES[name], encoding="utf-8")
        output_of(need("gcc"), *flags, "-c", f"{name}.c", cwd=tmp_path)
    output_of(need("gcc-ar"), "rcs", "libf.a", "f.o", "inner.o", cwd=tmp_path)
    output_of(need("ar"), "rcs", "libmain.a", "main.o", cwd=tmp_path)
    ran = arfix("verify", "--on-demand", "-u", "main", "libmain.a", "libf.a", "--linker", word, "--json")
    assert [one for one in ran.json["findings"] if one["rule"] == "prediction-differs"] == [], ran.stdout
