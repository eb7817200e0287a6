from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from arfix.extras import install_command
from tests.run_arfix import arfix
from tests.survey.samples import FIXED, LOG, PACKAGES, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, str], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with files in `in`, and their survey in `out`."""
    folder = tmp_path_factory.mktemp("survey")
    write(folder / "in", {"x_1_amd64.deb": PACKAGES["x_1_amd64.deb"], "libcopy.a": LOG, "odd\x1b.a": FIXED})
    ran = arfix("survey", folder / "in", "-o", folder / "out", "--json", "-j1")
    assert ran.code == 0, ran.stderr
    document = ran.json
    assert (document["files"], document["archives"], document["duplicates"], document["failures"]) == (3, 3, 2, 0)
    return folder


@pytest.mark.golden
def test_tables_for_people(folder: Path, golden: Golden) -> None:
    text = ""
    for words in (["whole-ready"], ["missing-if", "openlog"], ["without-note", "gnu-stack"], ["nested"]):
        ran = arfix("survey", "query", folder / "out", *words)
        assert ran.code == 0
        text += f"$ arfix survey query out {' '.join(words)}\n{ran.stdout}"
    golden("survey-queries.txt", text)
    assert "\x1b" not in text


@pytest.mark.golden
def test_the_list_of_queries(folder: Path, golden: Golden) -> None:
    golden("survey-query-list.txt", arfix("survey", "query", folder / "out").stdout)


def test_json_csv_and_parquet_hold_the_same(folder: Path, tmp_path: Path) -> None:
    words = ("survey", "query", folder / "out", "needs", "openlog")
    rows = arfix(*words, "--json").json["rows"]
    assert {row["path"] for row in rows} == {"libcopy.a", "usr/lib/liblog.a"}
    written = list(csv.DictReader(io.StringIO(arfix(*words, "--format", "csv").stdout)))
    assert [row["path"] for row in written] == [row["path"] for row in rows]
    assert written[0]["references"] == "call"
    ran = arfix(*words, "--format", "parquet", "-o", tmp_path / "answer.parquet")
    assert ran.code == 0
    assert pq.read_table(tmp_path / "answer.parquet").to_pylist() == rows


def test_values_that_json_has_not(folder: Path) -> None:
    """DuckDB adds integers up to a decimal number; the rest becomes what JSON has."""
    sql = (
        "SELECT sum(size) AS bytes, avg(size) AS mean, 'nan'::DOUBLE AS nothing, 0.5::DECIMAL(9, 1) AS half, "
        "'ab'::BLOB AS blob, DATE '2026-01-31' AS day, [sum(size)] AS list, {'a': sum(size)} AS pair FROM archives"
    )
    words = ("survey", "query", folder / "out", "sql", sql)
    (row,) = arfix(*words, "--json").json["rows"]
    size = row["bytes"]
    assert isinstance(size, int)
    assert row == {
        "bytes": size,
        "mean": row["mean"],
        "nothing": None,
        "half": 0.5,
        "blob": "6162",
        "day": "2026-01-31",
        "list": [size],
        "pair": {"a": size},
    }
    assert f"{size:,}" in arfix(*words).stdout


def test_a_file_that_cannot_be_read_is_exit_code_1(tmp_path: Path) -> None:
    write(tmp_path, {"in/bad_1.deb": b"no package"})
    ran = arfix("survey", tmp_path / "in", "-o", tmp_path / "out", "-j1")
    assert ran.code == 1
    assert "1 file could not be read" in ran.stdout
    rows = arfix("survey", "query", tmp_path / "out", "sql", "SELECT rule, path FROM findings", "--json").json["rows"]
    assert rows == [{"rule": "unreadable-package", "path": ""}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["in"], "-o DIR"),
        (["in", "-o", "x", "--format", "csv"], "--format belongs to"),
        (["query"], "needs the folder"),
        (["query", "out", "why"], "no query why"),
        (["query", "out", "defines"], "takes SYMBOL"),
        (["query", "out", "without-note", "cet"], "none of ibt"),
        (["query", "out", "nested", "--format", "parquet"], "-o FILE"),
        (["query", "out", "nested", "--resume"], "belong to a survey"),
        (["missing", "-o", "x"], "cannot read"),
        (["s4://bucket/x", "-o", "x"], "cannot read"),
    ],
)
def test_wrong_command_lines(words: list[str], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    ran = arfix("survey", *words)
    assert ran.code == 2
    assert said in ran.stderr


def test_a_second_survey_in_the_folder_needs_resume(folder: Path) -> None:
    ran = arfix("survey", folder / "in", "-o", folder / "out")
    assert ran.code == 1
    assert "--resume" in ran.stderr
    assert arfix("survey", folder / "in", "-o", folder / "out", "--resume", "--json").json["skipped"] == 3


@pytest.mark.parametrize("module", ["pyarrow", "duckdb"])
def test_without_the_extra_the_verb_says_what_to_install(
    module: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    words = ["query", str(folder / "out"), "nested"]
    if module == "pyarrow":
        words = [str(folder / "in"), "-o", str(folder / "new")]
    ran = arfix("survey", *words)
    assert ran.code == 2
    assert install_command("survey") in ran.stderr


def test_ctrl_c_says_how_to_go_on(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("arfix.survey.run.survey", interrupt)
    ran = arfix("survey", folder / "in", "-o", tmp_path / "out")
    assert ran.code == 130
    assert "what was read is kept, and the same command with --resume goes on" in ran.stderr
