from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.audit.sysroots import CRYPTO, FFI, LIBC, POSIX, write
from tests.elf_builder import elf
from tests.run_arfix import Ran, arfix
from tests.tools import need


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, str]:
    return write(tmp_path, libcrypto=CRYPTO, libffi=FFI, libc=LIBC)


def fix(paths: dict[str, str], *words: str) -> Ran:
    return arfix("fix", paths["libcrypto"], paths["libffi"], "--provider", paths["libc"], "--no-verify", *words)


def test_shows_the_plan_with_reason_and_cost(paths: dict[str, str]) -> None:
    ran = fix(paths, "--plan-only")
    assert ran.code == 1
    assert ran.stdout == (
        "4 findings -> 3 edits in 2 archives; a check of the result is clean\n"
        "\n"
        f"{paths['libffi']}\n"
        "  drop  libposix.a  an archive of 1 member\n"
        "  drop  libc.a  an archive of 1 member\n"
        "    because nested-archive: 2 findings\n"
        "  rebuild the index  1 -> 1 entries\n"
        "\n"
        f"{paths['libcrypto']}\n"
        "  drop  libcrypto-lib-bss_log.o\n"
        "    because undefined-symbol: closelog, openlog\n"
        "    cost: the archive no longer defines BIO_s_log\n"
        "  rebuild the index  2 -> 1 entries\n"
    )


def test_yes_writes_and_then_check_is_clean(paths: dict[str, str]) -> None:
    assert fix(paths, "--yes", "-q").code == 0
    with open_archive(paths["libffi"]) as archive:
        assert [member.name for member in archive] == ["ffi.o"]
    assert arfix("check", paths["libcrypto"], paths["libffi"], "--provider", paths["libc"], "-q").code == 0
    again = fix(paths, "--yes")
    assert (again.code, again.stdout) == (0, "nothing to repair: a check of these archives is clean\n")


@pytest.mark.parametrize("words", [("--plan-only",), ()])
def test_writes_nothing_unasked(paths: dict[str, str], words: tuple[str, ...]) -> None:
    before = open(paths["libcrypto"], "rb").read()  # noqa: SIM115, PTH123 (one line, no leak that matters)
    assert fix(paths, *words).code == 1
    assert open(paths["libcrypto"], "rb").read() == before  # noqa: SIM115, PTH123


def test_an_answer_decides(paths: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        answer = "n\n"

        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return self.answer

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda *_: Terminal.answer.strip())
    assert fix(paths).code == 1
    with open_archive(paths["libffi"]) as archive:
        assert len(archive) == 3


def test_json_has_every_step(paths: dict[str, str]) -> None:
    ran = fix(paths, "--plan-only", "--json")
    assert ran.json["clean"] is True
    assert [(step["verb"], [edit["action"] for edit in step["edits"]]) for step in ran.json["steps"]] == [
        ("flatten", ["drop", "drop"]),
        ("strip", ["drop"]),
    ]
    assert [one["index_entries"] for one in ran.json["archives"]] == [
        {"before": 2, "after": 1},
        {"before": 1, "after": 1},
    ]


def test_the_recipe_says_the_same(paths: dict[str, str], tmp_path: Path) -> None:
    assert fix(paths, "--plan-only", "--write-recipe", str(tmp_path / "arfix.toml")).code == 1
    recipe = tomllib.loads((tmp_path / "arfix.toml").read_text())
    assert [(one["path"], one["step"]) for one in recipe["archive"]] == [
        ("libffi.a", [{"flatten": "drop", "reason": recipe["archive"][0]["step"][0]["reason"]}]),
        ("libcrypto.a", [{"strip": ["libcrypto-lib-bss_log.o"], "reason": "undefined-symbol: closelog, openlog"}]),
    ]


@pytest.mark.parametrize("planned_first", [False, True])
def test_apply_accepts_what_fix_has_repaired(paths: dict[str, str], tmp_path: Path, *, planned_first: bool) -> None:
    """The printed command works on repaired archives, and on those that are built again."""
    ran = fix(paths, "--plan-only" if planned_first else "--yes", "--write-recipe", str(tmp_path / "arfix.toml"))
    assert not planned_first or fix(paths, "--yes").code == 0
    repaired = Path(paths["libcrypto"]).read_bytes()
    lock = (tmp_path / "arfix.lock").read_bytes()
    command = shlex.split(ran.stderr.split("`")[1])[1:]
    assert command[:2] == ["apply", str(tmp_path / "arfix.toml")]
    applied = arfix(*command, "--frozen")
    said = f"nothing to do: 2 archives are as {tmp_path / 'arfix.toml'} specifies\n"
    assert (applied.code, applied.stderr, applied.stdout) == (0, "", said)
    Path(paths["libcrypto"]).write_bytes(CRYPTO)
    applied = arfix(*command, "--frozen")
    assert (applied.code, applied.stdout.splitlines()[-1]) == (0, "1 archive of 2 changed")
    assert Path(paths["libcrypto"]).read_bytes() == repaired
    assert (tmp_path / "arfix.lock").read_bytes() == lock


def test_the_recipe_decides_about_nested_archives_as_fix_did(tmp_path: Path) -> None:
    """`fix` looks in the library folders of the sysroot, and `flatten = "auto"` of a recipe in all of it."""
    for folder, name, data in (("lib", "libffi.a", FFI), ("lib", "libc.a", LIBC), ("build", "libposix.a", POSIX)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(data)
    library = tmp_path / "lib" / "libffi.a"
    words = ("--sysroot", tmp_path, "--no-verify", "--yes", "--write-recipe", tmp_path / "arfix.toml")
    ran = arfix("fix", library, *words)
    assert "warning" not in ran.stderr
    repaired = library.read_bytes()
    library.write_bytes(FFI)
    assert arfix("apply", tmp_path / "arfix.toml", "--sysroot", tmp_path).code == 0
    assert library.read_bytes() == repaired


@pytest.mark.oracle
def test_the_planned_archives_are_linked_before_anything_is_written(paths: dict[str, str]) -> None:
    need("ld")
    words = ("fix", paths["libcrypto"], paths["libffi"], "--provider", paths["libc"], "--plan-only")
    ran = arfix(*words)
    table = ran.stdout.partition("\nlinker ")[2].strip().splitlines()
    statuses = {row.split()[0]: row.split()[1] for row in table[1:]}
    assert statuses["ld"] == "0"
    linkers = arfix(*words, "--json").json["linkers"]
    assert {one["linker"] for one in linkers} == set(statuses)
    assert all(one["status"] == 0 for one in linkers)
    with open_archive(paths["libffi"]) as archive:
        assert len(archive) == 3


def test_providers_are_the_platform_where_nothing_else_is(tmp_path: Path) -> None:
    """The nested library that exists nowhere else comes first, so opening it must not open libc.a too."""
    mixed = ar(("libown.a", POSIX), ("libc.a", LIBC), ("ffi.o", elf("ffi_call", "?malloc")), index=(("ffi_call", 2),))
    paths = write(tmp_path, libffi=mixed, libc=LIBC)
    assert arfix("fix", paths["libffi"], "--provider", paths["libc"], "--yes", "--no-verify").code == 0
    with open_archive(paths["libffi"]) as archive:
        assert [member.name for member in archive] == ["open.o", "ffi.o"]


def test_the_platform_is_what_the_library_folders_hold(tmp_path: Path) -> None:
    """An archive elsewhere below the sysroot is nothing that a link takes; reading all of `/` takes minutes, too."""
    paths = write(
        tmp_path, libffi=ar(("libown.a", POSIX), ("ffi.o", elf("ffi_call", "?open")), index=(("ffi_call", 1),))
    )
    for folder, name, data in (("lib", "libc.a", LIBC), ("build", "libown.a", POSIX)):
        (tmp_path / "sysroot" / folder).mkdir(parents=True)
        (tmp_path / "sysroot" / folder / name).write_bytes(data)
    words = ("fix", paths["libffi"], "--sysroot", str(tmp_path / "sysroot"), "--plan-only", "--no-verify")
    assert "  add   open.o" in arfix(*words).stdout
    (tmp_path / "sysroot" / "build" / "libown.a").rename(tmp_path / "sysroot" / "lib" / "libown.a")
    assert "  add   open.o" not in arfix(*words).stdout


@pytest.mark.no_cover
@pytest.mark.oracle
def test_a_stub_is_made_for_the_c_library_of_this_machine(tmp_path: Path) -> None:
    need("gcc")
    source = tmp_path / "m.c"
    source.write_text("int missing(int);\nint f(int x) { return missing(x); }\n")
    subprocess.run(["gcc", "-c", "m.c"], check=True, cwd=tmp_path)
    library = tmp_path / "m.a"
    library.write_bytes(ar(("m.o", (tmp_path / "m.o").read_bytes()), index=(("f", 0),)))
    ran = arfix("fix", library, "--sysroot", "auto", "--unsafe", "--yes", "--no-verify")
    assert (ran.code, ran.stderr) == (0, "")
    with open_archive(library) as archive:
        assert dict(archive.index or ())["missing"] == 1


def test_warnings_that_are_left_are_not_called_clean(tmp_path: Path) -> None:
    """Gold and lld refuse bytes behind the last member; GNU ld does not, so it is no error."""
    library = tmp_path / "liba.a"
    library.write_bytes(ar(("a.o", elf("a")), index=(("a", 0),)) + b"tail")
    ran = arfix("fix", library, "--yes", "--no-verify")
    assert (ran.code, ran.stdout.splitlines()) == (
        0,
        [
            "nothing to repair: a check of these archives has no errors",
            "1 warning has a safe repair, which --fail-on warning includes",
        ],
    )
    ran = arfix("fix", library, "--yes", "--no-verify", "--fail-on", "warning")
    assert ran.code == 0
    assert not library.read_bytes().endswith(b"tail")
