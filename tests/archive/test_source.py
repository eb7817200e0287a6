from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from arfix.archive.source import forget_pages

if TYPE_CHECKING:
    from pathlib import Path


def test_forgotten_pages_come_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content" * 4096)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapping:
        view = memoryview(mapping)
        forget_pages(view[10:20])
        assert bytes(view[:7]) == b"content"
        view.release()
    forget_pages(memoryview(b"not mapped"))


def test_private_changes_are_never_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content" * 4096)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapping:
        mapping[:3] = b"CON"
        view = memoryview(mapping)
        forget_pages(view)
        assert bytes(view[:7]) == b"CONtent"
        view.release()
