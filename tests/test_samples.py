"""The project's own sample archives: what the manifest says of each is what arfix reads, and each can be made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import arfix
from samples.make import make, read_manifest
from tests.tools import need

MANIFEST = read_manifest()
ARCHIVES = Path(__file__).parent.parent / "samples" / "archives"
EVERY_SAMPLE = pytest.mark.parametrize("sample", MANIFEST["sample"], ids=lambda sample: sample["name"])


@EVERY_SAMPLE
def test_sample_is_what_the_manifest_says(sample: dict[str, Any]) -> None:
    path = ARCHIVES / sample["name"]
    if "refused" in sample:
        with pytest.raises(arfix.ArfixError, match=sample["refused"]):
            arfix.open(path)
        return
    with arfix.open(path) as archive:
        assert archive.kind.value == sample["kind"]
        assert [member.name for member in archive.members] == sample["members"]
        names = None if archive.index is None else list(archive.index.names)
        assert names == sample.get("index")
        assert all(len(member.data) == member.size for member in archive.members)


@pytest.mark.oracle
@EVERY_SAMPLE
def test_sample_can_be_made_again(sample: dict[str, Any], tmp_path: Path) -> None:
    for tool in ("ar", "llvm-ar-19", "llvm-mc-19"):
        need(tool)
    make(sample, MANIFEST["objects"], tmp_path)
    for name in [sample["name"], *sample.get("keep", [])]:
        assert (tmp_path / name).read_bytes() == (ARCHIVES / name).read_bytes()


def test_every_file_is_in_the_manifest() -> None:
    listed = {name for sample in MANIFEST["sample"] for name in (sample["name"], *sample.get("keep", []))}
    assert {path.name for path in ARCHIVES.iterdir()} == listed
