"""What differs between two builds, held against compilers, nm and the bytes of sections."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.debian import library, package, versions
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.run_arfix import Ran

pytestmark = pytest.mark.oracle

#: Functions that refer to strings, to static functions and data on both sides of what grows, to tables and to others.
SOURCE = r"""
extern int puts(const char *);
extern int other(const int *, int);
static const char *const names[] = {"alpha", "beta", FIRST};
static int counter = 5;
int shared = 7;
static __attribute__((noinline)) int early(int x) { counter += x; return other(&counter, x); }
int first(int x) { puts(FIRST); return early(x) + early(x + 1); }
int grows(int x) { GROWN return early(x) * shared; }
static __attribute__((noinline)) int late(int x) { counter -= x; return other(&counter, x * 3); }
int second(int x) { puts("second"); puts(names[x & 1]); return late(x) + early(x); }
int third(int x) {
    switch (x) { case 1: return late(4); case 2: return early(5); case 3: return 99; case 4: return late(1);
                 case 5: return early(77); case 6: return other(&shared, 3); default: return second(x); }
}
const int table[] = {1, 2, 3, TABLE};
int *const where = &counter;
"""

COMPILERS = [
    "gcc",
    "i686-linux-gnu-gcc",
    "aarch64-linux-gnu-gcc",
    "arm-linux-gnueabihf-gcc",
    "arm-none-eabi-gcc",
    "powerpc64le-linux-gnu-gcc",
    "s390x-linux-gnu-gcc",
]


def build(folder: Path, name: str, compiler: str, *options: str, **macros: str) -> Path:
    """Return an archive of the source, compiled with these values of its macros."""
    values = {"FIRST": '"first"', "GROWN": "", "TABLE": "4"} | macros
    (folder / "x.c").write_text(SOURCE)
    defines = [f"-D{macro}={value}" for macro, value in values.items()]
    output_of(need(compiler), "-c", "-O2", *options, *defines, "x.c", "-o", "x.o", cwd=folder)
    (folder / name).unlink(missing_ok=True)
    output_of(need("ar"), "rc", name, "x.o", cwd=folder)
    return folder / name


def changed(ran: Ran) -> dict[str, list[str]]:
    return {one["symbol"]: one["aspects"] for one in ran.json["symbols"]}


@pytest.mark.parametrize("options", [["-fPIC"], ["-fno-pic"], ["-ffunction-sections", "-fdata-sections"]], ids=" ".join)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_only_what_was_edited_is_changed(compiler: str, options: list[str], tmp_path: Path) -> None:
    old = build(tmp_path, "old.a", compiler, *options)
    grown = build(tmp_path, "grown.a", compiler, *options, GROWN='if (x > 1000) { puts("grown"); x += other(&x, 9); }')
    found = changed(arfix("diff", "--json", old, grown))
    assert set(found) == {"grows"}
    assert found["grows"] == ["code", "size"]
    table = build(tmp_path, "table.a", compiler, *options, TABLE="5")
    assert changed(arfix("diff", "--json", old, table)) == {"table": ["data"]}
    text = build(tmp_path, "text.a", compiler, *options, FIRST='"another"')
    ran = arfix("diff", "--json", old, text)
    assert changed(ran) == {"first": ["code"]}
    assert [one["symbol"] for one in ran.json["members"][0]["statics"]] == ["names"]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_debug_sections_are_told_when_asked_for(compiler: str, tmp_path: Path) -> None:
    plain, debug = build(tmp_path, "plain.a", compiler), build(tmp_path, "debug.a", compiler, "-g")
    ran = arfix("diff", plain, debug)
    assert ran.code == 0, ran.stdout
    assert ".debug_info" in arfix("diff", plain, debug, "--debug").stdout


def test_tools_that_rewrite_tables_change_nothing(tmp_path: Path) -> None:
    old = build(tmp_path, "old.a", "gcc", "-g")
    output_of(need("strip"), "--strip-debug", "x.o", cwd=tmp_path)
    output_of(need("ar"), "rcU", "new.a", "x.o", cwd=tmp_path)
    assert arfix("diff", old, tmp_path / "new.a").code == 0
    assert arfix("diff", old, tmp_path / "new.a", "--dates").code == 1


def test_options_that_change_the_abi_are_told(tmp_path: Path) -> None:
    old, new = build(tmp_path, "old.a", "gcc"), build(tmp_path, "new.a", "gcc", "-fcf-protection=none")
    ran = arfix("diff", old, new)
    assert "properties: ibt, shstk -> none" in ran.stdout or "properties: none" in ran.stdout or ran.code == 0
    protected = build(tmp_path, "protected.a", "gcc", "-fcf-protection=full")
    assert "properties: none -> ibt, shstk" in arfix("diff", new, protected).stdout


def releases() -> tuple[Path, Path]:
    """Return one library in two releases: before and after a security update, else of two releases of GCC."""
    for name, file in (("libssl-dev", "libcrypto.a"), ("libexpat1-dev", "libexpat.a"), ("libc6-dev", "libc.a")):
        known = versions(name)
        if len(known) > 1:
            found = [next(package(f"{name}={version}").rglob(file)) for version in (known[-1], known[0])]
            return found[0], found[1]
    return gcc_releases()


def gcc_releases() -> tuple[Path, Path]:
    """Return libgcc.a of two releases of GCC: Debian 12 has 11 and 12, Debian 13 has 12 to 14."""
    return library("libgcc-11-dev|libgcc-13-dev", "libgcc.a"), library("libgcc-14-dev|libgcc-12-dev", "libgcc.a")


def defined_names(path: Path) -> set[str]:
    listed = output_of(need("nm"), "--defined-only", "--extern-only", "--format=posix", path)
    return {line.split()[0] for line in listed.splitlines() if len(line.split()) > 1}


def sizes(path: Path) -> dict[str, set[str]]:
    """Return the sizes that nm gives for each name, by member."""
    found: dict[str, set[str]] = {}
    for line in output_of(need("nm"), "--defined-only", "--extern-only", "-S", "-A", path).splitlines():
        words = line.split(":", 2)[-1].split()
        if len(words) == 4:
            found.setdefault(words[3], set()).add(words[1])
    return found


@pytest.mark.debian
def test_two_real_releases(tmp_path: Path) -> None:
    old, new = releases()
    ran = arfix("diff", "--json", old, new)
    assert ran.code == 1
    by_change: dict[str, set[str]] = {}
    for one in ran.json["symbols"]:
        by_change.setdefault(one["change"], set()).add(one["symbol"])
    before, after = defined_names(old), defined_names(new)
    assert by_change.get("added", set()) == after - before
    assert by_change.get("removed", set()) == before - after
    old_sizes, new_sizes = sizes(old), sizes(new)
    other_size = {name for name in before & after if old_sizes.get(name) != new_sizes.get(name)}
    assert other_size <= by_change["changed"]
    told = {one["old"] for one in ran.json["members"]}
    assert _with_other_code(old, new, tmp_path) <= told


def _with_other_code(old: Path, new: Path, folder: Path) -> set[str]:
    """Return the members of both whose `.text` has other bytes: objcopy takes it out."""
    objcopy = need("objcopy")
    with open_archive(old) as one, open_archive(new) as other:
        news = {member.name: bytes(member.data) for member in other}
        olds = {member.name: bytes(member.data) for member in one}
    found = set()
    for name in olds.keys() & news.keys():
        if olds[name] != news[name]:
            texts = []
            for data in (olds[name], news[name]):
                (folder / "x.o").write_bytes(data)
                subprocess.run([objcopy, "-O", "binary", "-j", ".text", "x.o", "x.bin"], cwd=folder, check=True)
                texts.append((folder / "x.bin").read_bytes())
            if texts[0] != texts[1]:
                found.add(name)
    return found


@pytest.mark.debian
def test_two_releases_of_gcc() -> None:
    old, new = gcc_releases()
    document = arfix("diff", "--json", old, new).json
    added = {one["symbol"] for one in document["symbols"] if one["change"] == "added"}
    assert added == defined_names(new) - defined_names(old)
    assert {one["new"] for one in document["members"] if one["change"] == "added"}
