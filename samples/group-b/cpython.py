"""CPython built twice: each module with its own copy of its library, and the libraries once, in the executable."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from broken import behind_openssl, library
from place import AMD64, Facts, Place, symbols

from samples.debian import source, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The libraries that the unbundled executable carries whole: what `samples/nanvix/arfix.toml` names.
WHOLE = ("libz.a", "libbz2.a", "liblzma.a", "libsqlite3.a", "libssl.a", "libcrypto.a", "libffi.a")


@dataclass(frozen=True, slots=True)
class Module:
    """An extension module that is a file of its own, and what it takes from libraries.

    Attributes:
        name: For `import`.
        compile: Its sources and options, as a line of `Modules/Setup` has them.
        libraries: The archives whose functions it uses.
    """

    name: str
    compile: str
    libraries: tuple[str, ...]


MODULES = (
    Module("zlib", "zlibmodule.c", ("libz.a",)),
    Module("binascii", "binascii.c -DUSE_ZLIB_CRC32", ("libz.a",)),
    Module("_bz2", "_bz2module.c", ("libbz2.a",)),
    Module("_lzma", "_lzmamodule.c", ("liblzma.a",)),
    Module(
        "_sqlite3",
        "_sqlite/blob.c _sqlite/connection.c _sqlite/cursor.c _sqlite/microprotocols.c _sqlite/module.c"
        " _sqlite/prepare_protocol.c _sqlite/row.c _sqlite/statement.c _sqlite/util.c",
        ("libsqlite3.a",),
    ),
    Module("_ssl", "_ssl.c", ("libssl.a", "libcrypto.a")),
    Module("_hashlib", "_hashopenssl.c", ("libcrypto.a",)),
    Module(
        "_ctypes",
        "_ctypes/_ctypes.c _ctypes/callbacks.c _ctypes/callproc.c _ctypes/stgdict.c _ctypes/cfield.c"
        " -DHAVE_FFI_PREP_CIF_VAR -DHAVE_FFI_PREP_CLOSURE_LOC -DHAVE_FFI_CLOSURE_ALLOC",
        ("libffi.a",),
    ),
)

#: In both builds alike. A patch of Debian's (CVE-2026-4224) has pyexpat.c include a header of the core, and `setup.py`
#: does not define what that takes. Its libexpat is the one that CPython's Makefile makes.
PYEXPAT = "pyexpat pyexpat.c -DPy_BUILD_CORE_MODULE $(EXPAT_CFLAGS) Modules/expat/libexpat.a"

#: Modules that would take what happens to be installed on the machine, and that the story is not about.
DISABLED = "_curses _curses_panel _crypt _dbm _gdbm _tkinter _uuid nis ossaudiodev readline spwd"

#: What goes into a shared object in the place of a library that is PIE code only. For libz and libsqlite3 it is enough
#: that `--exclude-libs` hides their symbols; libbz2 refers to `stderr`, which is outside of it.
PIC = {"libbz2.a": "libbz2_pic.a", "libffi.a": "libffi_pic.a"}

#: Answers of programs that `configure` cannot run when it builds for another machine.
CROSS = ("ac_cv_file__dev_ptmx=yes", "ac_cv_file__dev_ptc=no", "ac_cv_buggy_getaddrinfo=no")

#: How a shared object may take in code that was compiled for a PIE.
SHARED = {"plainly": (), "-Bsymbolic": ("-Wl,-Bsymbolic",), "--exclude-libs": ("-Wl,--exclude-libs,ALL",)}

OPT = "-DNDEBUG -fwrapv -O2"
HIDDEN = "-Wl,--exclude-libs,ALL"


def build_pic_libraries(place: Place) -> Facts:
    """Put into `pic/` what the bundled modules need: Debian's libffi_pic.a, and libbz2 compiled with -fPIC."""
    pic, objects = place.folder / "pic", place.folder / "libbz2"
    for folder in (pic, objects):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    shutil.copyfile(library(place, "libffi-dev", "libffi_pic.a"), pic / "libffi_pic.a")
    bzip2 = source("bzip2")
    members = ("blocksort", "huffman", "crctable", "randtable", "compress", "decompress", "bzlib")
    sources = [bzip2 / f"{name}.c" for name in members]
    place.run(place.tool("gcc"), "-O2", "-fPIC", "-D_FILE_OFFSET_BITS=64", "-c", *sources, cwd=objects).expect()
    place.run(place.tool("ar"), "crD", pic / "libbz2_pic.a", *(f"{name}.o" for name in members), cwd=objects).expect()
    return {"bzip2": version_of(bzip2)}


def try_shared(place: Place) -> Facts:
    """Link each library that Debian compiles for a PIE into a shared object, in three ways; GNU ld refuses some."""
    facts: Facts = {}
    for name in ("libz.a", "libsqlite3.a", "libffi.a", "libbz2.a"):
        whole = ("-Wl,--whole-archive", place.lib / name, "-Wl,--no-whole-archive")
        facts[name] = {}
        for way, options in SHARED.items():
            ran = place.run(place.tool("gcc"), "-shared", *options, *whole, "-lm", "-o", place.folder / "shared.so")
            refused = re.search(r"against (?:\w+ )*symbol `(\w+)", ran.output)
            facts[name][way] = {"code": ran.code, "symbol": refused[1] if refused else ""}
    return facts


def build_bundled(place: Place) -> Facts:
    """Build CPython with each module carrying a private copy of its libraries."""
    lines = []
    for module in MODULES:
        archives = [_for_a_module(place, name) for name in module.libraries]
        archives += behind_openssl(place) if "libcrypto.a" in module.libraries else ()
        more = " -lm" if module.name == "_sqlite3" else ""
        lines.append(f"{_setup_line(place, module)} {HIDDEN} {' '.join(map(str, archives))}{more}")
    return _build(place, "bundled", lines, {})


def build_unbundled(place: Place) -> Facts:
    """Build CPython with the libraries once, whole and exported, in the executable."""
    lines = [_setup_line(place, module) for module in MODULES]
    return _build(place, "unbundled", lines, {"LINKFORSHARED": link_for_shared(place)})


def link_for_shared(place: Place) -> str:
    """Return how the executable takes the libraries in, for make's variable of this name."""
    whole = " ".join(str(place.lib / name) for name in WHOLE)
    more = " ".join(map(str, behind_openssl(place)))
    return f"-pie -Xlinker -export-dynamic -Wl,--whole-archive {whole} -Wl,--no-whole-archive {more}".rstrip()


def link_hidden(place: Place) -> Facts:
    """Link the unbundled executable once more with `--exclude-libs`: the link is green, and every import fails."""
    executable = _relink(place, "python-hidden", HIDDEN)
    said = {}
    for module in MODULES:
        ran = place.run(executable, "-c", f"import {module.name}")
        said[module.name] = {"code": ran.code, "said": (ran.output.splitlines() or [""])[-1]}
    return {"option": HIDDEN, "imports": said}


def link_with_versions(place: Place) -> Path:
    """Link the unbundled executable once more, with a version for the symbols of the libraries, and return it."""
    script = place.folder / "versions.map"
    names = sorted(symbols(place, [place.lib / name for name in WHOLE], "--extern-only"))
    lines = ["CARRIED_1 {", "  global:", *(f"    {name};" for name in names), "};", ""]
    script.write_text("\n".join(lines), encoding="utf-8")
    return _relink(place, "python-versioned", f"-Wl,--version-script={script}")


def python(place: Place, kind: str) -> Path:
    """Return the executable of one of the two builds."""
    return place.folder / kind / "python"


def module_files(place: Place, kind: str) -> dict[str, Path]:
    """Return the file of each module of the story in one of the two builds."""
    return {module.name: next((place.folder / kind / "Modules").glob(f"{module.name}.*.so")) for module in MODULES}


def link_lines(output: str, names: Iterable[str]) -> list[str]:
    """Return the lines of a make log that linked these files."""
    return [line for line in output.splitlines() for name in names if f" -o {name}" in line and " -c " not in line]


def _relink(place: Place, name: str, option: str) -> Path:
    """Link the unbundled executable under another name, with one more option."""
    build = place.folder / "unbundled"
    (build / name).unlink(missing_ok=True)
    variables = (f"BUILDPYTHON={name}", f"LINKFORSHARED={link_for_shared(place)} {option}")
    place.run("make", name, *variables, cwd=build).expect()
    return build / name


def _for_a_module(place: Place, name: str) -> Path:
    return place.folder / "pic" / PIC[name] if name in PIC else place.lib / name


def _setup_line(place: Place, module: Module) -> str:
    # A word with `-I` keeps makesetup from adding the libraries that configure found.
    return f"{module.name} {module.compile} -I{place.sysroot / 'include'}"


def _build(place: Place, kind: str, setup: list[str], variables: Mapping[str, str]) -> Facts:
    """Configure and make in a folder of its own, out of the source's tree."""
    python_source, build = source("python3.11"), place.folder / kind
    shutil.rmtree(build, ignore_errors=True)
    (build / "Modules").mkdir(parents=True)
    text = "\n".join(["*shared*", *setup, PYEXPAT, "*disabled*", DISABLED, ""])
    (build / "Modules" / "Setup.local").write_text(text, encoding="utf-8")
    machine = place.machine
    options = [f"CC={place.tool('gcc')}", f"CPPFLAGS=-I{place.sysroot / 'include'}", f"OPT={OPT}"]
    options += [f"LDFLAGS={' '.join(machine.link_options)}", f"--with-openssl={place.sysroot}", "--without-ensurepip"]
    if machine is not AMD64:
        build_python = python(Place(AMD64, place.folder.parent / AMD64.name), "bundled")
        options += [f"--host={machine.host}", f"--build={AMD64.host}", f"--with-build-python={build_python}", *CROSS]
    place.run(python_source / "configure", *options, cwd=build).expect()
    words = [f"{name}={value}" for name, value in variables.items()]
    jobs = f"-j{os.cpu_count() or 1}"
    made = place.run("make", jobs, "python", "oldsharedmods", "sharedmods", *words, cwd=build).expect()
    _link_sysconfigdata(build)
    files = [path.relative_to(build) for path in module_files(place, kind).values()]
    return {
        "python": version_of(python_source),
        "setup": setup,
        "links": link_lines(made.output, ["python Programs", *map(str, files)]),
        "sizes": {str(path): _sizes(place, build / path) for path in (Path("python"), *files)},
    }


def _link_sysconfigdata(build: Path) -> None:
    """Give `sysconfig`'s data the name that Debian's patched CPython looks for; a cross build writes it under another.

    `make install` does the same.
    """
    for path in build.glob("build/lib.*/_sysconfigdata__linux_*.py"):
        path.with_name(path.name.replace("__linux_", "__")).symlink_to(path.name)


def _sizes(place: Place, path: Path) -> Facts:
    """Return the bytes of a file as it was linked, and without what debuggers read."""
    stripped = place.folder / "stripped"
    place.run(place.tool("strip"), "-o", stripped, path).expect()
    return {"linked": path.stat().st_size, "stripped": stripped.stat().st_size}
