"""How a C library lets code reach `errno`, and the numbers behind the names of its errors.

A stub that fails with ENOSYS has to store *this* platform's number through *this* library's accessor.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import EM

if TYPE_CHECKING:
    from collections.abc import Mapping


class CLibrary(Enum):
    """A C library family. The value is the word shown to people and in JSON."""

    GLIBC = "glibc"
    MUSL = "musl"
    NEWLIB = "newlib"
    BIONIC = "bionic"
    PICOLIBC = "picolibc"


#: Libraries for systems without processes; programs there are linked at fixed addresses.
BARE_METAL = frozenset({CLibrary.NEWLIB, CLibrary.PICOLIBC})


class Reach(Enum):
    """How code reaches `errno`: by calling a function that returns its address, or as a thread-local variable."""

    CALL = "call"
    TLS = "tls"


class Accessor(NamedTuple):
    """The symbol through which `errno` is reached, and how."""

    reach: Reach
    symbol: str


#: Source: glibc and uClibc `bits/errno.h`, musl `errno.h` (`__errno_location`); newlib `sys/errno.h` and bionic
#: `errno.h` (`__errno`); picolibc `sys/errno.h` (`extern __thread int errno`).
ACCESSORS = {
    CLibrary.GLIBC: Accessor(Reach.CALL, "__errno_location"),
    CLibrary.MUSL: Accessor(Reach.CALL, "__errno_location"),
    CLibrary.NEWLIB: Accessor(Reach.CALL, "__errno"),
    CLibrary.BIONIC: Accessor(Reach.CALL, "__errno"),
    CLibrary.PICOLIBC: Accessor(Reach.TLS, "errno"),
}

#: Symbols an object refers to when it sets `errno`, and the library that says. `__errno` may also be bionic's: newlib
#: is the guess, and `--libc bionic` the correction.
SIGNS = {
    "__errno_location": CLibrary.GLIBC,
    "___errno_location": CLibrary.MUSL,
    "__errno": CLibrary.NEWLIB,
}

#: The numbers that every Unix since the seventh edition shares, from 1.
_FIRST_34 = """
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV
    ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE
""".split()  # noqa: SIM905 (a list literal would fill a page)
_COMMON = {name: number for number, name in enumerate(_FIRST_34, 1)}
_NAMES = """
    ENOSYS ENOTSUP EOPNOTSUPP EAFNOSUPPORT EPROTONOSUPPORT ENOTSOCK ENETDOWN ENETUNREACH EHOSTUNREACH ECONNREFUSED
    ETIMEDOUT ENOBUFS ENAMETOOLONG ELOOP EOVERFLOW ECANCELED
""".split()  # noqa: SIM905 (the same)


def _numbers(*numbers: int) -> dict[str, int]:
    return _COMMON | dict(zip(_NAMES, numbers, strict=True))


#: Source: Linux `asm-generic/errno.h`.
_LINUX = _numbers(38, 95, 95, 97, 93, 88, 100, 101, 113, 111, 110, 105, 36, 40, 75, 125)
#: Source: Linux `arch/*/include/uapi/asm/errno.h`, by `e_machine`.
_MIPS = _numbers(89, 122, 122, 124, 120, 95, 127, 128, 148, 146, 145, 132, 78, 90, 79, 158)
_SPARC = _numbers(90, 45, 45, 47, 43, 38, 50, 51, 65, 61, 60, 55, 63, 62, 92, 127)
_ALPHA = _numbers(78, 45, 45, 47, 43, 38, 50, 51, 65, 61, 60, 55, 63, 62, 112, 131) | {"EAGAIN": 35}
_HPPA = _numbers(251, 223, 223, 225, 221, 216, 228, 229, 242, 239, 238, 233, 248, 249, 72, 253)
_LINUX_BY_MACHINE: Mapping[int, dict[str, int]] = {
    EM.SPARC: _SPARC,
    EM.MIPS: _MIPS,
    EM.PARISC: _HPPA,
    EM.SPARC32PLUS: _SPARC,
    EM.SPARCV9: _SPARC,
    EM.ALPHA: _ALPHA,
}
#: Source: newlib `libc/include/sys/errno.h`; picolibc keeps the numbers.
_NEWLIB = _numbers(88, 134, 95, 106, 123, 108, 115, 114, 118, 111, 116, 105, 91, 92, 139, 140)

#: Every error name a stub can set.
ERROR_NAMES = frozenset(_LINUX)

#: `netdb.h`. Source: glibc and musl number these downwards from -1; the BSD numbering, upwards, is bionic's and
#: newlib's ports'.
_EAI_NEGATIVE = {
    "EAI_AGAIN": -3,
    "EAI_FAIL": -4,
    "EAI_FAMILY": -6,
    "EAI_SYSTEM": -11,
    "EAI_NONAME": -2,
    "EAI_OVERFLOW": -12,
}
_EAI_BSD = {"EAI_AGAIN": 2, "EAI_FAIL": 4, "EAI_FAMILY": 5, "EAI_SYSTEM": 11, "EAI_NONAME": 8, "EAI_OVERFLOW": 14}

#: Every name that `return:NAME` knows.
CONSTANT_NAMES = ERROR_NAMES | _EAI_BSD.keys()


def number_of(name: str, library: CLibrary, machine: int) -> int:
    """Return the value of an error name (`ENOSYS`, `EAI_FAIL`) for a C library on a machine (`e_machine`).

    Raises:
        UnsupportedError: The name is not in the tables.
    """
    if name.startswith("EAI_"):
        table = _EAI_NEGATIVE if library in {CLibrary.GLIBC, CLibrary.MUSL} else _EAI_BSD
    elif library in {CLibrary.NEWLIB, CLibrary.PICOLIBC}:
        table = _NEWLIB
    else:
        table = _LINUX_BY_MACHINE.get(machine, _LINUX)
    if name not in table:
        raise UnsupportedError(f"{name} is not a known error; known are {', '.join(sorted(CONSTANT_NAMES))}")
    return table[name]
