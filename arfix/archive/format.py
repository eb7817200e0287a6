"""Facts of the `ar` formats: magics, header layout, special names, limits. No logic; every fact names its source.

The common format is a magic of 8 bytes, then for each member a header of 60 bytes, the data, and one padding byte when
the size is odd, so that headers are at even offsets. What the variants add to it (long names, symbol indexes) is
stored as members with special names.

Sources, by the short names used below:

* SysV: System V ABI, edition 4.1, chapter 7 "Archive File"; `ar(5)` of Solaris and Linux (`/usr/include/ar.h`).
* BFD: GNU binutils 2.40, `bfd/archive.c`, `bfd/archive64.c`, `include/aout/ar.h`.
* LLVM: `llvm/lib/Object/Archive.cpp` and `ArchiveWriter.cpp`, versions 14 to 22.
* FreeBSD: `ar(5)`, 4.4BSD long names and `__.SYMDEF`.
* cctools: Apple's `ar.h`, `ranlib.h` and `misc/libtool.c`.
* PE: Microsoft "PE Format", section "Archive (Library) File Format".
* AIX: IBM AIX 7 Files Reference, "ar File Format (Big)" and `<ar.h>`.
* HP-UX: "The 32-bit PA-RISC Run-time Architecture Document", chapter "SOM libraries".
"""

from __future__ import annotations

from typing import Final

# --- the file ---------------------------------------------------------------------------------------------------------

#: First bytes of every archive that holds its members. Source: SysV, `ARMAG`.
MAGIC: Final = b"!<arch>\n"
#: First bytes of a thin archive, whose member bytes live in files beside it. Source: BFD, `ARMAGT`.
THIN_MAGIC: Final = b"!<thin>\n"
#: First bytes of an AIX big archive (AIX 4.3 and later). Source: AIX, `AIAMAGBIG`.
AIX_BIG_MAGIC: Final = b"<bigaf>\n"
#: First bytes of an AIX small archive (before AIX 4.3). Source: AIX, `AIAMAG`.
AIX_SMALL_MAGIC: Final = b"<aiaff>\n"
#: `!<arch>\n` in EBCDIC (IBM-1047): an archive of z/OS. Source: LLVM (git after 22), `ZOSArchiveMagic`.
ZOS_MAGIC: Final = bytes.fromhex("5a4c819983886e15")
#: Size of each of these magics in bytes.
MAGIC_SIZE: Final = 8

# --- the member header ------------------------------------------------------------------------------------------------

#: Size of a member header in bytes: 16 + 12 + 6 + 6 + 8 + 10 + 2. Source: SysV, `struct ar_hdr`.
HEADER_SIZE: Final = 60
#: Name, blank padded; what ends it depends on the variant (`names.py`).
NAME_FIELD: Final = slice(0, 16)
#: Modification time, decimal seconds since 1970.
DATE_FIELD: Final = slice(16, 28)
#: Owner, decimal.
UID_FIELD: Final = slice(28, 34)
#: Group, decimal.
GID_FIELD: Final = slice(34, 40)
#: File mode, **octal**.
MODE_FIELD: Final = slice(40, 48)
#: Data size in bytes, decimal: includes a BSD name prefix, excludes the padding byte.
SIZE_FIELD: Final = slice(48, 58)
#: The two bytes that end each header.
FMAG_FIELD: Final = slice(58, 60)
#: The content of `FMAG_FIELD`. Source: SysV, `ARFMAG`.
FMAG: Final = b"`\n"
#: The padding byte that GNU, LLVM and BSD write after data of odd size (Go writes NUL).
PADDING: Final = b"\n"
#: The largest size that ten decimal digits hold. Source: measured, GNU "file too big", LLVM "exceeds size limit".
MAX_MEMBER_SIZE: Final = 9_999_999_999
#: Owner and group numbers are stored in six digits; LLVM stores larger ones modulo this.
MAX_ID: Final = 1_000_000

# --- GNU and System V -------------------------------------------------------------------------------------------------

#: The symbol index with 32-bit offsets; also both linker members of a COFF library. Source: SysV.
GNU_INDEX_NAME: Final = b"/"
#: The symbol index with 64-bit offsets. Source: BFD, `bfd/archive64.c`.
GNU64_INDEX_NAME: Final = b"/SYM64/"
#: The table of long names. Source: SysV.
NAME_TABLE_NAME: Final = b"//"
#: The table of long names in archives of some old System V tools. Source: BFD, `_bfd_slurp_extended_name_table`.
OLD_NAME_TABLE_NAME: Final = b"ARFILENAMES/"
#: The longest name that a header holds in the GNU variant: 16 bytes less the terminating `/`.
GNU_SHORT_NAME_MAX: Final = 15
#: Ends each name in the table. (System V tools end names with `\n` alone, COFF tools with NUL.)
NAME_TABLE_TERMINATOR: Final = b"/\n"
#: The first header offset that a 32-bit index cannot hold.
MAX_OFFSET_32: Final = 0xFFFF_FFFF

# --- BSD and Darwin ---------------------------------------------------------------------------------------------------

#: `#1/<n>`: the name is the first n bytes of the data and counted in the size. Source: FreeBSD, `AR_EFMT1`.
BSD_LONG_NAME: Final = b"#1/"
#: The BSD symbol index. Source: FreeBSD, `RANLIBMAG`.
BSD_INDEX_NAME: Final = b"__.SYMDEF"
#: The Darwin index whose entries are sorted by name. Source: cctools, `SYMDEF_SORTED`.
DARWIN_SORTED_INDEX_NAME: Final = b"__.SYMDEF SORTED"
#: The Darwin index with 64-bit fields. Source: cctools, `SYMDEF_64`.
DARWIN64_INDEX_NAME: Final = b"__.SYMDEF_64"
#: The same, sorted by name. Source: cctools, `SYMDEF_64_SORTED`.
DARWIN64_SORTED_INDEX_NAME: Final = b"__.SYMDEF_64 SORTED"
#: Darwin tools keep data 8-aligned and count the `\n` bytes that achieve it in the size. Source: cctools, LLVM.
DARWIN_ALIGNMENT: Final = 8
#: First bytes of Mach-O objects, both widths and both byte orders: what sets Darwin archives apart. Source: cctools.
MACHO_MAGICS: Final = frozenset(
    {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"},
)

# --- COFF -------------------------------------------------------------------------------------------------------------

#: Symbols of ARM64EC code in a COFF library. Source: LLVM.
COFF_EC_SYMBOLS_NAME: Final = b"/<ECSYMBOLS>/"
#: How the names of such maps begin and end.
COFF_MAP_START: Final = b"/<"
COFF_MAP_END: Final = b">/"
#: Opaque maps in libraries of the Windows SDK. Source: LLVM, and libraries of the SDK.
COFF_OPAQUE_NAMES: Final = frozenset({COFF_EC_SYMBOLS_NAME, b"/<XFGHASHMAP>/", b"/<HYBRIDMAP>/"})
#: The most members whose 1-based numbers the second linker member holds in 16 bits. Source: LLVM, measured.
COFF_MAX_MEMBERS: Final = 65_534

# --- AIX --------------------------------------------------------------------------------------------------------------

#: Bytes in each of date, owner, group and mode of an AIX member header, big or small. Source: AIX.
AIX_ATTRIBUTE_FIELD: Final = 12
#: Bytes in the field that gives the length of an AIX member's name. Source: AIX.
AIX_NAME_SIZE_FIELD: Final = 4

# --- HP-UX ------------------------------------------------------------------------------------------------------------

#: First bytes of the `/` member (LST) of a SOM library: system id 0x020b, 0x0210 or 0x0214, then 0x0619. Source: HP-UX.
SOM_INDEX_MAGICS: Final = frozenset({b"\x02\x0b\x06\x19", b"\x02\x10\x06\x19", b"\x02\x14\x06\x19"})
