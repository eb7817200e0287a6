from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError
from arfix.linkage.model import Linker, Target
from arfix.linkline.driver import complete
from arfix.linkline.read import read_command
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

#: A driver that prints what GCC would, with one crt file and one library of its own.
_DRIVER = """#!{python}
import sys
words = sys.argv[1:]
if "-###" not in words:
    open("ran", "w").close()
if "--refused" in words:
    sys.exit(print("gcc: error: unrecognized command-line option", file=sys.stderr))
kept = [word.removeprefix("-Wl,") for word in words[words.index("-o") + 2 :] if word != "--odd"]
print(' "/usr/bin/ld.lld" -pie -L/own -o out crt1.o', *(f'"{{word}}"' for word in kept), "-lc", file=sys.stderr)
"""


@pytest.fixture
def driver(tmp_path: Path) -> str:
    path = tmp_path / "gcc"
    path.write_text(_DRIVER.format(python=sys.executable), "utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_driver_is_asked_and_does_not_link(driver: str, tmp_path: Path) -> None:
    words = [driver, "-o", "app", "not there.o", "-lz", "-Wl,--whole-archive", "x.a", "main.c"]
    command = complete(read_command(words, str(tmp_path)))
    assert [(one.word, one.added, one.position) for one in command.inputs] == [
        ("crt1.o", True, None),
        ("not there.o", False, 3),
        ("-lz", False, 4),
        ("x.a", False, 6),
        ("-lc", True, None),
    ]
    assert [one.state.whole for one in command.inputs] == [False, False, False, True, True]
    assert (command.target, command.tool.linker, command.folders) == (Target.PIE, Linker.LLD, ("/own",))
    assert command.output == "app"
    assert command.sources == ("main.c",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gcc"]


def test_an_option_that_the_driver_refuses_is_left_out_and_named(driver: str, tmp_path: Path) -> None:
    command = complete(read_command([driver, "a.o", "--refused"], str(tmp_path)))
    assert command.not_understood == ("--refused",)
    assert [one.word for one in command.inputs] == ["crt1.o", "a.o", "-lc"]


def test_a_driver_that_says_nothing_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cc"
    path.write_text(f"#!{sys.executable}\n", "utf-8")
    path.chmod(0o755)
    with pytest.raises(AccessError, match="does not say how it links"):
        complete(read_command([str(path), "a.o"], str(tmp_path)))


def test_a_driver_that_is_not_installed_is_replaced_by_a_sysroot(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib"
    folder.mkdir(parents=True)
    for name in ("crt1.o", "Scrt1.o", "crti.o", "crtn.o", "crtbegin.o", "crtend.o", "libc.a"):
        (folder / name).touch()
    command = complete(read_command(["none-linux-gnu-g++", "a.o", "-lz"]), str(tmp_path))
    added = [one.word.rpartition("/")[2] for one in command.inputs]
    assert added == [
        *("crt1.o", "crti.o", "crtbegin.o", "a.o", "-lz", "-lstdc++", "-lm"),
        *("-lgcc", "-lgcc_s", "-lc", "-lgcc", "-lgcc_s", "crtend.o", "crtn.o"),
    ]
    assert any("is not installed" in note for note in command.notes)


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["gcc", "g++", "clang-19", "clang++-19"])
@pytest.mark.parametrize("options", [(), ("-static",), ("-shared",), ("-static-pie",), ("-nostdlib",)])
def test_real_drivers(name: str, options: tuple[str, ...]) -> None:
    words = [need(name), *options, "a.o", "-Wl,--whole-archive", "libb.a", "-Wl,--no-whole-archive", "-lz"]
    command = complete(read_command(words))
    own = [(one.word, one.state.whole) for one in command.inputs if not one.added]
    assert own == [("a.o", False), ("libb.a", True), ("-lz", False)]
    added = {one.word.rpartition("/")[2] for one in command.inputs if one.added}
    assert ("-lc" in added) is ("-nostdlib" not in options)
    assert ("-lstdc++" in added) is (name.partition("-")[0].endswith("++") and "-nostdlib" not in options)
    assert command.not_understood == ()


@pytest.mark.parametrize(
    ("target", "printed", "expected"),
    [
        (
            "x86_64-apple-macos11",
            "-dynamic -arch x86_64 -platform_version macos 11 11 WORDS -lSystem",
            "a.o -lz -lSystem",
        ),
        ("x86_64-pc-windows-msvc", "-out:x -defaultlib:libcmt WORDS -nologo", "libcmt a.o z.lib"),
    ],
)
def test_drivers_for_other_systems_are_asked_too(target: str, printed: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "clang"
    before, _, after = printed.partition("WORDS")
    mark, z = ("-larfix-input-3", "-lz") if "apple" in target else ("arfix-input-3.lib", "z.lib")
    line = f' "/usr/bin/ld" {before} {mark} {z} {after}'
    path.write_text(f"#!{sys.executable}\nimport sys\nprint({line!r}, file=sys.stderr)\n", "utf-8")
    path.chmod(0o755)
    command = complete(read_command([str(path), "-target", target, "a.o", "-lz"], str(tmp_path)))
    assert " ".join(one.name if one.is_default else one.word for one in command.inputs) == expected
    assert [one.added for one in command.inputs if one.word in {"a.o", "-lz", "z.lib"}] == [False, False]
    assert command.tool.linker is Linker.LLD


def test_a_driver_with_options_of_cl_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "clang-cl").write_text(_DRIVER.format(python=sys.executable), "utf-8")
    (tmp_path / "clang-cl").chmod(0o755)
    command = complete(read_command([str(tmp_path / "clang-cl"), "a.obj"], str(tmp_path)))
    assert [one.word for one in command.inputs] == ["a.obj"]
    assert "was not asked" in command.notes[0]
    assert not (tmp_path / "ran").exists()
