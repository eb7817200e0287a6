"""Foreign archives: what was found out about each by other means must be what arfix reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from arfix.archive.model import NO_MEMBER, Kind
from arfix.archive.oddity import OddityKind
from arfix.archive.read import read
from arfix.errors import UnsupportedError
from tests.conftest import CORPUS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

MANIFEST = CORPUS / "MANIFEST.jsonl"
RECORDS: list[dict[str, Any]] = (
    [json.loads(line) for line in MANIFEST.read_text().splitlines()] if MANIFEST.is_file() else [{"file": "none"}]
)

KINDS = {
    "GNU": Kind.GNU,
    "thin-GNU": Kind.GNU,
    "empty": Kind.GNU,
    "deb": Kind.GNU,
    "V7/plain(deb-like)": Kind.GNU,
    "BSD": Kind.BSD,
    "BSD/Darwin": Kind.BSD,
    "Darwin": Kind.DARWIN,
    "COFF": Kind.COFF,
}
#: Oddities that were looked at, one by one; any other file of the corpus has none.
ODDITIES = {"viraptor-sym.ar": [OddityKind.NUMBER_FIELD]}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["file"])
def test_the_corpus_is_read_as_its_manifest_says(record: dict[str, Any], corpus: Path) -> None:
    data = (corpus / record["file"]).read_bytes()
    if record["variant"].startswith("FAT"):
        with pytest.raises(UnsupportedError, match="one archive per machine: i386, x86_64"):
            read(data)
        return
    found = read(data)
    assert found.kind is KINDS[record["variant"]]
    assert found.thin is record["variant"].startswith("thin")
    assert len(found) == record["members"]
    assert len(found) - len({member.name for member in found}) == record["dup_names"]
    assert found.has_name_table is ("//" in record["index"])
    if record["nsym"] is None:
        assert found.index is None
    else:
        assert found.index is not None
        assert len(found.index) == record["nsym"]
        assert NO_MEMBER not in found.index.members
    assert [oddity.kind for oddity in found.oddities] == ODDITIES.get(record["file"], [])
