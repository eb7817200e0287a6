"""Relocatable x86-64 objects made of functions that call each other: enough for a linker, and no compiler needed.

    >>> data = tiny_object({"BIO_s_log": ["openlog", "syslog"]})

defines the function `BIO_s_log`, whose body calls `openlog` and `syslog`; both are undefined in the object.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Source: System V ABI, chapter 4, and its AMD64 supplement. Opcodes: call rel32, ret; and exit(0) as Linux wants it.
CALL, RETURN, EXIT = b"\xe8\0\0\0\0", b"\xc3", b"\xb8\x3c\0\0\0\x31\xff\x0f\x05"
R_X86_64_PLT32 = 4
PROGBITS, SYMTAB, STRTAB, RELA = 1, 2, 3, 4
ALLOC, EXEC, INFO_LINK = 2, 4, 0x40
GLOBAL_FUNCTION, GLOBAL_UNKNOWN, WEAK_FUNCTION = 0x12, 0x10, 0x22


def tiny_object(functions: Mapping[str, Sequence[str]], *, weak: bool = False, ends: bool = False) -> bytes:
    """Return an object that defines each function with a body calling the named others.

    Args:
        functions: Name to the names it calls; those that no function here defines are undefined.
        weak: Define the functions weakly.
        ends: Let each function end the process with status 0 instead of returning.
    """
    text, calls, starts = bytearray(), [], {}
    for name, called in functions.items():
        starts[name] = len(text)
        for other in called:
            calls.append((len(text) + 1, other))
            text += CALL
        text += EXIT if ends else RETURN
    undefined = dict.fromkeys(other for _, other in calls if other not in functions)
    names = [*functions, *undefined]
    info = WEAK_FUNCTION if weak else GLOBAL_FUNCTION
    symbols = bytes(24)
    strings = bytearray(b"\0")
    for name in names:
        kind, section = (info, 1) if name in starts else (GLOBAL_UNKNOWN, 0)
        symbols += struct.pack("<IBBHQQ", len(strings), kind, 0, section, starts.get(name, 0), 0)
        strings += name.encode() + b"\0"
    relocations = b"".join(
        struct.pack("<QQq", offset, names.index(other) + 1 << 32 | R_X86_64_PLT32, -4) for offset, other in calls
    )
    return _assemble(
        [
            (".text", PROGBITS, ALLOC | EXEC, bytes(text), 0, 0, 16, 0),
            (".rela.text", RELA, INFO_LINK, relocations, 3, 1, 8, 24),
            (".symtab", SYMTAB, 0, symbols, 4, 1, 8, 24),
            (".strtab", STRTAB, 0, bytes(strings), 0, 0, 1, 0),
            (".note.GNU-stack", PROGBITS, 0, b"", 0, 0, 1, 0),
        ]
    )


def _assemble(sections: list[tuple[str, int, int, bytes, int, int, int, int]]) -> bytes:
    """Return header, contents and section headers; a section is (name, type, flags, data, link, info, align, size)."""
    sections = [*sections, (".shstrtab", STRTAB, 0, b"", 0, 0, 1, 0)]
    names = b"\0" + b"".join(name.encode() + b"\0" for name, *_ in sections)
    body, headers = bytearray(64), bytearray(64)
    for name, kind, flags, data, link, info, align, size in sections:
        body += bytes(-len(body) % align)
        content = names if name == ".shstrtab" else data
        place = names.index(name.encode() + b"\0")
        headers += struct.pack("<IIQQQQIIQQ", place, kind, flags, 0, len(body), len(content), link, info, align, size)
        body += content
    body += bytes(-len(body) % 8)
    count = len(sections) + 1
    fields = (1, 62, 1, 0, 0, len(body), 0, 64, 0, 0, 64, count, count - 1)
    body[:64] = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", *fields)
    return bytes(body + headers)
