from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

from arfix.survey.page import answer_page, survey_page
from arfix.survey.query import ask, known_queries


def test_a_survey_shows_its_archives_and_findings(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "lib.a").write_bytes(ar(("a.o", elf("one")), ("b.o", elf("one"))))
    folder = str(tmp_path / "out")
    ran = arfix("survey", tmp_path / "in", "-o", folder, "--report", tmp_path / "r.html")
    assert ran.code == 0
    assert "duplicate-definition" in (tmp_path / "r.html").read_text("utf-8")
    page = survey_page(folder, "")
    assert [tile.mark for tile in page.maps[0].tiles] == ["error"]
    assert page.verdicts[0].verdicts[0].word == "1 of 1 blocked"
    answer = ask(folder, "sql", ("SELECT label, size FROM members ORDER BY label",))
    (table,) = answer_page(folder, known_queries()["sql"], answer, "").tables
    assert [row.cells[0] for row in table.rows] == ["a.o", "b.o"]
    assert all(isinstance(row.cells[1], int) for row in table.rows)
