"""Small libraries with the diseases of the mission, written to disk: what `fix` is tried on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.audit.finding import Severity
from arfix.audit.fix import find_repair
from arfix.audit.settings import Settings
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from arfix.audit.finding import Finding
    from arfix.audit.repair import Repair

LIBC = ar(("malloc.o", elf("malloc")), index=(("malloc", 0),))
POSIX = ar(("open.o", elf("open")), index=(("open", 0),))
#: bss_log.o needs what the C library lacks, and nothing needs bss_log.o.
CRYPTO = ar(
    ("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?openlog", "?closelog")),
    ("libcrypto-lib-bio.o", elf("BIO_new", "?malloc")),
    index=(("BIO_s_log", 0), ("BIO_new", 1)),
)
#: libtool's work: the platform's libraries as members.
FFI = ar(
    ("libposix.a", POSIX),
    ("libc.a", LIBC),
    ("ffi.o", elf("ffi_call", "?malloc")),
    index=(("ffi_call", 2),),
)


def write(folder: Path, **files: bytes) -> dict[str, str]:
    """Write `NAME.a` for each file and return their paths by name."""
    paths = {name: folder / f"{name}.a" for name in files}
    for name, data in files.items():
        paths[name].write_bytes(data)
    return {name: str(path) for name, path in paths.items()}


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what fails a check as a rule."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def repair(archives: Iterable[str], *, providers: Iterable[str] = ()) -> Repair:
    """Return the repair of archives on disk; they stay open."""
    settings = Settings(tuple(archives), tuple(providers))
    return find_repair(settings, {path: open_archive(path) for path in settings.archives}, errors)
