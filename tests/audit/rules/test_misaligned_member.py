from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix as reader
from tests.ar_builder import header
from tests.audit.libraries import findings, fixes, library_of
from tests.foreign_objects import macho
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path


def unaligned(*names: str) -> bytes:
    """Return a Darwin archive whose names are not padded: the data of members stands where it comes to stand."""
    body = b"!<arch>\n"
    for name in names:
        stored = name.encode() + b"\0" * (-len(name) % 4 + 4 if (len(body) + 60 + len(name) + 4) % 8 == 0 else 0)
        data = macho(f"_{name[0]}")
        body += header(f"#1/{len(stored)}", len(stored) + len(data)) + stored + data + b"\n" * (len(stored + data) % 2)
    return body


def offsets(data: bytes) -> list[int]:
    return [member.content.offset % 8 for member in reader.read(data)]


def test_a_member_off_its_alignment_is_found() -> None:
    data = unaligned("a_client.o", "b_runtime.o")
    assert any(offsets(data))
    found = findings("misaligned-member", library_of(data))
    assert len(found) == 1
    assert "not start at a multiple of 8 bytes" in found[0].message
    assert fixes(found) == ["arfix index libx.a"]


@pytest.mark.parametrize("words", [("index",), ("merge", "-o", "OUT"), ("strip", "b_runtime.o"), ("normalize",)])
def test_every_verb_that_writes_it_aligns_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    path, out = tmp_path / "x.a", tmp_path / "out.a"
    path.write_bytes(unaligned("a_client.o", "b_runtime.o"))
    before = [bytes(member.data) for member in reader.read(path.read_bytes())]
    verb, *rest = [str(out) if word == "OUT" else word for word in words]
    assert arfix(verb, path, *rest).code == 0
    written = (out if "-o" in rest else path).read_bytes()
    assert set(offsets(written)) == {0}
    kept = [bytes(member.data) for member in reader.read(written)]
    assert all(new.startswith(old) for new, old in zip(kept, before, strict=False))


@pytest.mark.oracle
def test_llvm_ar_writes_nothing_that_is_found(tmp_path: Path) -> None:
    for name in ("a.o", "a_long_name_of_a_member.o"):
        (tmp_path / name).write_bytes(macho("_f"))
    output_of(
        need("llvm-ar-19", "llvm-ar"),
        "--format=darwin",
        "crsD",
        "d.a",
        "a.o",
        "a_long_name_of_a_member.o",
        cwd=tmp_path,
    )
    assert findings("misaligned-member", library_of((tmp_path / "d.a").read_bytes())) == []
