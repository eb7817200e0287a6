from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.read import read
from arfix.errors import AccessError
from arfix.survey import survey
from arfix.survey.inputs import find_inputs
from arfix.survey.member_ranges import WindowSource, head_of, ranges_of
from arfix.survey.pool import WorkerDiedError
from arfix.survey.query import ask
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.survey.samples import FIXED, LOG, PACKAGES, VENDORED, Call, InThread, deb, rows, write

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.survey.worker import Task

MANY = ar(*((f"a_long_name_of_a_member_{n}.o", elf(f"f{n}", f"?f{n + 1}")) for n in range(9)))
#: Archives of several members: with calls between them, with an archive inside, and with long names.
FILES = {
    "lib/liblog.a": LOG,
    "lib/libvendored.a": VENDORED,
    "lib/libfixed.a": FIXED,
    "lib/libmany.a": MANY,
    "lib/libcopy.a": LOG,
    "pool/y_1_amd64.deb": deb({"usr/lib/libmany.a": MANY, "usr/lib/libvendored.a": VENDORED}),
    "pool/x_1_amd64.deb": PACKAGES["x_1_amd64.deb"],
}


class Dying(InThread):
    """Loses the workers that read the members from `first` on; `deaths` of them."""

    def __init__(self, first: int, deaths: int) -> None:
        super().__init__()
        self.first = first
        self.deaths = deaths

    def submit(self, fn: Call, /, *args: Task, **kwargs: Task) -> Future[Any]:  # type: ignore[override]
        task = args[0]
        if task.member_range is not None and task.member_range.members.first == self.first and self.deaths:
            self.deaths -= 1
            self.tasks.append(task)
            future: Future[Any] = Future()
            future.set_exception(WorkerDiedError("killed"))
            return future
        return super().submit(fn, *args, **kwargs)


class Interrupted(InThread):
    """Is interrupted at the fourth range, while it waits for the third."""

    def submit(self, fn: Call, /, *args: Task, **kwargs: Task) -> Future[Any]:  # type: ignore[override]
        if args[0].member_range is not None and args[0].member_range.members.first == 6:
            raise KeyboardInterrupt
        return super().submit(fn, *args, **kwargs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archives, each of which is read at once."""
    return write(tmp_path_factory.mktemp("in"), FILES)


@pytest.fixture(scope="module")
def calm(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The rows of archives that are read at once."""
    out = tmp_path_factory.mktemp("calm")
    survey([str(folder)], str(out), executor=InThread())
    return rows(out)


@pytest.fixture
def split(calm: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, each archive of more than two members is read in ranges of two."""
    del calm  # which was made before
    monkeypatch.setattr("arfix.survey.member_ranges.SPLIT_FROM", 1)
    monkeypatch.setattr("arfix.survey.member_ranges._RANGE_MEMBERS", 2)


@pytest.mark.usefixtures("split")
def test_the_rows_are_those_of_one_worker(folder: Path, tmp_path: Path, calm: dict[str, list[str]]) -> None:
    executor = InThread()
    result = survey([str(folder)], str(tmp_path / "out"), executor=executor)
    assert rows(tmp_path / "out") == calm
    assert sum(task.member_range is not None for task in executor.tasks) == 2 + 5
    assert (result.files, result.archives, result.redone) == (7, 4, 0)
    with ThreadPoolExecutor(3) as threads:
        survey([str(folder)], str(tmp_path / "threads"), executor=threads, workers=3)
    assert rows(tmp_path / "threads") == calm


@pytest.mark.usefixtures("split")
def test_a_worker_that_dies_loses_its_range_alone(folder: Path, tmp_path: Path, calm: dict[str, list[str]]) -> None:
    executor = Dying(4, deaths=1)
    result = survey([str(folder)], str(tmp_path / "out"), executor=executor)
    assert rows(tmp_path / "out") == calm
    assert result.redone == 1
    assert [task.member_range.members.first for task in executor.tasks if task.member_range].count(4) == 2
    assert [task.member_range.members.first for task in executor.tasks if task.member_range].count(6) == 1


@pytest.mark.usefixtures("split")
def test_an_archive_whose_range_kills_workers_is_read_at_once(
    folder: Path, tmp_path: Path, calm: dict[str, list[str]]
) -> None:
    survey([str(folder)], str(tmp_path / "out"), executor=Dying(4, deaths=2))
    assert rows(tmp_path / "out") == calm
    listed = {path.stem for path in (tmp_path / "out/parts").glob("*.json")}
    assert {path.stem for path in (tmp_path / "out").rglob("*.parquet")} <= listed


@pytest.mark.usefixtures("split")
def test_an_interrupted_archive_does_not_count_and_is_resumed(
    folder: Path, tmp_path: Path, calm: dict[str, list[str]]
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        survey([str(folder / "lib/libmany.a")], str(out), executor=Interrupted(), workers=1)
    assert list((out / "symbols").rglob("*.parquet"))
    assert ask(str(out), "sql", ["SELECT count(*) AS n FROM symbols"]).to_pylist() == [{"n": 0}]
    executor = InThread()
    survey([str(folder)], str(out), executor=executor, resume=True)
    assert rows(out) == calm
    many = [
        task.member_range.members.first for task in executor.tasks if task.member_range and "many" in task.files[0].url
    ]
    assert many == [4, 6, 8]


@pytest.mark.usefixtures("split")
def test_ranges_of_content_that_was_read_elsewhere_go_away(
    folder: Path, tmp_path: Path, calm: dict[str, list[str]]
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        survey([str(folder / "lib/libmany.a")], str(out), executor=Interrupted(), workers=1)
    assert list((out / "symbols").rglob("*.parquet"))
    survey([str(folder / "pool")], str(out), executor=InThread(), resume=True)
    survey([str(folder)], str(out), executor=InThread(), resume=True)
    assert rows(out) == calm
    listed = {path.stem for path in (out / "parts").glob("*.json")}
    assert {path.stem for path in out.rglob("*.parquet")} <= listed


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 60), st.integers(1, 5))
def test_ranges_cover_all_members_once(sizes: list[int], most_bytes: int, most: int) -> None:
    archive = read(ar(*((f"m{n}", bytes(size)) for n, size in enumerate(sizes))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arfix.survey.member_ranges._RANGE_BYTES", most_bytes)
        patch.setattr("arfix.survey.member_ranges._RANGE_MEMBERS", most)
        found = ranges_of(archive)
    if not found:
        assert len(sizes) <= most
        return
    assert found[0].first == 0
    assert found[-1].end == len(sizes)
    assert all(one.end == two.first for one, two in pairwise(found))
    for one in found:
        members = archive.members[one.first : one.end]
        assert 1 <= len(members) <= most
        assert len(members) == 1 or sum(member.size for member in members) <= most_bytes
        assert one.start == members[0].content.offset
        assert one.stop == members[-1].content.offset + members[-1].size


def test_a_file_that_changes_between_judge_and_range_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"lib.a": LOG})
    (file,) = find_inputs([str(tmp_path / "lib.a")])
    source = WindowSource(file, ((0, head_of(read(LOG))),))
    assert source.read(0, 8) == b"!<arch>\n"
    (tmp_path / "lib.a").write_bytes(LOG[:-20])
    with pytest.raises(AccessError, match="changed"):
        source.check()
    with pytest.raises(AccessError, match="changed"):
        source.read(len(LOG) - 20, 20)
    source.close()
    with pytest.raises(AccessError, match="changed"):
        WindowSource(file, ((0, 100),))
