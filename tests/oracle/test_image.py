"""`arfix image` beside what linkers and loaders say: GNU ld's map, dlopen, and links of what was planned."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.elf_builder import elf
from tests.oracle.sysroots import AMD64, I386, LINKERS, MACHINES, Machine, exported_by, needed_by_libcrypto
from tests.run_arfix import arfix
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)

_ROW = re.compile(r"^ \S+ +0x(?P<address>[0-9a-f]+) +0x(?P<size>[0-9a-f]+) (?P<archive>\S+?)\((?P<member>[^)]+)\)$")
_OUTPUT = re.compile(r"^(?P<name>\.\S+)")
#: Output section -> the word for what it holds. Strings that were merged and unwind tables are not compared.
_KINDS = {".text": "code", ".data": "data", ".data.rel.ro": "data", ".bss": "bss"}


def sizes_in_map(text: str, archive: str) -> dict[str, int]:
    """Return bytes of each kind that GNU ld's map says an archive brought."""
    text = text[text.index("Linker script and memory map") :]
    text = re.sub(r"^( \S+)\n +(0x)", r"\1 \2", text, flags=re.MULTILINE)  # a long section name has its own line
    sizes: dict[str, int] = {}
    output = ""
    for line in text.splitlines():
        if found := _OUTPUT.match(line):
            output = found["name"]
        found = _ROW.match(line)
        if found and int(found["address"], 16) and found["archive"].endswith(f"/{archive}") and output in _KINDS:
            kind = _KINDS[output]
            sizes[kind] = sizes.get(kind, 0) + int(found["size"], 16)
    return sizes


def drive(linker: str, machine: Machine, target: Path, *arguments: str | Path) -> Path:
    """Return what the C compiler for a machine links with `linker`."""
    folder = target.parent / f"by-{linker}"
    folder.mkdir(exist_ok=True)
    if not (folder / "ld").exists():  # gcc 12 knows no -fuse-ld=mold; what it finds first as `ld` it uses
        (folder / "ld").symlink_to(need(linker))
    driver = need("gcc" if machine is AMD64 else "i686-linux-gnu-gcc")
    subprocess.run([driver, f"-B{folder}", "-o", target, *arguments], check=True, cwd=target.parent)
    return target


def linked_whole(linker: str, machine: Machine, folder: Path, *archives: Path, options: Sequence[str] = ()) -> Path:
    """Return a program that has the archives whole and exports them."""
    whole: tuple[str | Path, ...] = ("-Wl,--whole-archive", *archives, "-Wl,--no-whole-archive")
    needed = needed_by_libcrypto(machine) if any(path.name == "libcrypto.a" for path in archives) else []
    return drive(linker, machine, folder / "program", "-rdynamic", *options, machine.main(folder), *whole, *needed)


def embedded(image: Path, *archives: Path) -> list[dict[str, Any]]:
    """Return what of the archives is in the image, in order."""
    words = [word for path in archives for word in ("--archive", str(path))]
    return list(arfix("image", image, *words, "--json").json["images"][0]["libraries"])


def sections_of(image: Path, archive: Path) -> dict[str, int]:
    """Return bytes of each kind that arfix finds of an archive in an image."""
    from arfix.archive.files import open_archive, open_source  # noqa: PLC0415 (the library, not the program)
    from arfix.errors import Where  # noqa: PLC0415
    from arfix.formats.elf.linked_image import read_image  # noqa: PLC0415
    from arfix.image.embedded import SearchedLibrary, Searcher  # noqa: PLC0415
    from arfix.linkage.inputs import archive_input  # noqa: PLC0415

    with open_archive(archive) as opened:
        library = SearchedLibrary(str(archive), archive_input(opened, Where(str(archive))).units)
        (copy,) = Searcher([library]).search(read_image(open_source(image).view))
        sizes: dict[str, int] = {}
        for section in () if copy is None else copy.sections:
            sizes[section.kind.value] = sizes.get(section.kind.value, 0) + section.size
        return sizes


CRYPTO, ZLIB = ("libssl-dev", "libcrypto.a"), ("zlib1g-dev", "libz.a")
PIE: tuple[str, ...] = ()
GC, NO_PIE = ("-Wl,--gc-sections",), ("-no-pie",)


@pytest.mark.parametrize(
    ("machine", "options", "package", "name"),
    [
        *((machine, options, *ZLIB) for machine in MACHINES for options in (PIE, GC, NO_PIE)),
        # The large library once per machine: half a minute each.
        (AMD64, GC, *CRYPTO),
        (I386, PIE, *CRYPTO),
    ],
    ids=lambda one: getattr(one, "name", None) or (" ".join(one) or "pie" if isinstance(one, tuple) else None),
)
def test_bytes_of_a_library_are_those_of_the_linkers_map(
    machine: Machine, options: Sequence[str], package: str, name: str, tmp_path: Path
) -> None:
    archive = machine.file(package, name)
    linked = linked_whole("ld", machine, tmp_path, archive, options=(f"-Wl,-Map,{tmp_path}/map", *options))
    said = sizes_in_map((tmp_path / "map").read_text(), name)
    found = sections_of(linked, archive)
    # Of i386's __x86.get_pc_thunk.* one copy is linked, and it may be that of a start file: four bytes each.
    assert {kind: found.get(kind, 0) for kind in said} == pytest.approx(said, abs=0 if machine is AMD64 else 16)
    subprocess.run(
        [need("llvm-strip-19", "llvm-strip"), "--strip-all", "-o", tmp_path / "stripped", linked], check=True
    )
    (whole,), (bare,) = embedded(linked, archive), embedded(tmp_path / "stripped", archive)
    assert whole["members"] == bare["members"]
    assert whole["size_in_file"] == bare["size_in_file"]


@pytest.mark.parametrize("linker", LINKERS)
def test_a_library_is_found_whoever_linked_it(linker: str, tmp_path: Path) -> None:
    archives = [AMD64.file("libssl-dev", "libcrypto.a"), AMD64.file("zlib1g-dev", "libz.a")]
    linked = linked_whole(linker, AMD64, tmp_path, *archives)
    crypto, zlib = embedded(linked, *archives)
    assert len(zlib["members"]) == 15
    assert len(crypto["members"]) > 880
    assert (crypto["other_build"], zlib["other_build"]) == ([], [])


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    linked = linked_whole("ld", AMD64, tmp_path, AMD64.file("zlib1g-dev", "libz.a"))
    others = [
        AMD64.file(package, name)
        for package, name in (
            ("libssl-dev", "libcrypto.a"),
            ("libbz2-dev", "libbz2.a"),
            ("liblzma-dev", "liblzma.a"),
            ("libsqlite3-dev", "libsqlite3.a"),
            ("libffi-dev", "libffi.a"),
            ("libgmp-dev", "libgmp.a"),
        )
    ]
    assert embedded(linked, *others) == []


HOST = r"""
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **names) {
    void *module = dlopen(names[1], RTLD_NOW);
    puts(module ? "loaded" : dlerror());
    return !module;
}
"""
LIBRARY = "int one(void) { return 1; }\nint two(void) { return 2; }\n"
MODULE = "extern int one(void), two(void);\nint mod(void) { return one() + two(); }\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library, a module that needs it, and the object of a host."""
    folder = tmp_path_factory.mktemp("modules")
    for name, text in (("host", HOST), ("one", LIBRARY), ("mod", MODULE), ("none", "int none;\n")):
        (folder / f"{name}.c").write_text(text)
        subprocess.run([need("gcc"), "-fPIC", "-c", f"{name}.c"], cwd=folder, check=True)
    subprocess.run([need("ar"), "rcD", "libone.a", "one.o"], cwd=folder, check=True)
    subprocess.run([need("gcc"), "-shared", "-o", "mod.so", "mod.o"], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (("-rdynamic", "-Wl,--whole-archive", "libone.a", "-Wl,--no-whole-archive"), None),
        (("-rdynamic", "libone.a"), "missing"),
        (("-Wl,--whole-archive", "libone.a", "-Wl,--no-whole-archive"), "hidden"),
        (
            ("-rdynamic", "-Wl,--exclude-libs=ALL", "-Wl,--whole-archive", "libone.a", "-Wl,--no-whole-archive"),
            "hidden",
        ),
    ],
    ids=["exported", "on-demand", "not-exported", "exclude-libs"],
)
@pytest.mark.parametrize("linker", LINKERS)
def test_a_gap_is_what_dlopen_fails_for(built: Path, linker: str, options: Sequence[str], verdict: str | None) -> None:
    drive(linker, AMD64, built / "host", "host.o", *options)
    found = arfix("image", built / "host", built / "mod.so", "--archive", built / "libone.a", "--json").json
    gaps = [gap for gap in found["modules"][1]["gaps"] if gap["verdict"] != "weak"]
    ran = subprocess.run([built / "host", built / "mod.so"], capture_output=True, text=True, check=False)
    assert (found["exit_code"], found["sound"]) == (ran.returncode, ran.returncode == 0)
    assert {gap["verdict"] for gap in gaps} == ({verdict} if verdict else set())
    if verdict:
        assert re.search(r"undefined symbol: (one|two)", ran.stdout)
        assert {gap["symbol"] for gap in gaps} == {"one", "two"}


def test_a_wrong_version_is_what_dlopen_fails_for(built: Path, tmp_path: Path) -> None:
    for version, folder in (("V2", tmp_path / "new"), ("V1", tmp_path / "old")):
        folder.mkdir()
        (folder / "map").write_text(f"{version} {{ one; two; }};\n")
        command: list[str | Path] = [
            need("gcc"),
            "-shared",
            "-o",
            folder / "libv.so",
            "-Wl,-soname,libv.so",
            built / "one.o",
        ]
        subprocess.run([*command, f"-Wl,--version-script={folder}/map"], check=True)
    module = tmp_path / "mod.so"
    subprocess.run([need("gcc"), "-shared", "-o", module, built / "mod.o", f"-L{tmp_path}/new", "-lv"], check=True)
    host = tmp_path / "host"
    subprocess.run(
        [need("gcc"), "-o", host, built / "host.o", "-Wl,--no-as-needed", f"-L{tmp_path}/old", "-lv"], check=True
    )
    for name, code in (("new", 0), ("old", 1)):
        found = arfix("image", host, module, "-L", tmp_path / name, "--json").json
        loaded = subprocess.run([host, module], env={"LD_LIBRARY_PATH": str(tmp_path / name)}, check=False)
        assert (found["exit_code"], loaded.returncode) == (code, code)
    verdicts = {(gap["symbol"], gap["verdict"], *gap["versions"]) for gap in found["modules"][1]["gaps"]}
    assert {("one", "wrong-version", "V1"), ("two", "wrong-version", "V1")} <= verdicts


def test_a_plan_says_what_the_links_will_be(tmp_path: Path) -> None:
    crypto, ssl = (AMD64.file("libssl-dev", name) for name in ("libcrypto.a", "libssl.a"))
    wants = ("SSL_new", "SHA256_Init", "OPENSSL_cpuid_setup", "absent_function")
    (tmp_path / "mod.o").write_bytes(elf("mod", *(f"?{name}" for name in wants)))
    libc = AMD64.file("libc6", "libc.so.6")
    planned = arfix("image", "--plan", f"exe={crypto},{ssl}", f"so={tmp_path}/mod.o", "--provider", libc, "--json").json
    gaps = {gap["symbol"]: gap["verdict"] for gap in planned["modules"][1]["gaps"]}
    assert gaps == {"OPENSSL_cpuid_setup": "hidden", "absent_function": "missing"}
    for linker in LINKERS:
        linked = linked_whole(linker, AMD64, tmp_path, crypto, ssl)
        assert {name for name in wants if name not in exported_by(linked)} == set(gaps)
