"""`arfix survey` over Debian packages as they are: by two processes and by two workers of a Dask cluster."""

from __future__ import annotations

import re
import subprocess
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from arfix.survey import survey
from arfix.survey.cluster import dask_executor
from arfix.survey.query import ask
from bench.survey_packages import fetch
from samples.debian import Unavailable
from tests.survey.samples import rows
from tests.tools import give_up, need

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = (
    *("zlib1g-dev", "libffi-dev", "libbz2-dev", "liblzma-dev", "libexpat1-dev", "libacl1-dev", "libattr1-dev"),
    *("libgif-dev", "libogg-dev", "libmnl-dev", "libyaml-dev", "libcap-dev"),
)


@pytest.fixture(scope="module")
def packages() -> list[Path]:
    """Return the packages; skips the test where they cannot be fetched."""
    need("apt-get")
    need("dpkg-deb")
    try:
        found, missing = fetch(PACKAGES)
    except (Unavailable, OSError) as why:
        give_up(str(why))
    if missing:
        give_up(f"apt does not have {missing}")
    return found


@pytest.mark.oracle
@pytest.mark.debian
def test_twelve_packages_by_processes_and_by_a_cluster(packages: list[Path], tmp_path: Path) -> None:
    distributed: Any = import_module("distributed")
    paths = [str(path) for path in packages]
    result = survey(paths, str(tmp_path / "local"), workers=2)
    assert (result.files, result.failures) == (12, 0)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        dask_executor(cluster.scheduler_address) as (executor, workers),
    ):
        survey(paths, str(tmp_path / "dask"), executor=executor, workers=workers)
    assert rows(tmp_path / "dask") == rows(tmp_path / "local")

    found = ask(str(tmp_path / "local"), "sql", ["SELECT package, path, size FROM archives"]).to_pylist()
    assert {(row["package"], row["path"], row["size"]) for row in found} == _listed(packages)


def _listed(packages: list[Path]) -> set[tuple[str, str, int]]:
    """Return the archives that dpkg-deb lists: package, path, size."""
    listed = set()
    for package in packages:
        ran = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True)
        for size, path in re.findall(r"^-\S+ \S+ +(\d+) \S+ \S+ \./(\S+\.a)$", ran.stdout, re.MULTILINE):
            listed.add((package.name, path, int(size)))
    return listed
