from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from arfix.cli.list_files import read_list_file
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from pathlib import Path


def test_text_with_any_line_end_and_any_byte(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"one\r\n\xff\n")
    assert read_list_file(str(path)) == ("one\n\udcff\n", Where(str(path)))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"one\n")))
    assert read_list_file("-") == ("one\n", Where("-"))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="cannot read: No such file"):
        read_list_file(str(tmp_path / "absent"))
