"""A sysroot of three small archives and a recipe for it, as every test of recipes begins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.recipe.apply import ApplyOptions, ApplyResult, apply_recipe
from arfix.recipe.state.stamp import TICK_NS
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import Ran, arfix

if TYPE_CHECKING:
    from pathlib import Path

_LIBC = (("malloc", 0), ("free", 0), ("memcpy", 1))

#: The functions of a C library without syslog.
LIBC = ar(
    ("malloc.o", elf("malloc", "free")), ("string.o", elf("memcpy")), index=(("malloc", 0), ("free", 0), ("memcpy", 1))
)

CRYPTO = ar(
    ("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?syslog")),
    ("libcrypto-lib-mem.o", elf("CRYPTO_malloc", "?malloc")),
    index=(("BIO_s_log", 0), ("CRYPTO_malloc", 1)),
)
FFI = ar(("libc.a", LIBC), ("ffi.o", elf("ffi_call", "?memcpy")), index=(("ffi_call", 1),))
#: Without an index.
LIBZ = ar(("deflate.o", elf("deflate", "?memcpy")))

ORIGINALS = {"lib/libc.a": LIBC, "lib/libcrypto.a": CRYPTO, "lib/libffi.a": FFI, "lib/libz.a": LIBZ}

RECIPE = """\
version = 1

[[archive]]
path = "lib/libcrypto.a"

[[archive.step]]
strip = ["bss_log.o"]
reason = "there is no syslog"

[[archive]]
path = "lib/libffi.a"

[[archive.step]]
flatten = "drop"
reason = "libc.a is in the sysroot"

[[archive]]
glob = "lib/*.a"

[[archive.step]]
index = true
reason = "linkers want one"

[whole-archive.python]
archives = ["lib/libcrypto.a", "lib/libffi.a"]
sysroot = true
"""


@dataclass(frozen=True)
class Place:
    """A sysroot and its recipe beside it."""

    sysroot: Path
    recipe: Path

    def run(self, verb: str, *options: str | Path) -> Ran:
        """Run a verb on the sysroot; `apply` and `status` with the recipe."""
        words = [] if verb == "revert" else [self.recipe]
        return arfix(verb, *words, "--sysroot", self.sysroot, *options)

    def contents(self) -> dict[str, bytes]:
        """Return the sysroot's archives by name."""
        return {
            path.relative_to(self.sysroot).as_posix(): path.read_bytes()
            for path in sorted(self.sysroot.rglob("*.a"))
            if ".arfix" not in path.parts
        }

    def stats(self) -> dict[str, tuple[int, int]]:
        """Return inode and modification time of every archive and of the lock."""
        files = [*self.sysroot.rglob("*.a"), self.recipe.with_suffix(".lock")]
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files if path.exists()}

    def hidden(self) -> list[str]:
        """Return leftovers: hidden files in the sysroot's own folders."""
        return sorted(path.name for path in (self.sysroot / "lib").iterdir() if path.name.startswith("."))

    def request(self, **options: bool | str | int | None) -> ApplyOptions:
        """Return what a run is asked."""
        return ApplyOptions(str(self.recipe), str(self.sysroot), **options)  # type: ignore[arg-type]  # its other fields

    def apply(self, **options: bool | str | int | None) -> ApplyResult:
        """Carry the recipe out without the command line."""
        return apply_recipe(self.request(**options), lambda _: None)


def make_place(folder: Path, recipe: str = RECIPE) -> Place:
    """Write the sysroot and the recipe."""
    sysroot = folder / "sysroot"
    (sysroot / "lib").mkdir(parents=True)
    for name, data in ORIGINALS.items():
        (sysroot / name).write_bytes(data)
    place = Place(sysroot, folder / "arfix.toml")
    place.recipe.write_text(recipe)
    return place


def changed_nothing(ran: Ran, archives: int) -> bool:
    """Return whether a second run did nothing, by the stamp if the first could leave one, else after a full look."""
    return ran.code == 0 and ran.stdout.startswith(f"nothing to do: {archives} archive")


def settle() -> None:
    """Wait until what was written just now can be told from what is written next, by its time alone."""
    time.sleep(2 * TICK_NS / 1e9)
