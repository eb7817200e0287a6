from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from arfix.errors import AccessError
from arfix.extras import install_command
from arfix.survey import survey
from arfix.survey.cluster import dask_executor
from arfix.survey.store import Store
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.survey.samples import DAMAGED, LIBRARIES, LOG, PACKAGES, SCRIPT, rows, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.slow

#: Without annotations that mypy could use.
distributed: Any = import_module("distributed")


class Cluster(Protocol):
    """A cluster of this machine."""

    scheduler_address: str


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A Dask cluster with two worker processes."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    large = ar(("a", bytes(17 << 20)), ("b", bytes(17 << 20)), ("c.o", elf("log", "?openlog")), ("d.a", LOG))
    files = {**LIBRARIES, "libm.a": SCRIPT, "bad.a": DAMAGED, "large.a": large}
    return write(tmp_path / "in", {**files, "x_1_amd64.deb": PACKAGES["x_1_amd64.deb"], "x.rpm": PACKAGES["x-1.rpm"]})


def test_a_cluster_gives_the_tables_of_one_machine(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    ran = arfix("survey", folder, "-o", tmp_path / "dask", "--dask", cluster.scheduler_address, "--json")
    assert ran.json["files"] == 8
    survey([str(folder)], str(tmp_path / "local"), workers=2)
    assert rows(tmp_path / "dask") == rows(tmp_path / "local")
    assert sum(part.member_range is not None for part in Store(str(tmp_path / "dask")).parts()) == 3  # of large.a


def test_a_worker_that_dies_loses_its_part_alone(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    with dask_executor(cluster.scheduler_address) as (executor, workers):
        assert workers == 2

        def kill(progress: object) -> None:
            del progress
            if not killed:
                killed.append(1)
                with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
                    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

        killed: list[int] = []
        result = survey([str(folder)], str(tmp_path / "out"), executor=executor, workers=2, progress=kill)
        assert result.files == 8
    survey([str(folder)], str(tmp_path / "calm"), workers=1)
    assert rows(tmp_path / "out") == rows(tmp_path / "calm")


def test_without_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arfix.survey.cluster._TIMEOUT", 0.5)
    with pytest.raises(AccessError, match="cannot connect"), dask_executor("tcp://127.0.0.1:1"):
        pass


def test_without_dask_the_verb_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = arfix("survey", folder, "-o", tmp_path / "out", "--dask", "tcp://127.0.0.1:8786")
    assert ran.code == 2
    assert install_command("dask") in ran.stderr
