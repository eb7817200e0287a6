from __future__ import annotations

import gzip
import struct
import tarfile
from io import BytesIO

import pytest

from arfix.archive.format import ZOS_MAGIC
from arfix.archive.read import read
from arfix.errors import FormatError, UnsupportedError
from tests.archive.literal import MAGIC, THIN, archive, stored


def elf(number: int, order: str = "<") -> bytes:
    return (
        b"\x7fELF\x02"
        + (b"\x01" if order == "<" else b"\x02")
        + bytes(10)
        + struct.pack(f"{order}H", number)
        + bytes(40)
    )


def tar() -> bytes:
    with BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as made:
            made.addfile(tarfile.TarInfo("x"))
        return file.getvalue()


LIBTOOL = b"# libz.la - a libtool library file\nold_library='libz.a'\nlibdir='/usr/lib'\n"
SCRIPT = b"/* GNU ld script\n*/\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /usr/lib/libm-2.36.a /usr/lib/libmvec.a )\n"


@pytest.mark.parametrize(
    ("data", "said", "advice"),
    [
        (b"", "an empty file", "`ar rc NEW.a`"),
        (b"!", "the first 1 bytes of one", "cut short"),
        (b"!<arch>", "the first 7 bytes of one", "cut short"),
        (b"!<arch>\r\na.o/", "line ends were converted", "as binary"),
        (elf(1), "an ELF object", "`arfix merge -o lib.a -- '<bytes>'`"),
        (elf(1, ">"), "an ELF object", "`arfix merge -o lib.a -- '<bytes>'`"),
        (elf(2), "an ELF executable", "linked already"),
        (elf(3), "an ELF shared object", "linked already"),
        (elf(9), "an ELF file", "linked already"),
        (b"\xcf\xfa\xed\xfe" + bytes(40), "a Mach-O object", "`arfix merge"),
        (b"\x64\x86\x03\x00" + bytes(40), "a COFF object (x86-64)", "`arfix merge"),
        (b"\x00\x00\xff\xff\x00\x00" + bytes(40), "a COFF import", "`arfix merge"),
        (b"MZ\x90\x00" + bytes(40), "a Windows executable or DLL", "import library"),
        (b"\0asm\1\0\0\0", "a WebAssembly module", "`arfix merge"),
        (b"BC\xc0\xde5\x14\0\0", "LLVM bitcode", "`arfix merge"),
        (b"\x01\xf7" + bytes(40), "an XCOFF object", "on AIX"),
        (gzip.compress(MAGIC, mtime=0), "a gzip file", "Unpack"),
        (tar(), "a tar file", "Unpack"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(40), "a Java class", None),
        (LIBTOOL, "a libtool library file", '"libz.a"'),
        (b"# a libtool library file\n", "a libtool library file", None),
        (SCRIPT, "a linker script", "/usr/lib/libm-2.36.a, /usr/lib/libmvec.a"),
        (b"INPUT(-lfoo)\n", "a linker script", None),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
        (b"hello\n", 'text, beginning "hello\\x0a"', None),
        (b"\x1b[2Jhello", 'text, beginning "\\x1b[2Jhello"', None),
        (b"\0\1\2\3", 'unknown data, beginning "\\x00\\x01\\x02\\x03"', None),
        (b"!<arch>\0" + bytes(80), "unknown data", None),
    ],
)
def test_what_is_no_archive_is_named(data: bytes, said: str, advice: str | None) -> None:
    with pytest.raises(FormatError) as caught:
        read(data)
    assert caught.value.message.startswith("not an archive but ")
    assert said in caught.value.message
    if advice is None:
        assert caught.value.hint is None
    else:
        assert advice in (caught.value.hint or "")


def test_a_zos_archive() -> None:
    with pytest.raises(UnsupportedError, match="z/OS") as caught:
        read(ZOS_MAGIC + bytes(60))
    assert caught.value.hint


def universal(*slices: tuple[int, bytes], wide: bool = False, shift: int = 0) -> bytes:
    record = ">2I2Q2I" if wide else ">5I"
    at = 8 + struct.calcsize(record) * len(slices)
    head, body = b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe", b""
    head += struct.pack(">I", len(slices))
    for cputype, data in slices:
        values = (cputype, 3, at + len(body) + shift, len(data), 0)
        head += struct.pack(record, *values, 0) if wide else struct.pack(record, *values)
        body += data
    return head + body


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("magic", [MAGIC, THIN])
def test_a_universal_file_of_archives(wide: bool, magic: bytes) -> None:  # noqa: FBT001
    inner = archive(stored(b"a.o", b"even"), magic=magic)
    with pytest.raises(UnsupportedError, match="one archive per machine: x86_64, arm64, cputype-0x63") as caught:
        read(universal((0x01000007, inner), (0x0100000C, inner), (99, inner), wide=wide))
    assert "lipo <bytes> -thin x86_64" in (caught.value.hint or "")


def test_a_universal_file_of_something_else() -> None:
    with pytest.raises(FormatError, match="a Mach-O universal file without archives, for i386"):
        read(universal((7, b"\xce\xfa\xed\xfe" + bytes(24))))
    with pytest.raises(FormatError, match="without archives, for no machine"):
        read(universal())


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    "shift", [-1, 1, 2**31], ids=["over the records", "past the end by one", "past the end by far"]
)
def test_universal_slices_must_fit(wide: bool, shift: int) -> None:  # noqa: FBT001
    with pytest.raises(FormatError, match="overlaps another one or the end of the file"):
        read(universal((7, MAGIC), (18, MAGIC), wide=wide, shift=shift))


def test_universal_slices_must_not_overlap() -> None:
    data = universal((7, MAGIC), (18, MAGIC))
    second = 8 + 20 + 8
    with pytest.raises(FormatError, match="overlaps"):
        read(data[:second] + data[8 + 8 : 8 + 12] + data[second + 4 :])


def test_a_count_of_slices_beyond_the_file() -> None:
    with pytest.raises(FormatError, match="claims 40 machines"):
        read(b"\xca\xfe\xba\xbf\0\0\0\x28" + bytes(100))
