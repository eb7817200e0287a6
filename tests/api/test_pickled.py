from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

PADDING = bytes(1 << 20)


def again(archive: arfix.Archive) -> arfix.Archive:
    found = pickle.loads(pickle.dumps(archive))
    assert isinstance(found, arfix.Archive)
    return found


def symbols_of(member: arfix.Member) -> list[str]:
    return [one.name for one in member.symbols if one.is_defined]


@pytest.mark.slow
def test_members_go_to_other_processes(tmp_path: Path) -> None:
    (tmp_path / "x.a").write_bytes(ar(("a.o", elf("first")), ("b.o", elf("second"))))
    with arfix.open(tmp_path / "x.a") as archive, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(symbols_of, archive))
    assert [[name for name in names if name] for names in found] == [["first"], ["second"]]


def test_a_pickled_archive_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.a").write_bytes(ar(("a.o", elf("first")), ("b.o", PADDING * 17)))  # large enough to be mapped
    with arfix.open(tmp_path / "x.a") as archive:
        copy, edited = again(archive), again(archive.without("b.o"))
    before = (tmp_path / "x.a").read_bytes()
    (tmp_path / "x.a").unlink()
    assert arfix.write(copy) == before
    assert [member.name for member in edited] == ["a.o"]
    assert symbols_of(edited.members[0])[-1] == "first"


def test_only_what_is_left_is_pickled() -> None:
    archive = arfix.read(ar(("a.o", elf("first")), ("b.o", PADDING)))
    assert len(pickle.dumps(archive.without("b.o"))) < 10_000
    assert len(pickle.dumps(archive.members[0])) < 10_000
    assert len(pickle.dumps(archive)) < len(PADDING) + 10_000, "and nothing twice"


def test_files_of_a_thin_archive_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(elf("thin") + PADDING)
    output_of(need("ar"), "rcT", "thin.a", "x.o", cwd=tmp_path)
    with arfix.open(tmp_path / "thin.a") as thin:
        pickled = pickle.dumps(thin)
        assert pickle.loads(pickled) == thin
    assert len(pickled) < 10_000
    (tmp_path / "x.o").unlink()
    with pytest.raises(arfix.AccessError, match=r"x\.o"):
        _ = pickle.loads(pickled).members[0].data
