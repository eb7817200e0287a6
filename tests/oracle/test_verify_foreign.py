"""`verify` with the linkers of other formats than ELF, whose messages it compares with the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

TARGETS = {
    "wasm32-wasi": ("wasm-ld", "wasm-ld-19", "wasm-ld-14"),
    "x86_64-w64-mingw32": ("lld-link", "lld-link-19", "lld-link-14"),
    "x86_64-apple-macosx11.0": ("ld64.lld", "ld64.lld-19", "ld64.lld-14"),
    "arm64-apple-ios14": ("ld64.lld", "ld64.lld-19", "ld64.lld-14"),
}


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    need(*TARGETS[request.param])
    return str(request.param)


def build(folder: Path, target: str, **sources: str) -> None:
    """Make `NAME.a` of one object for each source."""
    compiler, archiver = need("clang-19", "clang-14", "clang"), need("llvm-ar-19", "llvm-ar-14", "llvm-ar")
    for name, source in sources.items():
        (folder / f"{name}.c").write_text(source, "utf-8")
        output_of(compiler, f"--target={target}", "-O1", "-c", f"{name}.c", cwd=folder)
        output_of(archiver, "rcs", f"{name}.a", f"{name}.o", cwd=folder)


def test_a_link_that_works_is_clean(target: str, tmp_path: Path) -> None:
    build(tmp_path, target, a="int g(void); int f(void) { return g(); }", b="int g(void) { return 1; }")
    ran = arfix("verify", "a.a", "b.a", "--json")
    assert [one["status"] for one in ran.json["linkers"]] == [0] * len(ran.json["linkers"])
    assert ran.json["linkers"]
    assert (ran.code, ran.json["findings"]) == (0, [])


def test_what_they_refuse_is_what_check_predicts(target: str, tmp_path: Path) -> None:
    build(tmp_path, target, a="int g(void); int f(void) { return g(); }", b="int f(void) { return 1; }")
    ran = arfix("verify", "a.a", "b.a", "--json")
    assert ran.code == 1
    assert {one["rule"] for one in ran.json["findings"]} == {"link-fails"}
    assert all(one["duplicate"] in (["f"], ["_f"]) for one in ran.json["linkers"])


def test_a_linker_of_another_format_is_refused(target: str, tmp_path: Path) -> None:
    build(tmp_path, target, a="int f(void) { return 1; }")
    ran = arfix("verify", "a.a", "--linker", "mold")
    assert ran.code == 2
    assert "mold does not link" in ran.stderr


@pytest.mark.parametrize("whole", [True, False])
def test_lld_link_refuses_a_whole_import_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    """Its import descriptor names `.idata$4` without a section; on demand nothing needs the descriptor."""
    monkeypatch.chdir(tmp_path)
    need("lld-link-19", "lld-link-14")
    (tmp_path / "f.def").write_text("LIBRARY f.dll\nEXPORTS\n f\n g DATA\n", "utf-8")
    output_of(
        need("llvm-dlltool-19", "llvm-dlltool-14"), "-m", "i386:x86-64", "-d", "f.def", "-l", "f.lib", cwd=tmp_path
    )
    mode = () if whole else ("--on-demand", "-u", "f")
    ran = arfix("verify", "f.lib", *mode, "--json")
    statuses = {one["linker"]: one["status"] for one in ran.json["linkers"]}
    assert {name: code for name, code in statuses.items() if "lld" in name} == {"lld-link": int(whole)}
    assert {one["rule"] for one in ran.json["findings"]} == ({"link-fails"} if whole else set())
    found = arfix("check", "f.lib", *mode, "--json")
    named = [(one["member"], one["symbol"]) for one in found.json["findings"] if one["rule"] == "linkers-differ"]
    assert named == ([("f.dll", ".idata$4")] if whole else [])


def test_an_import_library_of_gnu_dlltool_is_linked_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    need("lld-link-19", "lld-link-14")
    (tmp_path / "f.def").write_text("LIBRARY f.dll\nEXPORTS\n f\n", "utf-8")
    output_of(need("x86_64-w64-mingw32-dlltool"), "-d", "f.def", "-l", "libf.a", cwd=tmp_path)
    ran = arfix("verify", "libf.a", "--json")
    assert (ran.code, ran.json["findings"]) == (0, [])


@pytest.mark.parametrize("triple", ["x86_64-w64-mingw32", "i686-pc-windows-msvc"])
@pytest.mark.parametrize("is_whole", [True, False])
def test_imports_of_what_the_link_defines_itself(
    triple: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_whole: bool
) -> None:
    """lld-link makes the pointer `__imp_f` where a member in the link defines `f`, and pulls none in for it."""
    monkeypatch.chdir(tmp_path)
    linker = need("lld-link-19", "lld-link-14")
    user = "__declspec(dllimport) int f(void); __declspec(dllimport) extern int v; int t(void) { return f() + v; }"
    build(tmp_path, triple, a=user, b="int v = 1; int f(void) { return 1; }")
    others = ("b.a",) if is_whole else ("--provider", "b.a")
    ran = arfix("verify", "a.a", *others, "--linker", linker, "--json")
    assert [one["status"] for one in ran.json["linkers"]] == [int(not is_whole)]
    assert "prediction-differs" not in {one["rule"] for one in ran.json["findings"]}, ran.stdout
