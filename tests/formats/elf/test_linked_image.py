"""Linked images, made by a real linker, and what is left of them after damage."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import ArfixError, FormatError
from arfix.formats.elf.linked_image import SearchPath, read_image
from arfix.formats.elf.section_kinds import SectionKind
from arfix.formats.model import Content, SymbolType
from tests.elf_builder import ALLOC, IS_TLS, NOBITS, TLS, WRITE, Sec, Sym, elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

OBJECT = elf(
    "api",
    Sym("counter", ".tdata", type=TLS, value=8, size=8),
    sections=(
        Sec(".text", b"\x90" * 64, flags=ALLOC | 4, align=16),
        Sec(".tdata", bytes(range(16)), flags=ALLOC | WRITE | IS_TLS, align=8),
        Sec(".bss", bytes(4096), type=NOBITS, flags=ALLOC | WRITE, align=8),
    ),
)


def linked(folder: Path, *arguments: str) -> bytes:
    """Return a shared object or executable of one object."""
    source, target = folder / "one.o", folder / "image"
    source.write_bytes(OBJECT)
    subprocess.run([need("ld"), "-o", target, source, *arguments], check=True)
    return target.read_bytes()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return Whole(
        linked(tmp_path_factory.mktemp("image"), "-shared", "-rpath", "$ORIGIN/lib:/opt", "-soname", "libone.so")
    )


def test_a_shared_object(shared: bytes) -> None:
    image = read_image(memoryview(shared))
    assert image.content is Content.ELF_SHARED
    assert (image.machine.name, image.dynamic.soname) == ("x86-64", "libone.so")
    assert image.search == (SearchPath("$ORIGIN/lib", is_inherited=False), SearchPath("/opt", is_inherited=False))
    assert image.sizes[SectionKind.CODE] == 64
    assert image.sizes[SectionKind.BSS] == 4096
    (api,) = image.definitions["api"]
    home = next(one for one in image.segments if one.address <= api.value < one.address + len(one.data))
    assert bytes(home.data[api.value - home.address :][:64]) == b"\x90" * 64
    assert not home.is_writable


def test_a_thread_local_variable_is_at_its_first_bytes(shared: bytes) -> None:
    image = read_image(memoryview(shared))
    (counter,) = image.definitions["counter"]
    assert counter.type is SymbolType.TLS
    home = next(one for one in image.segments if one.address <= counter.value < one.address + len(one.data))
    assert bytes(home.data[counter.value - home.address :][:8]) == bytes(range(8, 16))


def test_an_executable_and_one_that_is_loaded_anywhere(tmp_path: Path) -> None:
    assert read_image(memoryview(linked(tmp_path, "-e", "api"))).content is Content.ELF_EXECUTABLE
    pie = linked(tmp_path, "-pie", "-e", "api", "-dynamic-linker", "/lib/ld.so", "-rpath", "/x", "--disable-new-dtags")
    image = read_image(memoryview(pie))
    assert image.content is Content.ELF_EXECUTABLE
    assert image.search == (SearchPath("/x", is_inherited=True),)


def test_without_section_headers_segments_tell_sizes(shared: bytes, tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(shared)
    output_of(need("llvm-strip-19", "llvm-strip"), "--strip-sections", path)
    image = read_image(memoryview(path.read_bytes()))
    assert (image.sections, image.symbols) == ((), ())
    assert image.sizes[SectionKind.BSS] >= 4096
    assert set(image.definitions) == {"api", "counter"}


def test_what_is_no_image_is_told() -> None:
    for data in (OBJECT, b"text", b""):
        with pytest.raises(FormatError, match="no executable and no shared object"):
            read_image(memoryview(data))


def test_a_path_that_is_no_text_is_told(tmp_path: Path) -> None:
    pie = linked(tmp_path, "-pie", "-e", "api", "-dynamic-linker", "/lib/ld.so")
    with pytest.raises(FormatError, match="not UTF-8"):
        read_image(memoryview(pie.replace(b"/lib/ld.so", b"/lib/\xff\xfe.so")))


class Whole(bytes):
    """Bytes whose representation is short: an image in a failure's report says nothing and fills a screen."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@given(st.data())
def test_damage_gives_an_image_or_an_error(shared: bytes, data: st.DataObject) -> None:
    broken = bytearray(shared)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(broken)) | st.just(len(broken)))
    try:
        image = read_image(memoryview(bytes(broken[:cut])))
    except ArfixError:
        return
    assert image.definitions is not None
    assert image.sizes is not None
