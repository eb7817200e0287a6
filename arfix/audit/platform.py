"""Which library names belong to the platform itself, so that a copy of one inside another archive is a mistake."""

from __future__ import annotations

#: Libraries of the C toolchain and C library, without `lib` and `.a`. Source: the archives of newlib, glibc, musl,
#: libgcc and compiler-rt as Debian 12 ships them, and libposix of Nanvix.
PLATFORM_LIBRARIES = frozenset(
    {
        "c",
        "m",
        "g",
        "posix",
        "pthread",
        "rt",
        "dl",
        "util",
        "resolv",
        "crypt",
        "anl",
        "mvec",
        "xnet",
        "nosys",
        "gloss",
        "rdimon",
        "semihost",
        "sysbase",
        "gcc",
        "gcc_eh",
        "gcov",
        "atomic",
        "ssp",
        "ssp_nonshared",
        "c_nonshared",
        "compiler_rt",
        "unwind",
        "stdc++",
        "supc++",
        "c++",
        "c++abi",
    }
)


def is_platform_library(name: str) -> bool:
    """Tell whether a file or member name is that of a library of the platform: `libc.a`, `/usr/lib/libm-2.36.a`."""
    base = name.replace("\\", "/").rpartition("/")[2]
    if not base.startswith("lib") or not base.endswith(".a"):
        return False
    stem = base[3:-2]
    if stem in PLATFORM_LIBRARIES or stem.startswith("clang_rt."):
        return True
    head, dash, version = stem.rpartition("-")
    return bool(dash) and version[:1].isdigit() and head in PLATFORM_LIBRARIES
