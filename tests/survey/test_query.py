from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from arfix.errors import EditError, FormatError
from arfix.survey import survey
from arfix.survey.query import ask, known_queries
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.survey.samples import FIXED, LOG, VENDORED, InThread, deb, write

if TYPE_CHECKING:
    from pathlib import Path


class Here:
    """A survey of three packages, asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, name: str, *arguments: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = ask(str(self.folder), name, arguments).to_pylist()
        return rows


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    folder = tmp_path_factory.mktemp("survey")
    packages = {
        "log_1_amd64.deb": deb({"usr/lib/liblog.a": LOG}),
        "log-copy_1_amd64.deb": deb({"usr/lib/liblog.a": LOG}),
        "vendored_1_amd64.deb": deb({"usr/lib/libvendored.a": VENDORED, "usr/lib/libfixed.a": FIXED}),
    }
    survey([str(write(folder / "in", packages))], str(folder / "out"), executor=InThread())
    return Here(folder / "out")


def places(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["package"].partition("_")[0], row["path"].rpartition("/")[2]) for row in rows]


def test_defines_lists_every_place(here: Here) -> None:
    rows = here.ask("defines", "log")
    assert places(rows) == [("log-copy", "liblog.a"), ("log", "liblog.a"), ("vendored", "libvendored.a")]
    assert [row["member"] for row in rows] == ["log.o", "log.o", "other.o"]
    assert here.ask("defines", "openlog") == []


def test_needs_says_how(here: Here) -> None:
    rows = here.ask("needs", "openlog")
    assert places(rows) == [("log-copy", "liblog.a"), ("log", "liblog.a")]
    assert rows[0]["references"] == ["call"]


def test_duplicates_count_equal_archives_once(here: Here) -> None:
    rows = here.ask("duplicates")
    assert [(row["symbols"], row["examples"]) for row in rows] == [(2, ["inner", "log"])]
    assert [place.partition(":")[2] for place in rows[0]["archives"]] == ["usr/lib/liblog.a", "usr/lib/libvendored.a"]


def test_whole_ready(here: Here) -> None:
    rows = {row["path"]: row for row in here.ask("whole-ready")}
    fixed, log = rows["usr/lib/libfixed.a"], rows["usr/lib/liblog.a"]
    assert (fixed["exe"], fixed["pie"], fixed["shared"]) == (True, False, False)
    assert fixed["blocked_by"] == ["not-pic", "not-pie"]
    assert (log["exe"], log["pie"], log["shared"]) == (True, True, True)
    assert rows["usr/lib/libvendored.a"]["blocked_by"] == ["nested-archive"]


def test_without_note(here: Here) -> None:
    rows = here.ask("without-note", "gnu-stack")
    assert [(row["path"], row["lacking"], row["objects"]) for row in rows] == [("usr/lib/libvendored.a", 1, 2)]
    assert {row["path"] for row in here.ask("without-note", "ibt")} == {
        *("usr/lib/libfixed.a", "usr/lib/liblog.a", "usr/lib/libvendored.a")
    }
    assert here.ask("without-note", "bti") == []
    with pytest.raises(EditError, match="none of ibt"):
        here.ask("without-note", "cet")


def test_nested(here: Here) -> None:
    assert [(row["member"], row["depth"]) for row in here.ask("nested")] == [("inner.a", 1)]


def test_same_content_names_both_libraries(here: Here) -> None:
    rows = here.ask("same-content")
    assert [(row["members"], row["examples"], len(row["archives"])) for row in rows] == [(1, ["copy.o"], 2)]
    assert "libvendored" in rows[0]["archives"][1]


def test_missing_if(here: Here) -> None:
    rows = here.ask("missing-if", "openlog", "table", "log")
    assert [(row["symbol"], row["references"]) for row in rows] == [("openlog", ["call"])] * 2


def test_diff(here: Here, tmp_path: Path) -> None:
    packages = {
        "log_2_amd64.deb": deb({"usr/lib/liblog.a": ar(("log.o", elf("log")), ("more.o", elf("log")))}),
        "vendored_2_amd64.deb": deb({"usr/lib/libvendored.a": LOG, "usr/lib/libnew.a": FIXED}),
    }
    survey([str(write(tmp_path / "in", packages))], str(tmp_path / "out"), executor=InThread())
    rows = Here(tmp_path / "out").ask("diff", str(here.folder))
    said = {(row["change"], row["path"].rpartition("/")[2], row["what"]) for row in rows}
    assert {
        ("added", "libnew.a", ""),
        ("removed", "libfixed.a", ""),
        ("removed", "liblog.a", ""),
        ("worse", "liblog.a", "duplicate-definition"),
        ("better", "libvendored.a", "nested-archive"),
    } <= said


def test_arguments_are_bound_and_never_sql(here: Here) -> None:
    for symbol in ("'; DROP VIEW archives; --", "$symbol", "%", "\x1b[31m", "\udcff"):
        assert here.ask("defines", symbol) == []
        assert here.ask("missing-if", symbol) == []


def test_sql(here: Here) -> None:
    assert here.ask("sql", "SELECT count(*) AS n FROM members WHERE depth = 1") == [{"n": 1}]
    for wrong in ("SELECT nothing", "not sql", ""):
        with pytest.raises(EditError):
            here.ask("sql", wrong)


def test_every_query_is_documented_and_runs(here: Here) -> None:
    arguments = {"": (), "SYMBOL": ("f",), "SYMBOL...": ("f", "g"), "NOTE": ("bti",), "SELECT": ("SELECT 1",)}
    for query in known_queries().values():
        assert query.summary.endswith(".")
        here.ask(query.name, *arguments.get(query.argument, (str(here.folder),)))


def test_wrong_questions(here: Here, tmp_path: Path) -> None:
    with pytest.raises(EditError, match="no query why"):
        here.ask("why")
    with pytest.raises(EditError, match="takes SYMBOL"):
        here.ask("defines")
    with pytest.raises(EditError, match="takes no argument"):
        here.ask("nested", "x")
    with pytest.raises(EditError, match="no survey"):
        ask(str(tmp_path), "nested", ())


def test_a_table_file_that_is_damaged_or_missing_is_named(here: Here, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(here.folder, out)
    (damaged, *_) = sorted((out / "symbols").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:500])
    with pytest.raises(FormatError, match="a file of the survey is damaged") as found:
        ask(str(out), "defines", ["log"])
    assert found.value.where is not None
    assert found.value.where.path == str(damaged)
    damaged.unlink()
    with pytest.raises(FormatError, match="a file of the survey is missing"):
        ask(str(out), "nested")
    with pytest.raises(FormatError, match="a file of the survey is missing"):
        survey([str(tmp_path)], str(out), executor=InThread(), resume=True)
