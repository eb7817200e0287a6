"""Functions that only glibc has, and the plain function of every C library that does the same.

glibc's headers turn plain calls into calls of these: fortified ones (`-D_FORTIFY_SOURCE`), whose last argument is the
size of the destination, and those of a newer C standard. A jump to the plain function is right where the plain
function's parameters are the first ones of the other, which excludes `__sprintf_chk` and its like: their flag comes
second.
Sources: glibc `debug/*_chk.c` and `libc.abilist`; LSB 5.0, "Interfaces for libc"; glibc 2.38 NEWS (`__isoc23_*`).
"""

from __future__ import annotations

from typing import Final

#: Fortified functions that take the plain function's arguments first.
_FORTIFIED: Final = frozenset(
    """
    memcpy memmove memset mempcpy strcpy strncpy strcat strncat stpcpy stpncpy strlcpy strlcat explicit_bzero
    wmemcpy wmemmove wmemset wmempcpy wcscpy wcsncpy wcscat wcsncat wcpcpy wcpncpy wcslcpy wcslcat
    read pread pread64 getcwd getwd gets gethostname getdomainname getgroups getlogin_r readlink readlinkat realpath
    confstr ttyname_r ptsname_r mbstowcs mbsrtowcs mbsnrtowcs wcstombs wcsrtombs wcsnrtombs wctomb wcrtomb poll ppoll
    longjmp
    """.split()  # noqa: SIM905 (a list literal would fill a page)
)
#: Conversions that the C standards of 1999 and 2023 changed in corners of the syntax they accept.
_STANDARDS: Final = ("__isoc99_", "__isoc23_")
#: Other names of plain functions.
_SYNONYMS: Final = {
    "__errno_location": "__errno",
    "__errno": "__errno_location",
    "__strdup": "strdup",
    "__strndup": "strndup",
    "__strtok_r": "strtok_r",
    "__stpcpy": "stpcpy",
    "__mempcpy": "mempcpy",
    "__rawmemchr": "rawmemchr",
    "__isnan": "isnan",
    "__isinf": "isinf",
    "__finite": "finite",
    "fopen64": "fopen",
    "freopen64": "freopen",
    "tmpfile64": "tmpfile",
    "mkstemp64": "mkstemp",
    "bcmp": "memcmp",
    "_IO_getc": "getc",
    "_IO_putc": "putc",
}


def plain_function(name: str) -> str | None:
    """Return the plain function that does what a function of glibc does, or None."""
    for prefix in _STANDARDS:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    base = name.removeprefix("__").removesuffix("_chk")
    if name == f"__{base}_chk" and base in _FORTIFIED:
        return base
    return _SYNONYMS.get(name)
