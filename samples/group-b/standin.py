"""A small stand-in for CPython: a program that loads three modules, built bundled and unbundled in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from broken import behind_openssl
from place import Facts, Place, StoryError

SOURCES = Path(__file__).parent / "standin"

#: Module and the libraries it uses.
MODULES = {
    "digest": ("libcrypto.a",),
    "tls": ("libssl.a", "libcrypto.a"),
    "closure": ("libffi.a",),
}
WHOLE = ("libssl.a", "libcrypto.a", "libffi.a")
HIDDEN = "-Wl,--exclude-libs,ALL"


def build_stand_in(place: Place) -> Facts:
    """Build the program both ways against the repaired sysroot, run both, and compare what they say."""
    facts: Facts = {}
    for kind in ("bundled", "unbundled"):
        folder = place.folder / f"standin-{kind}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _link_host(place, folder / "host", whole=WHOLE if kind == "unbundled" else ())
        for name, libraries in MODULES.items():
            _link_module(place, folder / f"{name}.so", libraries if kind == "bundled" else ())
        ran = place.run("./host", *(f"./{name}.so" for name in MODULES), cwd=folder).expect()
        sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
        facts[kind] = {"says": ran.output.splitlines(), "sizes": sizes}
    if facts["bundled"]["says"] != facts["unbundled"]["says"]:
        raise StoryError(f"the stand-ins disagree: {facts}")
    folder = place.folder / "standin-unbundled"
    _link_host(place, folder / "host-hidden", WHOLE, HIDDEN)
    facts["hidden"] = place.run("./host-hidden", *(f"./{name}.so" for name in MODULES), cwd=folder).expect(1).output
    return facts


def _link_host(place: Place, target: Path, whole: tuple[str, ...], *options: str) -> None:
    command: list[str | Path] = [place.tool("gcc"), "-O2", "-pie", "-Wl,--export-dynamic", *options, SOURCES / "host.c"]
    command += ["-Wl,--whole-archive", *(place.lib / name for name in whole), "-Wl,--no-whole-archive"]
    command += behind_openssl(place)
    place.run(*command, *place.machine.link_options, "-o", target).expect()


def _link_module(place: Place, target: Path, libraries: tuple[str, ...]) -> None:
    archives = [*(place.lib / name for name in libraries), *behind_openssl(place)]
    options = ["-O2", "-shared", "-fPIC", HIDDEN, f"-I{place.sysroot / 'include'}"]
    source = SOURCES / f"{target.stem}.c"
    place.run(place.tool("gcc"), *options, source, *archives, "-o", target).expect()
