"""Identifies a file that is not an archive, and suggests what to do with it.

People hand all kinds of files to a tool for archives: a linker script called `libm.a`, an object, an archive inside a
Mach-O universal file. Each gets an error that says what the file is and names the next command. This is for the message
alone: `arfix/formats/` recognizes the content of *members*.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arfix.archive.format import MACHO_MAGICS, MAGIC, MAGIC_SIZE, THIN_MAGIC, ZOS_MAGIC
from arfix.archive.names import quote
from arfix.archive.universal import MAX_JAVA_FREE_COUNT, UNIVERSAL_MAGICS, decode_universal
from arfix.errors import ArfixError, FormatError, UnsupportedError

if TYPE_CHECKING:
    from arfix.errors import Where

#: How much of a text is looked at, in bytes.
_TEXT_SIZE = 4096

#: ELF `e_type` (2 bytes at 16): what the file is called. Source: System V ABI, "ELF Header".
_ELF_TYPES = {1: "ELF object", 2: "ELF executable", 3: "ELF shared object or executable", 4: "core dump"}

#: `{}` is the path, quoted for a shell.
_MAKE_ARCHIVE = "`arfix merge -o lib.a -- {}` makes an archive of it."
_XCOFF = "An archive of it is made by `ar` on AIX; arfix reads those archives, and does not write them."
_UNPACK = "Unpack it first."

#: First bytes, what they begin, and the next step.
_PREFIXES: tuple[tuple[bytes, str, str | None], ...] = (
    (b"\0asm", "a WebAssembly module", _MAKE_ARCHIVE),
    (b"BC\xc0\xde", "LLVM bitcode", _MAKE_ARCHIVE),
    (b"\xde\xc0\x17\x0b", "LLVM bitcode", _MAKE_ARCHIVE),
    (b"MZ", "a Windows executable or DLL", "Look for its import library, a .lib or .dll.a file."),
    (b"\x00\x00\xff\xff", "a COFF import or anonymous object", _MAKE_ARCHIVE),
    (b"\x4c\x01", "a COFF object (i386)", _MAKE_ARCHIVE),
    (b"\x64\x86", "a COFF object (x86-64)", _MAKE_ARCHIVE),
    (b"\x64\xaa", "a COFF object (arm64)", _MAKE_ARCHIVE),
    (b"\xc4\x01", "a COFF object (arm)", _MAKE_ARCHIVE),
    (b"\x01\xdf", "an XCOFF object (32-bit)", _XCOFF),
    (b"\x01\xf7", "an XCOFF object (64-bit)", _XCOFF),
    (b"\xca\xfe\xba\xbe", "a Java class file", None),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"\xfd7zXZ\0", "an xz file", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"PK\x03\x04", "a zip file", _UNPACK),
)


def error_for(view: memoryview, where: Where) -> ArfixError:
    """Return the error for bytes that do not begin as an archive does: what they are, and the next command."""
    head = bytes(view[:_TEXT_SIZE])
    if head[:4] in UNIVERSAL_MAGICS and int.from_bytes(head[4:8], "big") <= MAX_JAVA_FREE_COUNT:
        return _universal(view, where)
    if head[:MAGIC_SIZE] == ZOS_MAGIC:
        return UnsupportedError(
            "a z/OS archive, in EBCDIC: arfix does not read these",
            where=where,
            hint="Use `ar` on z/OS, or a current llvm-ar.",
        )
    what, hint = _binary(head) or _damaged(head) or _text(head) or (f"unknown data, beginning {quote(head[:8])}", None)
    if hint is _MAKE_ARCHIVE:
        from shlex import quote as quote_for_shell  # noqa: PLC0415 (imports re: only an error needs it)

        hint = hint.format(quote_for_shell(where.path))
    return FormatError(f"not an archive but {what}", where=where, hint=hint)


def _universal(view: memoryview, where: Where) -> ArfixError:
    """Return the error for a Mach-O universal file, with what its slices are."""
    try:
        slices = decode_universal(view, where)
    except FormatError as error:
        return error
    names = ", ".join(part.machine for part in slices) or "no machine"
    if not any(bytes(view[part.offset : part.offset + MAGIC_SIZE]) in {MAGIC, THIN_MAGIC} for part in slices):
        return FormatError(f"not an archive but a Mach-O universal file without archives, for {names}", where=where)
    return UnsupportedError(
        f"a Mach-O universal file that holds one archive per machine: {names}",
        where=where,
        hint=f"Take one out: `lipo {where.path} -thin {slices[0].machine} -output THIN.a` (or llvm-lipo).",
    )


def _binary(head: bytes) -> tuple[str, str | None] | None:
    """Return what a binary file is, from its magic, and a hint."""
    if not head:
        return "an empty file (0 bytes)", "An archive without members has 8 bytes; `ar rc NEW.a` makes one."
    if head.startswith(b"\x7fELF"):
        number = int.from_bytes(head[16:18], "big" if head[5:6] == b"\x02" else "little")
        hint = (
            _MAKE_ARCHIVE if number == 1 else "It is linked already; the archive it came from is what arfix works on."
        )
        return f"an {_ELF_TYPES.get(number, 'ELF file')}", hint
    if head[:4] in MACHO_MAGICS:
        return "a Mach-O object or image", _MAKE_ARCHIVE
    if head[257:262] == b"ustar":
        return "a tar file", _UNPACK
    return next(((what, hint) for magic, what, hint in _PREFIXES if head.startswith(magic)), None)


def _damaged(head: bytes) -> tuple[str, str] | None:
    """Return what happened to an archive whose magic is not whole."""
    if head.startswith((b"!<arch>\r\n", b"!<thin>\r\n")):
        return "a damaged one: its line ends were converted (CR LF)", "It was moved as text; get it again, as binary."
    if len(head) < MAGIC_SIZE and MAGIC.startswith(head):
        return f"the first {len(head)} bytes of one", "The file was cut short; get or build it again."
    return None


def _text(head: bytes) -> tuple[str, str | None] | None:
    """Return what kind of text a file is, and a hint; None when it is no text."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return None
    if b"libtool library file" in head:
        found = re.search(rb"old_library='([^'\n]+)'", head)
        hint = f"The archive it describes is {quote(found[1])}, usually beside it or in .libs/." if found else None
        return "a libtool library file (.la)", hint
    if head.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS", "Fetch the file itself: `git lfs pull`."
    if re.search(rb"(?:\A|\n)\s*(?:/\*.*\*/\s*)?(?:INPUT|GROUP|OUTPUT_FORMAT|SECTIONS)\s*\(?", head):
        found_all = re.findall(rb"[^\s()]+\.a\b", head)
        named = ", ".join(name.decode("utf-8", "backslashreplace") for name in found_all[:8])
        return "a linker script", f"Use the archives that it names: {named}" if named else None
    return f"text, beginning {quote(head[:24])}", None
