"""`make survey`: reads some 290 Debian packages, measures how, and prints the figures of docs/survey.md.

`python -m bench.survey --workers [N]` compares only two workers with one and Dask with two local workers, on 40 (or N)
packages and by the clock, which takes an idle machine three minutes, and prints the rows for docs/survey.md.
`python -m bench.survey --sample N` does everything with N packages, to see whether it works. `python -m bench.survey
--findings DIR` looks for the findings of docs/survey.md in the tables of DIR.

Times are CPU seconds of all processes, which other work on the machine changes little. Runs are compared on a quarter
of the packages; the growth is measured with a quarter, a half and all of them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.survey.query import ask
from arfix.survey.store import Store
from bench.survey_findings import report
from bench.survey_packages import FOLDER, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

_ARFIX = (sys.executable, "-m", "arfix", "survey")
_TABLES = ("archives", "members", "symbols", "findings")


class Run(NamedTuple):
    """A finished program: CPU seconds of it and all that it started, and seconds on the clock."""

    cpu: float
    wall: float
    code: int


def run(words: list[str]) -> Run:
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    return Run(used.ru_utime + used.ru_stime, time.monotonic() - start, os.waitstatus_to_exitcode(status))


def survey(packages: list[Path], out: Path, *options: str) -> Run:
    listed = out.with_suffix(".list")
    listed.write_text("".join(f"{path}\n" for path in packages), encoding="utf-8")
    return run([*_ARFIX, f"@{listed}", "-o", str(out), *options])


def contents(folder: Path) -> dict[str, list[str]]:
    """Return the rows of a survey, sorted."""
    return {
        table: sorted(map(repr, ask(str(folder), "sql", [f"SELECT * FROM {table}"]).to_pylist()))  # noqa: S608
        for table in _TABLES
    }


def first(folder: Path, sql: str) -> dict[str, object]:
    rows: list[dict[str, object]] = ask(str(folder), "sql", [sql]).to_pylist()
    return rows[0]


def growth(packages: list[Path], scratch: Path) -> Path:
    """Measure the time for a quarter, a half and all packages; return the survey of all."""
    for share, step in ((25, 4), (50, 2), (100, 1)):
        out = scratch / f"part{share}"
        used = survey(packages[::step], out, "-j2")
        read = first(out, "SELECT sum(size)::BIGINT AS bytes, count(*) AS archives FROM archives")
        size = int(str(read["bytes"]))
        print(
            f"{share} %: {len(packages[::step])} packages, {read['archives']} archives, {size:,} bytes: "
            f"{used.cpu:.1f} s CPU, {used.cpu / size * 1e9:.1f} s for each GB, {used.wall:.0f} s on the clock"
        )
    return scratch / "part100"


def describe(out: Path) -> None:
    """Print what a survey has."""
    for table in _TABLES:
        size = sum(path.stat().st_size for path in (out / table).rglob("*.parquet"))
        rows = first(out, f"SELECT count(*) AS n FROM {table}")["n"]  # noqa: S608
        print(f"{table}: {rows:,} rows, {size:,} bytes of Parquet")
    print(
        "machines:",
        *(row["machine"] for row in ask(str(out), "sql", ["SELECT DISTINCT machine FROM archives"]).to_pylist()),
    )
    print("most memory of a worker:", max(part.peak_memory for part in Store(str(out)).parts()))


def against_binutils(packages: list[Path], out: Path, scratch: Path) -> None:
    """Compare the time with that of nm and readelf on the same archives, unpacked."""
    unpacked = scratch / "unpacked"
    for package in packages:
        target = unpacked / package.stem
        target.mkdir(parents=True)
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar:
            words = ["tar", "-x", "-C", str(target), "--wildcards", "*.a"]
            subprocess.run(words, stdin=tar.stdout, stderr=subprocess.DEVNULL, check=False)  # a package may have none
    files = [str(path) for path in sorted(unpacked.rglob("*.a")) if path.is_file() and not path.is_symlink()]
    size = sum(Path(path).stat().st_size for path in files)
    commands: tuple[list[str], ...] = (["nm", "-A"], ["readelf", "-SW"])
    tools = [run([*words, *files]) for words in commands]
    theirs = sum(one.cpu for one in tools)
    ours = run([*_ARFIX, str(unpacked), "-o", str(out), "-j2"])
    print(
        f"{len(files)} unpacked archives, {size:,} bytes: nm -A {tools[0].cpu:.1f} s, "
        f"readelf -SW {tools[1].cpu:.1f} s, survey {ours.cpu:.1f} s CPU: {ours.cpu / theirs:.2f} times both"
    )


#: For `--workers`: how many packages, and how often each way of running is tried; the fastest counts.
_FEW: Final = 40
_TRIES: Final = 2


def workers_only(packages: list[Path], scratch: Path) -> None:
    """Compare two workers with one, and two Dask workers with two local ones, by the clock; start-up included.

    The cluster is there before the time begins, as a cluster that people use is.
    """
    ways: dict[str, list[Run]] = {"one worker": [], "two workers": [], "two Dask workers": []}
    with cluster() as address:
        options = dict(zip(ways, (["-j1"], ["-j2"], ["--dask", address]), strict=True))
        for number in range(_TRIES):
            for name, runs in ways.items():
                runs.append(survey(packages, scratch / f"{name}-{number}", *options[name]))
    if any(one.code for runs in ways.values() for one in runs):
        sys.exit("a survey failed")
    first, *others = (contents(scratch / f"{name}-0") for name in ways)
    best = {name: min(one.wall for one in runs) for name, runs in ways.items()}
    for name, runs in ways.items():
        print(f"{name}: {' '.join(f'{one.wall:.1f}' for one in runs)} s, {runs[0].cpu:.1f} s CPU of its own")
    same = "the tables are identical" if all(one == first for one in others) else "THE TABLES DIFFER"
    archives = len(first["archives"])
    speedup = best["one worker"] / best["two workers"]
    factor = best["two Dask workers"] / best["two workers"]
    print(
        f"| two workers against one ({len(packages)} packages, {archives:,} archives, by the clock) | "
        f"{best['one worker']:.1f} s and {best['two workers']:.1f} s: {speedup:.2f} times as fast (goal: 1.8); "
        f"{same} |\n"
        f"| two Dask workers against two of this machine | {best['two Dask workers']:.1f} s: {factor:.2f} times the "
        "time (goal: 1.2) |"
    )


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the address of a Dask scheduler with two workers, in processes of their own."""
    program = (
        "import distributed, sys\n"
        "if __name__ == '__main__':\n"
        "    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:\n"
        "        print(cluster.scheduler_address, flush=True)\n"
        "        sys.stdin.read()\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(program)
        script.flush()
        words = [sys.executable, script.name]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            if running.stdin is None or running.stdout is None:
                raise RuntimeError
            yield running.stdout.readline().strip()
            running.stdin.close()


def one_and_two(packages: list[Path], scratch: Path, local: Path) -> None:
    """Compare one worker with two, a Dask cluster, and runs that were killed."""
    one = survey(packages, scratch / "one", "-j1")
    two = survey(packages, scratch / "two", "-j2")
    same = contents(scratch / "one") == contents(scratch / "two") == contents(local)
    print(
        f"one worker {one.wall:.1f} s, two {two.wall:.1f} s: {one.wall / two.wall:.2f} times; identical tables: {same}"
    )
    dask = run([sys.executable, "-m", "bench.survey", "--dask", str(scratch / "two.list"), str(scratch / "dask")])
    same = contents(scratch / "dask") == contents(local)
    print(f"two Dask workers {dask.wall:.1f} s with their start: {dask.wall / two.wall:.2f} times; identical: {same}")
    for what in ("worker", "run"):
        out = scratch / f"killed-{what}"
        killed = kill(packages, out, what)
        again = survey(packages, out, "-j2", "--resume")
        same = contents(out) == contents(local)
        print(f"kill -9 of {what} after {killed} parts, then --resume: {again.cpu:.1f} s CPU; identical: {same}")


def kill(packages: list[Path], out: Path, what: str) -> int:
    """Start a survey and kill it, or one of its workers, when some parts are there; return how many."""
    listed = out.with_suffix(".list")
    listed.write_text("".join(f"{path}\n" for path in packages), encoding="utf-8")
    running = subprocess.Popen([*_ARFIX, f"@{listed}", "-o", out, "-j2"], stdout=subprocess.DEVNULL)
    while running.poll() is None and len(list(out.glob("parts/*.json"))) < 4:
        time.sleep(0.02)
    parts = len(list(out.glob("parts/*.json")))
    if what == "run":
        running.kill()
    else:
        workers = [
            int(child)
            for thread in Path(f"/proc/{running.pid}/task").glob("*/children")
            for child in thread.read_text(encoding="ascii").split()
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        for worker in workers[:1]:
            os.kill(worker, signal.SIGKILL)
    running.wait()
    return parts


def with_dask(listed: str, out: str) -> None:
    """Run a survey on a Dask cluster of two worker processes."""
    import distributed  # noqa: PLC0415 (for this alone)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:  # type: ignore[no-untyped-call]
        subprocess.run([*_ARFIX, f"@{listed}", "-o", out, "--dask", cluster.scheduler_address], check=False)


def spread(packages: list[Path], count: int) -> list[Path]:
    """Return so many of the packages, from everywhere in the list."""
    return packages[:: max(len(packages) // count, 1)][:count]


def main() -> None:
    if sys.argv[1:2] == ["--findings"]:
        sys.exit(not report(sys.argv[2]))
    packages, missing = fetch()
    if sys.argv[1:2] == ["--workers"]:
        with tempfile.TemporaryDirectory(prefix="arfix-bench-") as folder:
            workers_only(spread(packages, int((sys.argv[2:] or [str(_FEW)])[0])), Path(folder))
        return
    is_sample = sys.argv[1:2] == ["--sample"]
    if is_sample:
        packages = spread(packages, int(sys.argv[2]))
    print(f"{len(packages)} packages of {FOLDER.name}, {sum(one.stat().st_size for one in packages):,} bytes")
    print("apt has not:", *missing)
    with tempfile.TemporaryDirectory(prefix="arfix-bench-") as folder:
        scratch = Path(folder)
        whole = growth(packages, scratch)
        describe(whole)
        sample = packages[::4]
        one_and_two(sample, scratch, scratch / "part25")
        against_binutils(sample, scratch / "unpacked-survey", scratch)
        report(str(whole))
        if is_sample:
            return
        kept = FOLDER.parent / "survey-tables"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(whole, kept)
        print("the tables of all packages are in", kept)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--dask"]:
        with_dask(*sys.argv[2:])
    else:
        main()
