from __future__ import annotations

import re
from pathlib import Path

import pytest

from arfix.survey.query import known_queries
from arfix.survey.schema import COLUMNS, VERSION, Table, storable

PAGE = (Path(__file__).parent.parent.parent / "docs/survey.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", Table)
def test_the_page_describes_every_column_in_order(table: Table) -> None:
    part = PAGE.partition(f"### {table.value}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    described = [
        name for row in re.findall(r"^\| (`[^|]+) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]
    assert described == list(COLUMNS[table])


def test_the_page_has_the_version_and_every_query() -> None:
    assert f"version {VERSION}" in PAGE
    for query in known_queries().values():
        assert f"`{query.name} {query.argument}".rstrip() in PAGE


def test_names_are_stored_as_utf_8() -> None:
    assert storable("näme") == "näme"
    assert storable("a\udcffb") == r"a\xffb"
