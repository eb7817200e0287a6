from __future__ import annotations

import errno
import os
from itertools import product
from typing import TYPE_CHECKING

import pytest

from arfix.archive import files, write
from arfix.archive.files import FileSource
from arfix.archive.source import Extent, extent_of
from arfix.archive.write import stream_chunks
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from arfix.archive.chunks import Chunk

BUFFER_SIZE, KERNEL_COPY_SIZE = 1 << 10, 1 << 14

#: Bytes without a period that a buffer size could hide behind.
PATTERN = b"".join(number.to_bytes(3, "big") for number in range(KERNEL_COPY_SIZE))
KERNEL_CALLS = ("copy_file_range", "sendfile")


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what counts as large small, so that the tests are quick."""
    monkeypatch.setattr(write, "BUFFER_SIZE", BUFFER_SIZE)
    monkeypatch.setattr(write, "KERNEL_COPY_SIZE", KERNEL_COPY_SIZE)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileSource]:
    """A mapped file that holds `PATTERN`."""
    monkeypatch.setattr(files, "_LARGE_FILE", 1)
    monkeypatch.setattr(files, "take_lease", lambda _: True)
    path = tmp_path / "source"
    path.write_bytes(PATTERN)
    opened = FileSource(os.open(path, os.O_RDONLY), Where(str(path)))
    yield opened
    opened.close()


def streamed(chunks: list[Chunk], path: Path, flags: int = 0) -> bytes:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600)
    try:
        stream_chunks(chunks, descriptor)
    finally:
        os.close(descriptor)
    return path.read_bytes()


def every_shape(source: FileSource) -> list[Chunk]:
    """Chunks of every way through the writer: small and large, rendered and from a file or from memory."""
    large = KERNEL_COPY_SIZE
    return [
        b"head",
        Extent(source, 1, 7),
        Extent(source, 3, BUFFER_SIZE - 20),
        b"x" * (BUFFER_SIZE + 1),
        Extent(source, 11, large),
        Extent(source, 5, large + 1),
        extent_of(b"in memory", Where("<bytes>")),
        Extent(source, 0, 0),
        b"",
        Extent(source, 9, BUFFER_SIZE * 3),
        b"tail",
    ]


def expected(chunks: list[Chunk]) -> bytes:
    return b"".join(bytes(chunk.view) if isinstance(chunk, Extent) else chunk for chunk in chunks)


def test_every_shape_of_chunk_arrives_in_order(source: FileSource, tmp_path: Path) -> None:
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out") == expected(chunks)


@pytest.mark.parametrize("code", [errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.EOPNOTSUPP])
@pytest.mark.parametrize("refused", [("copy_file_range",), KERNEL_CALLS])
def test_a_kernel_call_that_is_refused_gives_way_to_the_next(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, refused: tuple[str, ...]
) -> None:
    def refuse(*_: int) -> int:
        raise OSError(code, os.strerror(code))

    for name in refused:
        monkeypatch.setattr(os, name, refuse, raising=False)
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out") == expected(chunks)


@pytest.mark.parametrize("absent", [("copy_file_range",), KERNEL_CALLS, (*KERNEL_CALLS, "preadv")])
def test_a_system_without_the_calls_is_served_too(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: tuple[str, ...]
) -> None:
    for name in absent:
        monkeypatch.delattr(os, name, raising=False)
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out") == expected(chunks)


@pytest.mark.parametrize(("name", "step"), list(product(KERNEL_CALLS, [1, 4099])))
def test_a_kernel_call_that_copies_less_and_then_fails_is_continued_where_it_stopped(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, step: int
) -> None:
    real, calls = getattr(os, name), []

    def short(first: int, second: int, third: int, fourth: int) -> int:
        calls.append(step)
        if len(calls) % 3 == 0:
            raise OSError(errno.EIO, "once in a while")
        arguments = (
            (first, second, min(third, step), fourth) if name == KERNEL_CALLS[0] else (first, second, third, step)
        )
        return int(real(*arguments))

    if name == "sendfile":
        monkeypatch.delattr(os, "copy_file_range")
    monkeypatch.setattr(os, name, short)
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out") == expected(chunks)
    assert calls


def test_a_kernel_call_that_claims_the_end_too_early_is_not_believed(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kernels have answered 0 for files whose size they did not know; reading tells the truth.
    for name in KERNEL_CALLS:
        monkeypatch.setattr(os, name, lambda *_: 0)
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out") == expected(chunks)


def test_writes_that_take_less_are_continued(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda output, data: real(output, data[: max(1, len(data) // 2)]))
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out") == expected(chunks)


def test_an_output_that_only_appends_is_served(source: FileSource, tmp_path: Path) -> None:
    chunks = every_shape(source)
    assert streamed(chunks, tmp_path / "out", os.O_APPEND) == expected(chunks)


def test_a_pipe_is_served(source: FileSource) -> None:
    chunks: list[Chunk] = [b"head", Extent(source, 0, 100), b"tail"]
    reading, writing = os.pipe()
    stream_chunks(chunks, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert file.read() == expected(chunks)


@pytest.mark.parametrize("size", [100, KERNEL_COPY_SIZE])
def test_a_source_that_was_cut_short_is_an_error_and_no_signal(source: FileSource, tmp_path: Path, size: int) -> None:
    os.truncate(source.where.path, 50)
    with pytest.raises(AccessError, match="the file ends at 50") as caught:
        streamed([b"head", Extent(source, 0, size)], tmp_path / "out")
    assert caught.value.where == source.where


def test_a_full_disk_is_an_error_on_the_large_way_too(source: FileSource) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left"):
            stream_chunks([Extent(source, 0, KERNEL_COPY_SIZE)], full)
    finally:
        os.close(full)


def test_more_than_one_call_can_move_is_asked_in_parts(
    source: FileSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "LARGEST_COPY", 1000)
    chunks: list[Chunk] = [Extent(source, 1, KERNEL_COPY_SIZE + 3)]
    assert streamed(chunks, tmp_path / "out") == expected(chunks)
