"""The proof that the unbundled CPython works: a call of each module, and CPython's own tests of them."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from cpython import MODULES, WHOLE, link_with_versions, module_files, python
from place import Facts, Place, StoryError, symbols

from samples.debian import package, source

TESTS = (
    "test_ssl",
    "test_hashlib",
    "test_hmac",
    "test_ctypes",
    "test_zlib",
    "test_bz2",
    "test_lzma",
    "test_sqlite3",
    "test_binascii",
)

#: What a program that has not imported `ssl` gets from `hashlib`: OpenSSL's sha256, or the copy inside CPython.
HASHLIB_FIRST = """
import hashlib, sys
import _hashlib
assert hashlib.sha256 is _hashlib.openssl_sha256
assert hashlib.sha256(b"abc").hexdigest().startswith("ba7816bf")
assert not {"ssl", "_ssl"} & sys.modules.keys()
print("hashlib.sha256 is OpenSSL's, and neither ssl nor _ssl is loaded")
"""


#: What sections hold, by how their names begin.
SECTIONS = {
    "code": (".text", ".plt", ".init", ".fini"),
    "constants": (".rodata", ".eh_frame"),
    "variables": (".data", ".bss", ".got"),
    "relocations": (".rel",),
    "symbols": (".dynsym", ".dynstr", ".gnu.hash", ".gnu.version"),
}

#: A line of `LD_DEBUG=bindings`.
_BINDING = re.compile(r"binding file (?P<of>\S+) \[\d+\] to (?P<to>\S+) \[\d+\]: .*? symbol `(?P<name>\w+)'")


def probe_both(place: Place) -> Facts:
    """Run `probe.py` with both builds, and see that no `PyInit_` of the modules is in the executable."""
    facts: Facts = {}
    for kind in ("bundled", "unbundled"):
        facts[kind] = _probe(place, kind)
        hashlib = place.run(python(place, kind), "-c", HASHLIB_FIRST).expect()
        facts[kind]["hashlib first"] = hashlib.output.strip()
        inside = symbols(place, [python(place, kind)])
        built_in = sorted(name for module in MODULES if (name := f"PyInit_{module.name}") in inside)
        if built_in:
            raise StoryError(f"{python(place, kind)} holds {', '.join(built_in)}")
    facts["from executable"] = _taken_from_executable(place)
    facts["own copies"] = {kind: _copied_into_modules(place, kind) for kind in ("bundled", "unbundled")}
    facts["sections"] = {name: _sections(place, name) for name in ("_ssl", "_hashlib", "_ctypes")}
    return facts


def run_cpythons_tests(place: Place) -> Facts:
    """Run CPython's own tests of the modules, those that need no network, and count them."""
    build, results = place.folder / "unbundled", place.folder / "junit.xml"
    facts: Facts = {}
    for name in TESTS:
        results.unlink(missing_ok=True)
        ran = place.run("./python", "-m", "test", "--timeout", "1200", "--junit-xml", results, name, cwd=build).expect()
        suites = list(ET.parse(results).getroot().iter("testsuite"))  # noqa: S314 (CPython wrote it a moment ago)
        facts[name] = {
            "run": sum(int(suite.get("tests", 0)) for suite in suites),
            "skipped": sum(1 for suite in suites for _ in suite.iter("skipped")),
            "failed": sum(int(suite.get(what, 0)) for suite in suites for what in ("errors", "failures")),
            "seconds": ran.seconds,
        }
        if not facts[name]["run"] or facts[name]["failed"]:
            raise StoryError(f"{name}: {facts[name]}; see {ran.log}")
    return facts


def show_preemption(place: Place) -> Facts:
    """Load the distribution's libssl.so.3 into each executable, and count the symbols it takes from there instead.

    The dynamic linker tells with `LD_DEBUG=bindings`. A third executable gives the symbols of the libraries a version.
    """
    libssl = next((package(f"libssl3{place.machine.suffix}") / "usr" / "lib").rglob("libssl.so.3"))
    folder = place.folder / "libssl3"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in libssl.parent.glob("lib*.so.3"):
        shutil.copyfile(path, folder / path.name)
    versioned = link_with_versions(place)
    modules = ", ".join(module.name for module in MODULES)
    place.run(versioned, "-c", f"import {modules}, ssl; ssl.create_default_context()").expect()
    executables = {"bundled": python(place, "bundled"), "unbundled": python(place, "unbundled"), "versioned": versioned}
    return {name: _count_bindings(place, executable, folder) for name, executable in executables.items()}


def _count_bindings(place: Place, executable: Path, folder: Path) -> Facts:
    """Return to what the libraries of a folder are bound when the executable loads its libssl.so.3."""
    code = f"import ctypes; ctypes.CDLL({str(folder / 'libssl.so.3')!r}, mode=2)"
    debug = {"LD_DEBUG": "bindings", "LD_BIND_NOW": "1", "LD_LIBRARY_PATH": str(folder)}
    ran = place.run(executable, "-c", code, env=debug).expect()
    found = [match for match in _BINDING.finditer(ran.output) if match["of"].startswith(str(folder))]
    taken = [match["name"] for match in found if match["to"] == str(executable)]
    own = sum(match["to"].startswith(str(folder)) for match in found)
    return {"own": own, "executable": len(taken), "examples": sorted(set(taken))[:5]}


def _probe(place: Place, kind: str) -> Facts:
    certificate = source("python3.11") / "Lib" / "test" / "keycert.pem"
    ran = place.run(python(place, kind), Path(__file__).parent / "probe.py", certificate).expect()
    found: dict[str, Any] = json.loads(ran.output)
    for name, one in found.items():
        if one["builtin"] or not str(one["file"]).startswith(str(place.folder / kind)):
            raise StoryError(f"{name} of the {kind} build is {one['file']}, built in: {one['builtin']}")
        one["file"] = str(Path(one["file"]).relative_to(place.folder))
    return found


def _sections(place: Place, name: str) -> dict[str, int]:
    """Return what an unbundled module consists of: bytes of code, constants, variables, relocations and the rest."""
    ran = place.run(place.tool("size"), "-A", "-d", module_files(place, "unbundled")[name]).expect()
    parts = dict.fromkeys((*SECTIONS, "other"), 0)
    for section, size in re.findall(r"^(\.\S+) +(\d+) +[1-9]\d*$", ran.output, re.MULTILINE):  # those that are loaded
        part = next((part for part, starts in SECTIONS.items() if section.startswith(starts)), "other")
        parts[part] += int(size)
    return parts


def _taken_from_executable(place: Place) -> dict[str, int]:
    """Return how many symbols of each unbundled module are those of the libraries in the executable."""
    exported = symbols(place, [python(place, "unbundled")], "--dynamic")
    libraries = symbols(place, [place.lib / name for name in WHOLE], "--extern-only")
    counts = {}
    for name, path in module_files(place, "unbundled").items():
        listed = place.run(place.tool("nm"), "--dynamic", "--undefined-only", "--format=posix", path).expect().output
        wanted = {line.split(" ")[0].partition("@")[0] for line in listed.splitlines()}
        counts[name] = len(wanted & libraries & exported)
    return counts


def _copied_into_modules(place: Place, kind: str) -> dict[str, int]:
    """Return how many functions and variables of the libraries each module defines itself, exported or not.

    What the module's own objects define under such a name is its own (`compress` in _bz2 is not zlib's), and so are the
    few bytes that the compiler for i386 puts into every object to learn where it is.
    """
    listed = symbols(place, [place.lib / name for name in WHOLE], "--extern-only")
    libraries = {name for name in listed if not name.startswith("__x86.get_pc_thunk.")}
    counts = {}
    for module in MODULES:
        objects = [place.folder / kind / "Modules" / f"{name}.o" for name in re.findall(r"(\S+)\.c\b", module.compile)]
        inside = symbols(place, [module_files(place, kind)[module.name]])
        counts[module.name] = len(inside & libraries - symbols(place, objects))
    return counts
