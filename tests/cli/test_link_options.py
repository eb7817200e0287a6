"""`-- COMMAND` in place of archives: the line of a linker is read as the linker would read it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.foreign_objects import macho
from tests.run_arfix import arfix
from tests.tools import need, output_of


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let main.o need png, that need z, and the second member of libpng.a need nothing that is there."""
    monkeypatch.chdir(tmp_path)
    Path("main.o").write_bytes(elf("_start", "?png"))
    png = (("png.o", elf("png", "?z")), ("other.o", elf("other", "?absent")))
    Path("libpng.a").write_bytes(ar(*png, index=(("png", 0), ("other", 1))))
    Path("lib").mkdir()
    Path("lib/libz.a").write_bytes(ar(("z.o", elf("z")), index=(("z", 0),)))


def findings(*words: str) -> list[tuple[str, str | None, str | None]]:
    ran = arfix("--json", "check", "--", *words)
    return [(one["rule"], one["archive"], one["symbol"]) for one in ran.json["findings"]]


def test_a_link_that_works_is_clean() -> None:
    ran = arfix("check", "--", "ld", "-o", "app", "main.o", "libpng.a", "-Llib", "-lz")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith("1 object and 2 archives: clean\n")


def test_objects_are_counted_as_objects() -> None:
    Path("png.o").write_bytes(elf("png"))
    assert arfix("check", "--", "ld", "main.o", "png.o").stdout == "2 objects: clean\n"
    assert arfix("check", "--", "gcc", "-nostdlib", "png.c").stdout.startswith("1 source file: 1 could not be read")


def test_an_archive_that_comes_too_early_is_named_with_its_cure() -> None:
    ran = arfix("check", "--", "ld", "main.o", "-Llib", "-lz", "libpng.a")
    assert ran.code == 1
    assert "too early" in ran.stdout
    assert "behind libpng.a, or use --start-group" in ran.stdout


def test_a_group_makes_the_order_right() -> None:
    assert findings("ld", "main.o", "-Llib", "-(", "-lz", "libpng.a", "-)") == []


@pytest.mark.parametrize("linker", ["ld.lld", "mold"])
def test_the_rules_are_those_of_the_linker_of_the_command(linker: str) -> None:
    rules = {rule for rule, _, _ in findings(linker, "main.o", "-Llib", "-lz", "libpng.a")}
    assert "undefined-symbol" not in rules


def test_an_archive_that_is_taken_whole_needs_more() -> None:
    words = ["ld", "main.o", "--whole-archive", "libpng.a", "--no-whole-archive", "lib/libz.a"]
    assert findings(*words) == [("undefined-symbol", "libpng.a", "absent")]


def test_a_library_that_is_not_there_is_an_error() -> None:
    ran = arfix("check", "--", "ld", "main.o", "libpng.a", "-lnone")
    assert ran.code == 2
    assert "cannot find -lnone" in ran.stderr


def test_words_that_are_not_understood_are_named() -> None:
    ran = arfix("check", "--", "ld", "--frobnicate", "main.o", "libpng.a", "lib/libz.a")
    assert (ran.code, ran.stderr) == (0, "arfix: note: not understood, and passed over: --frobnicate\n")


def test_options_that_are_understood_and_not_followed_are_named() -> None:
    options = ["--gc-sections", "--wrap=malloc", "-T", "x.ld", "--version-script", "v.map"]
    ran = arfix("--json", "check", "--", "ld", *options, "main.o", "libpng.a", "lib/libz.a")
    assert ran.json["notes"] == ["understood, but not followed: -T x.ld --version-script=v.map"]


@pytest.mark.oracle
def test_a_shared_object_in_a_static_link_is_refused_as_by_linkers() -> None:
    output_of(need("ld.bfd", "ld"), "-shared", "-o", "libs.so", "lib/libz.a")
    words = [need("ld.bfd", "ld"), "-static", "-o", "app", "main.o", "libpng.a", "libs.so", "lib/libz.a"]
    ran = arfix("check", "--", *words)
    assert (ran.code, ran.stderr) == (2, "arfix: libs.so: a shared object in a static link (-static, -Bstatic)\n")
    assert arfix("check", "--", *words[:1], *words[2:]).code == 0


def test_a_shared_object_leaves_symbols_to_the_loader() -> None:
    ran = arfix("check", "--all", "--", "ld", "-shared", "main.o")
    assert ran.code == 0
    assert "nothing in the link defines it, and the command lets it stay undefined" in ran.stdout
    assert arfix("check", "--", "ld", "-shared", "-z", "defs", "main.o").code == 1


def test_the_members_of_a_link() -> None:
    ran = arfix("--json", "why", "--members", "--", "ld", "main.o", "libpng.a", "-Llib", "-lz")
    assert ran.code == 0
    assert ran.json["members"] == [
        {"archive": "libpng.a", "member": "png.o", "symbol": "png", "by": "main.o"},
        {"archive": "lib/libz.a", "member": "z.o", "symbol": "z", "by": "libpng.a(png.o)"},
    ]
    ran = arfix("why", "--members", "--", "ld", "main.o", "--whole-archive", "libpng.a", "lib/libz.a")
    assert ran.stdout == (
        "member             enters for       needed by\n"
        "libpng.a(png.o)    --whole-archive\n"
        "libpng.a(other.o)  --whole-archive\n"
        "libz.a(z.o)        --whole-archive\n"
        "3 members in the link\n"
    )


def test_why_a_symbol_is_in_the_link_of_a_command() -> None:
    ran = arfix("why", "z", "--", "ld", "main.o", "libpng.a", "-Llib", "-lz")
    assert ran.code == 0
    assert "libpng.a(png.o) needs z, which libz.a(z.o) defines" in ran.stdout


def test_a_file_behind_two_dashes_is_still_a_file() -> None:
    assert arfix("check", "--", "libpng.a").code == 0
    assert arfix("check", "libpng.a", "--", "ld", "main.o").code == 2


def test_a_source_file_on_the_line_leaves_no_clean_verdict(tmp_path: Path) -> None:
    driver = tmp_path / "gcc"
    driver.write_text(f"#!{sys.executable}\nimport sys\nprint(' ld libpng.a', file=sys.stderr)\n", "utf-8")
    driver.chmod(0o755)
    ran = arfix("check", "--", str(driver), "-o", "app", "main.c", "libpng.a")
    assert ran.code == 2
    assert "main.c: a source file" in ran.stderr


def test_nobody_offers_to_put_a_stub_into_an_object() -> None:
    ran = arfix("check", "--", "ld", "main.o", "lib/libz.a")
    assert ran.code == 1
    assert "arfix stub" not in ran.stdout
    assert "arfix strip" not in ran.stdout


def test_a_command_that_compiles_is_refused() -> None:
    ran = arfix("check", "--", "gcc", "-c", "main.c")
    assert ran.code == 2
    assert "this command does not link" in ran.stderr


def test_the_output_of_the_command_is_not_touched(tmp_path: Path) -> None:
    driver = tmp_path / "gcc"
    driver.write_text(
        f"#!{sys.executable}\nimport sys\nprint(' ld main.o -larfix-input-3', file=sys.stderr)\n", "utf-8"
    )
    driver.chmod(0o755)
    Path("app").write_bytes(b"mine")
    assert arfix("check", "--", str(driver), "-o", "app", "libpng.a", "-L", "lib").code == 1
    assert Path("app").read_bytes() == b"mine"


@pytest.mark.oracle
def test_verify_runs_the_command_itself_and_leaves_its_files_alone() -> None:
    linker = need("ld.bfd", "ld")
    Path("app").write_bytes(b"mine")
    words = ["-o", "app", "-Map=app.map", "main.o", "libpng.a", "-Llib", "-lz"]
    ran = arfix("verify", "--", linker, *words)
    assert (ran.code, "clean" in ran.stdout) == (0, True)
    ran = arfix("--json", "verify", "--", linker, "main.o", "-Llib", "-lz", "libpng.a")
    assert ran.code == 1
    assert [one["rule"] for one in ran.json["findings"]] == ["link-fails"]
    assert ran.json["linkers"][0]["undefined"] == ["z"]
    assert Path("app").read_bytes() == b"mine"
    assert not Path("app.map").exists()


def test_fix_repairs_what_the_link_takes_whole() -> None:
    words = ["ld", "main.o", "--whole-archive", "libpng.a", "--no-whole-archive", "lib/libz.a"]
    assert arfix("fix", "--yes", "--no-verify", "--", *words).code == 0
    assert findings(*words) == []
    assert arfix("why", "other.o", "--", *words).code == 1


@pytest.mark.parametrize(
    ("options", "may_help"), [((), False), (("-dead_strip",), True), (("-dylib", "-dead_strip"), False)]
)
def test_what_apple_s_linkers_strip_is_not_followed_and_said_so(options: tuple[str, ...], may_help: bool) -> None:  # noqa: FBT001
    Path("mac.o").write_bytes(macho("_main", "?_absent"))
    words = ("ld64.lld", "-arch", "x86_64", "-platform_version", "macos", "11", "11", "mac.o", "-o", "out", *options)
    ran = arfix("check", "--", *words)
    assert (ran.code, "_absent" in ran.stdout) == (1, True)
    assert ("-dead_strip removes the code" in ran.stdout) is may_help
