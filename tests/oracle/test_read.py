"""Members and index of real archives: what llvm-ar and nm say of the same file."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from arfix.archive.model import Kind
from arfix.archive.names import encode_name
from arfix.archive.read import read, read_archive
from arfix.archive.source import BytesSource
from arfix.errors import ArfixError, Where
from tests.tools import give_up, need, need_llvm_ar, output_of

pytestmark = pytest.mark.oracle

#: Where distributions keep archives: native, cross and bare-metal ones.
FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/gcc", "/usr/lib/gcc-cross", "/usr/lib/musl", "/usr/lib/arm-none-eabi")
#: Larger files add time, not variety.
MAX_SIZE = 4_000_000
COUNT = 30


def system_archives() -> list[Path]:
    """Return archives of this system, spread over the folders."""
    found = [
        sorted(path for path in Path(folder).rglob("*.a") if path.is_file() and path.stat().st_size <= MAX_SIZE)
        for folder in FOLDERS
    ]
    mixed = [path for row in itertools.zip_longest(*found) for path in row if path is not None]
    return mixed[:COUNT]


def armap(listing: str) -> list[str]:
    """Return the lines of the index in what `nm --print-armap` prints."""
    lines = listing.splitlines()
    if "Archive index:" not in lines:
        return []
    return list(itertools.takewhile(bool, lines[lines.index("Archive index:") + 1 :]))


def test_system_archives_are_read_as_llvm_ar_and_nm_do() -> None:
    llvm_ar, nm = need("llvm-ar-19", "llvm-ar-14", "llvm-ar"), need("nm")
    compared = 0
    for path in system_archives():
        where = Where(str(path))
        try:
            found = read_archive(BytesSource(where, memoryview(path.read_bytes())), where)
        except ArfixError as error:
            assert "not an archive but " in error.message  # noqa: PT017 (linker scripts and objects are called .a too)
            continue
        assert [encode_name(member.name).decode() for member in found] == output_of(llvm_ar, "t", path).splitlines()
        entries = found.index or ()
        assert [f"{name} in {found.members[at].name}" for name, at in entries] == armap(
            output_of(nm, "--print-armap", path)
        )
        assert found.oddities == ()
        compared += 1
    if not compared:
        give_up("no archives on this system")


ASSEMBLY = {"a.o": ".globl f\n.globl g\nf:\ng: ret\n", "an object with a long name.o": ".globl h\nh: ret\n"}


@pytest.mark.parametrize(
    ("form", "triple", "threshold", "kind"),
    [
        ("gnu", "x86_64-linux-gnu", None, Kind.GNU),
        ("gnu", "x86_64-linux-gnu", "10", Kind.GNU64),
        ("bsd", "x86_64-linux-gnu", None, Kind.BSD),
        ("bsd", "x86_64-linux-gnu", "10", Kind.GNU64),
        ("darwin", "x86_64-apple-darwin", None, Kind.DARWIN),
        ("darwin", "x86_64-apple-darwin", "10", Kind.DARWIN64),
        ("coff", "x86_64-pc-windows-msvc", None, Kind.COFF),
        ("bigarchive", "powerpc-ibm-aix", None, Kind.AIX_BIG),
        ("bigarchive", "powerpc64-ibm-aix", None, Kind.AIX_BIG),
    ],
)
def test_every_form_that_llvm_ar_writes(
    form: str, triple: str, threshold: str | None, kind: Kind, tmp_path: Path
) -> None:
    llvm_ar, llvm_nm = need_llvm_ar(form), need("llvm-nm-19", "llvm-nm")
    for name, text in ASSEMBLY.items():
        (tmp_path / "x.s").write_text(text if "aix" not in triple else text.replace("ret", "blr"))
        output_of(need("llvm-mc-19", "llvm-mc"), "-filetype=obj", "-triple", triple, "x.s", "-o", name, cwd=tmp_path)
    environment = {"SYM64_THRESHOLD": threshold} if threshold else None
    output_of(llvm_ar, f"--format={form}", "rcs", "x.a", *ASSEMBLY, cwd=tmp_path, env=environment)
    found = read((tmp_path / "x.a").read_bytes())
    assert (found.kind, found.oddities) == (kind, ())
    assert [member.name for member in found] == list(ASSEMBLY)
    for member in found:
        data = (tmp_path / member.name).read_bytes()
        assert bytes(member.data[: len(data)]) == data
        assert not bytes(member.data[len(data) :]).strip(b"\n")
    listing = output_of(llvm_nm, "--print-armap", tmp_path / "x.a").splitlines()
    assert found.index is not None
    entries = [f"{name} in {found.members[at].name}" for name, at in found.index]
    assert sorted(entries) == sorted(itertools.takewhile(bool, listing[listing.index("Archive map") + 1 :]))
