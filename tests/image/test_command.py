from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from arfix.extras import install_command
from tests.audit.programs import link, link_program, make_program
from tests.elf_builder import UNDEF, WEAK, Rel, Sec, Sym, elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a program and its module, and the current one."""
    monkeypatch.chdir(tmp_path)
    return make_program(tmp_path)


def lines(text: str) -> list[str]:
    """Return lines with runs of blanks made one, sizes of whole files left out: they are the linker's."""
    return [" ".join(word for word in line.split() if word != "kB") for line in text.splitlines()]


def test_all_is_well(folder: Path) -> None:
    ran = arfix("image", "prog", "mod.so", "--archive", "lib.a", "--sysroot", folder)
    assert (ran.code, ran.stderr) == (0, "")
    assert lines(ran.stdout)[:1] == ["Sizes"]
    assert "lib.a 198 B 2 of 2 64 B" in lines(ran.stdout)
    assert "mod.so 1 1 1 1 lib.a 0 0" in lines(ran.stdout)
    assert ran.stdout.endswith("\n\n2 images: every symbol is found\n")


def test_what_is_doubled_and_what_is_gone(folder: Path) -> None:
    (folder / "old").mkdir()
    link(folder / "old" / "mod.so", "-shared", "mod.o", "lib.a")
    ran = arfix("image", "prog", "mod.so", "--archive", "lib.a", "--sysroot", folder, "--before", "old")
    assert ran.code == 0
    assert "lib.a 0 B 99 B -99 B" in lines(ran.stdout)
    ran = arfix("image", "prog", "old", "--archive", "lib.a", "--sysroot", folder)
    assert "lib.a prog, mod.so 1 99 B 32 B: one_count" in lines(ran.stdout)


def test_a_hidden_symbol_is_told_and_fails(folder: Path) -> None:
    link_program(folder, "--export-dynamic", "--exclude-libs=ALL")
    ran = arfix("image", "prog", "mod.so", "--archive", "lib.a", "--sysroot", folder)
    assert ran.code == 1
    assert "mod.so one hidden prog has it and does not export it: hidden, localized or --exclude-libs" in lines(
        ran.stdout
    )
    assert ran.stdout.endswith("2 images: 1 symbol not found\n")


@pytest.mark.parametrize(
    ("options", "archives", "why"),
    [
        (("-s", "--exclude-libs=ALL"), ("lib.a",), "lib.a(one.o) is in prog, which does not export it: hidden, or"),
        (("-s", "--exclude-libs=ALL"), (), "nothing has it"),
    ],
)
def test_a_stripped_program_tells_less(
    folder: Path, options: tuple[str, ...], archives: tuple[str, ...], why: str
) -> None:
    link_program(folder, "--export-dynamic", *options)
    ran = arfix("image", "prog", "mod.so", *(f"--archive={name}" for name in archives), "--sysroot", folder)
    assert ran.code == 1
    assert any(line.startswith(f"mod.so one missing {why}") for line in lines(ran.stdout))


def test_a_library_that_is_not_in_the_program_is_named(folder: Path) -> None:
    link(folder / "bare", "-pie", "-dynamic-linker", "/lib/ld.so", "-e", "main", "--export-dynamic", "main.o")
    ran = arfix("image", "bare", "mod.so", "--archive", "lib.a", "--sysroot", folder)
    assert ran.code == 1
    assert "lib.a(one.o) defines it; link that whole into bare" in ran.stdout


def test_forbidden_exports_fail_and_can_be_allowed(folder: Path) -> None:
    (folder / "init.o").write_bytes(elf("PyInit_mod", "_Unwind_Resume"))
    link(folder / "mod.so", "-shared", "init.o", "mod.o")
    link(folder / "prog", "-pie", "-dynamic-linker", "/lib/ld.so", "-e", "main", "--export-dynamic", "main.o", "init.o",
         "--whole-archive", "lib.a")  # fmt: skip
    (folder / "deny").write_text("tw*  # of the library\n")
    ran = arfix("image", "prog", "mod.so", "--sysroot", folder, "--deny", "deny")
    assert ran.code == 1
    said = lines(ran.stdout)
    assert "prog PyInit_mod mod.so is a file of its own and brings it; the program should not have it any more" in said
    assert "prog two the deny list has tw*" in said
    assert sum("the compiler's runtime (unwinder)" in line for line in said) == 2
    assert said[-1] == "2 images: 5 exports that should not be"
    patterns = ("PyInit_*", "_Unwind_*", "tw*")
    allowed = [word for pattern in patterns for word in ("--allow", pattern)]
    assert arfix("image", "prog", "mod.so", "--sysroot", folder, "--deny", "deny", *allowed).code == 0


def test_weak_symbols_are_shown_when_asked_for(folder: Path) -> None:
    code = Sec(".text", bytes(16), flags=6, relocations=(Rel(4, 4, "maybe", -4),))
    (folder / "mod.o").write_bytes(elf(Sym("maybe", UNDEF, binding=WEAK), sections=(code,)))
    link(folder / "mod.so", "-shared", "mod.o")
    assert "maybe" not in arfix("image", "prog", "mod.so", "--sysroot", folder).stdout
    ran = arfix("image", "prog", "mod.so", "--sysroot", folder, "--all")
    assert "mod.so maybe weak nothing has it; the module can do without" in lines(ran.stdout)


def test_a_library_that_is_not_there_makes_it_unknown(folder: Path) -> None:
    (folder / "gone.o").write_bytes(elf("elsewhere"))
    gone = link(folder / "libgone.so", "-shared", "-soname", "libgone.so", "gone.o")
    (folder / "mod.o").write_bytes(elf("mod", "?elsewhere"))
    link(folder / "mod.so", "-shared", "mod.o", gone)
    gone.unlink()
    ran = arfix("image", "prog", "mod.so", "--sysroot", folder)
    assert ran.code == 0
    said = lines(ran.stdout)
    assert "mod.so elsewhere unknown perhaps libgone.so has it, which was not found" in said
    assert "libgone.so was not found; what it has is not known" in said


def test_a_plan(folder: Path) -> None:
    (folder / "names").write_text("printf\n")
    line = ["image", "--plan", "exe=main.o,lib.a", "so=mod.o", "so=other.o", "--provider", "names"]
    ran = arfix(*line)
    assert ran.code == 1
    said = lines(ran.stdout)
    assert "Sizes" not in said
    assert "so=mod.o 1 1 1 0 0" in said
    assert "so=other.o absent missing nothing has it" in said


def test_markdown(folder: Path) -> None:
    ran = arfix("image", "prog", "mod.so", "--archive", "lib.a", "--sysroot", folder, "--format", "markdown")
    assert "### Symbols\n\n| module | exports |" in ran.stdout
    assert "| `mod.so` | 1 | 1 | 1 | 1 lib.a | 0 | 0 |\n" in ran.stdout


def test_json(folder: Path) -> None:
    found = arfix("image", "prog", "mod.so", "--archive", "lib.a", "--sysroot", folder, "--json").json
    assert found["sound"] is True
    program, module = found["images"]
    assert [one["members"] for one in program["libraries"]] == [["one.o", "two.o"]]
    assert module["libraries"] == []
    assert program["size"] == (folder / "prog").stat().st_size
    assert found["modules"][1]["given"] == [{"path": "prog", "symbols": ["one"]}]


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_chart_is_the_same_each_time(folder: Path, suffix: str) -> None:
    drawn = []
    for name in ("one", "two"):
        path = folder / f"{name}.{suffix}"
        ran = arfix("image", "prog", "mod.so", "--archive", "lib.a", "--sysroot", folder, "--chart", path)
        assert (ran.code, ran.stderr) == (0, "")
        drawn.append(path.read_bytes())
    assert drawn[0] == drawn[1]
    if suffix == "svg":
        texts = {element.text for element in ET.fromstring(drawn[0]).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314
        assert {"prog", "mod.so", "lib.a", "the rest", "MB in the file"} <= texts
    else:
        assert drawn[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_names_are_drawn_as_they_are(folder: Path, suffix: str) -> None:
    names = ["$\\bad{$", "$x^2$", "_hidden.so", "a\nb", "a\x1b[2J"]
    for name in names:
        shutil.copy("prog", name)
    shutil.copy("lib.a", "_$\\lib.a")
    ran = arfix("image", *names, "--archive", "_$\\lib.a", "--sysroot", folder, "--chart", f"c.{suffix}")
    assert (ran.code, ran.stderr) == (0, "")
    if suffix == "svg":
        texts = {element.text for element in ET.parse("c.svg").iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314
        assert {"$\\bad{$", "$x^2$", "_hidden.so", "a\\x0ab", "a\\x1b[2J", "_$\\lib.a"} <= texts


def test_a_chart_of_another_format_is_refused_before_work(folder: Path) -> None:
    ran = arfix("image", "prog", "--chart", "chart.jpg")
    assert (ran.code, ran.stdout) == (2, "")
    assert "chart.jpg: a chart's name ends in .svg or .png" in ran.stderr
    assert folder.is_dir()


def test_a_chart_needs_matplotlib(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = arfix("image", "prog", "--sysroot", folder, "--chart", "chart.svg", "-q")
    assert ran.code == 2
    assert "drawing a chart needs the Python package matplotlib" in ran.stderr
    assert install_command("chart") in ran.stderr


def test_what_cannot_be_read_is_an_error(folder: Path) -> None:
    ran = arfix("image", "lib.a")
    assert (ran.code, ran.stdout) == (2, "")
    assert "lib.a: archive: no executable and no shared object" in ran.stderr.replace("+0x0", "")
    assert folder.is_dir()


def test_a_planned_image_without_plan_is_told(folder: Path) -> None:
    ran = arfix("image", "exe=main.o")
    assert (ran.code, ran.stdout) == (2, "")
    assert "exe=main.o: an image that is not linked yet needs --plan" in ran.stderr
    assert folder.is_dir()


def test_the_plan_of_a_link_command(folder: Path) -> None:
    (folder / "prog").unlink()
    command = ["ld", "-o", "prog", "--export-dynamic", "main.o", "--whole-archive", "lib.a"]
    ran = arfix("image", "--plan", "mod.so", "--sysroot", folder, "--", *command)
    assert ran.code == 0, ran.stderr
    assert "mod.so 1 1 1 0 0" in lines(ran.stdout)
    ran = arfix("image", "--plan", "mod.so", "--sysroot", folder, "--", *command, "--exclude-libs=lib.a")
    assert ran.code == 1
    assert not (folder / "prog").exists()
    assert "give --plan" in arfix("image", "mod.so", "--", *command).stderr
