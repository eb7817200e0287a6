"""A small sysroot with the diseases that arfix was made for, built with Python alone.

    python samples/sysroot.py FOLDER

- `libc.a` is a C library without syslog. `libm.a` and `libposix.a` belong to the platform too.
- `libcrypto.a` has a member that logs: it needs openlog, syslog and closelog, which nothing here defines.
- `libffi.a` holds libposix.a, libc.a and libm.a as members, as libtool makes it when it is given their absolute paths,
  and libtramp.a, a convenience library that exists nowhere else.
- `libz.a` lost its symbol index.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.source import extent_of
from arfix.archive.write import write_archive
from arfix.edits.apply import apply
from arfix.edits.plan import Plan, Reindex
from arfix.errors import Where
from samples.tiny_object import tiny_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: Member name to its bytes, or to its functions and what they call.
    Members = Mapping[str, bytes | Mapping[str, Sequence[str]]]

LIBC: Members = {
    "malloc.o": {"malloc": [], "free": [], "realloc": ["malloc", "free"]},
    "string.o": {"memcpy": [], "memset": [], "strlen": []},
    "time.o": {"time": [], "gmtime": ["malloc"]},
    "errno.o": {"__errno": []},
}
LIBM: Members = {"e_pow.o": {"pow": ["__errno"]}, "s_sin.o": {"sin": []}, "s_cos.o": {"cos": []}}
LIBPOSIX: Members = {"open.o": {"open": ["__errno"]}, "mmap.o": {"mmap": [], "mprotect": []}}
LIBTRAMP: Members = {"tramp.o": {"ffi_tramp_alloc": ["mmap"], "ffi_tramp_free": ["free"]}}
LIBCRYPTO: Members = {
    "libcrypto-lib-bio_lib.o": {"BIO_new": ["malloc"], "BIO_free": ["free"]},
    "libcrypto-lib-bss_mem.o": {"BIO_s_mem": ["BIO_new", "memcpy"]},
    "libcrypto-lib-bss_log.o": {"BIO_s_log": ["openlog", "syslog", "closelog"]},
    "libcrypto-lib-sha256.o": {"SHA256_Init": ["memset"], "SHA256_Update": ["memcpy"], "SHA256_Final": []},
    "libcrypto-lib-x509_vfy.o": {"X509_verify_cert": ["time", "SHA256_Init"]},
}
LIBFFI: Members = {
    "prep_cif.o": {"ffi_prep_cif": []},
    "closures.o": {"ffi_closure_alloc": ["ffi_tramp_alloc"], "ffi_closure_free": ["ffi_tramp_free"]},
    "ffi64.o": {"ffi_call": ["ffi_prep_cif", "memcpy"]},
}
LIBZ: Members = {"zutil.o": {"zlibVersion": []}, "deflate.o": {"deflate": ["memcpy"], "deflateInit_": ["malloc"]}}

#: The program that is linked with the libraries: it calls into each of them and exits.
MAIN = ["BIO_new", "ffi_call", "zlibVersion"]


def build_sysroot(folder: Path) -> None:
    """Write `lib/*.a` and `main.o` into the folder."""
    lib = folder / "lib"
    lib.mkdir(parents=True, exist_ok=True)
    platform = {
        "libposix.a": make_archive(LIBPOSIX),
        "libc.a": make_archive(LIBC),
        "libm.a": make_archive(LIBM),
    }
    for name, data in platform.items():
        (lib / name).write_bytes(data)
    nested = {**platform, "libtramp.a": make_archive(LIBTRAMP)}
    (lib / "libffi.a").write_bytes(make_archive({**nested, **LIBFFI}))
    (lib / "libcrypto.a").write_bytes(make_archive(LIBCRYPTO))
    (lib / "libz.a").write_bytes(make_archive(LIBZ, index=False))
    (folder / "main.o").write_bytes(tiny_object({"_start": MAIN}, ends=True))


def make_archive(members: Members, *, index: bool = True) -> bytes:
    """Return a GNU archive of these members, with its index or without."""
    made = tuple(_member(name, what) for name, what in members.items())
    archive = Archive(Kind.GNU, made, None)
    if index:
        archive = apply(archive, Plan("new.a", (Reindex("a new archive"),)))
    return write_archive(archive)


def _member(name: str, what: bytes | Mapping[str, Sequence[str]]) -> Member:
    data = what if isinstance(what, bytes) else tiny_object(what)
    return Member(name, new_header(), extent_of(data, Where("<new>")))


if __name__ == "__main__":
    build_sysroot(Path(sys.argv[1]))
