"""Makes every system call of a run fail or kill it, one run for each, and checks what is left.

    python -m tests.recipe.faults FOLDER [--every N] [--jobs N] [--seconds S] [--share K/N]

Runs are forks of one warm process, so that each takes milliseconds. With `--every`, only each so many-th case is tried.
Prints how many runs were killed, undone and done. Interrupted, or stopped by `--seconds`, the same command line goes on
where it was: FOLDER has the number of the next case.

After a fault that the run survived: exit code 0 and everything new, or 2, a message with the system's reason, and
everything old. If undoing it was refused too, the message says so, and the next run sees to it. After a kill each file
is old or new, and the next run makes everything new. Nothing is left beside the files, and `revert` brings all back.
"""

from __future__ import annotations

import argparse
import builtins
import errno
import fcntl
import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arfix.archive import confined
from arfix.cli import revert, run_apply  # noqa: F401 (loaded before any call fails)
from arfix.cli.app import run
from tests.recipe.sysroots import RECIPE, Place, make_place, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Calls of `os` by which a run reads and changes files; with and without a directory descriptor.
CALLS = (
    *("open", "close", "read", "write", "link", "unlink", "replace", "rename", "symlink", "readlink", "fsync"),
    *("mkdir", "rmdir", "scandir", "listdir", "stat", "lstat", "fstat"),
    *("copy_file_range", "sendfile", "fchmod", "fchown"),
)

#: Those of them that change nothing on the disk. A kill there leaves what a kill at the next one that does leaves.
READING = frozenset({"close", "read", "readlink", "scandir", "listdir", "stat", "lstat", "fstat"})

#: The reasons for which the system refuses: to change something, and to read.
REASONS = ("ENOSPC", "EIO", "EINTR", "EPERM", "EXDEV", "EBUSY", "EROFS", "EDQUOT")
READING_REASONS = ("EIO", "EINTR", "EPERM")

KILL = "KILL"

#: What the state's folder may hold once a run has ended.
STATE = {"originals", "stamp", "state.json", "lock"}

STUBS = """
[[stubs]]
path = "lib/libstubs.a"
like = "lib/libcrypto.a"
symbols = ["syslog"]
reason = "none here"
"""


@dataclass(frozen=True)
class Fault:
    """What happens at the n-th call: this alone (`once`), or at every later call of that name, too."""

    number: int
    kind: str
    once: bool = True


@dataclass(frozen=True)
class Verb:
    """A run that is disturbed.

    Attributes:
        name: For messages.
        words: Its command line, after the place.
        before: The sysroot's archives before it, the overlay's behind them.
        after: The same, after it.
    """

    name: str
    words: tuple[str, ...]
    before: dict[str, bytes]
    after: dict[str, bytes]


class Injector:
    """Counts the calls of a process, and does what a fault says."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        self.count = 0
        self.kinds = ""
        self.failing = ""

    def install(self) -> None:
        """Put itself between this process and the system."""
        for name in CALLS:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        real = confined._renameat2()
        if real is not None:
            exchange = self._wrapped("renameat2", real)
            confined._renameat2 = lambda: exchange  # type: ignore[assignment]  # it is cached
        fcntl.flock = self._wrapped("flock", fcntl.flock)
        self._install_files()

    def _install_files(self) -> None:
        """Let reading a file object fail too: it does not go through `os.read`."""
        raw_read = self._wrapped("read", io.FileIO.readinto)
        raw_read_all = self._wrapped("read", io.FileIO.readall)

        class Raw(io.FileIO):
            def readinto(self, buffer: object) -> Any:  # noqa: ANN401 (as the base has it)
                return raw_read(self, buffer)

            def readall(self) -> Any:  # noqa: ANN401 (the same)
                return raw_read_all(self)

        real_open, real_fdopen = builtins.open, os.fdopen

        def open_file(real: Callable[..., Any], file: Any, mode: str, more: tuple[object, ...], named: Any) -> object:  # noqa: ANN401 (whatever `open` takes)
            return io.BufferedReader(Raw(file, "r")) if mode == "rb" else real(file, mode, *more, **named)

        builtins.open = lambda file, mode="r", *more, **named: open_file(real_open, file, mode, more, named)  # type: ignore[assignment]  # its overloads
        os.fdopen = lambda fd, mode="r", *more, **named: open_file(real_fdopen, fd, mode, more, named)  # type: ignore[assignment]  # the same

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: object, **options: object) -> object:
            self.count += 1
            self.kinds += "r" if reads(name, arguments) else "w"
            fault = self.fault
            if fault is not None and (self.count == fault.number or self.failing == name):
                if fault.kind == KILL:
                    os.kill(os.getpid(), signal.SIGKILL)
                if not fault.once:
                    self.failing = name
                if name == "close":
                    real(*arguments)  # as Linux does: the descriptor is gone whatever close says
                code = getattr(errno, fault.kind)
                raise OSError(code, os.strerror(code))
            return real(*arguments, **options)

        return call


def reads(name: str, arguments: tuple[object, ...]) -> bool:
    """Return whether a call leaves the disk as it was."""
    if name == "open":
        return not any(isinstance(one, int) and one & os.O_CREAT for one in arguments[1:2])
    return name in READING


def perform(place: Place, words: tuple[str, ...]) -> int:
    """Return the exit code of a run in this process."""
    line = [one.replace("OVER", str(place.sysroot.parent / "over")) for one in words]
    recipe = [str(place.recipe)] if line[0] == "apply" else []
    return run([line[0], *recipe, "--sysroot", str(place.sysroot), "-q", *line[1:]])


def disturbed(place: Place, verb: Verb, fault: Fault | None) -> tuple[int, str, str]:
    """Run in a fork; returns how it ended (the negative signal for a kill), what it complained of, and its calls.

    Each call is a letter: w if it changes something, r if not.
    """
    run(["hook", "make", "--quiet"])  # typer loads the rest of itself with the first word that it converts
    told = place.sysroot.parent / "told"
    counted = place.sysroot.parent / "counted"
    pid = os.fork()
    if not pid:
        with told.open("w") as sys.stderr:
            injector = Injector(fault)
            injector.install()
            code = perform(place, verb.words)
            injector.fault = None
            sys.stderr.flush()
            counted.write_text(injector.kinds)
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    ended = os.waitstatus_to_exitcode(status)
    return ended, told.read_text(), counted.read_text() if ended >= 0 else ""


def contents(place: Place) -> dict[str, bytes]:
    """Return every archive of the sysroot and the overlay, and the lock."""
    base = place.sysroot.parent
    paths = [*place.sysroot.rglob("*"), *(base / "over").rglob("*"), place.recipe.with_suffix(".lock")]
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in paths
        if path.is_file() and ".arfix" not in path.parts
    }


def everything(place: Place) -> dict[str, tuple[bytes, int, int]]:
    """Return every file and link of the place, arfix's own included: its bytes, inode and time of change."""
    found = {}
    for name in ("sysroot", "over"):
        for folder, _, files in os.walk(place.sysroot.parent / name):
            for one in files:
                path = os.path.join(folder, one)  # noqa: PTH118 (thousands of times)
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode):  # where undoing failed too, it may lead to nothing
                    data = os.fsencode(os.readlink(path))  # noqa: PTH115 (the same)
                else:
                    with open(path, "rb") as file:  # noqa: PTH123 (the same)
                        data = file.read()
                found[path] = data, status.st_ino, status.st_ctime_ns
    lock = place.recipe.with_suffix(".lock")
    found[str(lock)] = lock.read_bytes() if lock.exists() else b"", 0, 0
    return found


def check(place: Place, verb: Verb, fault: Fault) -> str:
    """Disturb one run and check what it leaves; returns how it ended."""
    before = everything(place)
    ended, told, _ = disturbed(place, verb, fault)
    case = f"{verb.name} with {fault}: exit {ended}, {told!r}"
    if wrong := complaint(place, verb, fault, ended, told):
        raise SystemExit(f"{case}: {wrong}")
    if ended > 0 and everything(place) == before:
        return "undone"  # the next run is like any other
    ended_again, told_again, _ = disturbed(place, verb, None)
    if ended_again or contents(place) != verb.after:
        raise SystemExit(f"{case}; then {told_again!r}: {difference(contents(place), verb.after)}")
    for state in (place.sysroot / ".arfix", place.sysroot.parent / "over" / ".arfix"):
        left = {path.name for path in state.iterdir()} - STATE if state.is_dir() else set()
        if left:
            raise SystemExit(f"{case}: the next run left {left}")
    return {0: "done", 1: "undone", 2: "undone"}.get(ended, "killed")


def complaint(  # noqa: PLR0911 (one for each thing that can be wrong)
    place: Place, verb: Verb, fault: Fault, ended: int, told: str
) -> str:
    """Return what is wrong with the way a disturbed run ended; empty for nothing."""
    now = contents(place)
    clean = {name: data for name, data in now.items() if not name.rpartition("/")[2].startswith(".")}
    if "Traceback" in told or "internal error" in told or ended not in {0, 1, 2, -signal.SIGKILL}:
        return "not a message"
    if any(data not in {verb.before.get(name), verb.after.get(name)} for name, data in clean.items()):
        return "a file that is neither old nor new"
    if ended == 0:
        left = difference(now, clean) if not is_interrupted(place) else []
        return f"success, but {difference(clean, verb.after) + left}" if clean != verb.after or left else ""
    if ended < 0 or "undoing it failed too" in told:
        return ""
    if os.strerror(getattr(errno, fault.kind)) not in told:
        return "the reason is not given"
    if astray := [path.name for path in place.sysroot.parent.glob("over/lib/*") if not path.exists()]:
        return f"refused, but links that lead nowhere are left: {astray}"
    return (
        f"refused, but {difference(now, verb.before)}" if clean != verb.before or (fault.once and now != clean) else ""
    )


def is_interrupted(place: Place) -> bool:
    """Tell whether the next run has something to finish or to remove."""
    return any(path.name == "journal" for path in place.sysroot.parent.glob("*/.arfix/*"))


def difference(now: dict[str, bytes], wanted: dict[str, bytes]) -> list[str]:
    """Return the names of files that are not as wanted."""
    return sorted(name for name in {*now, *wanted} if now.get(name) != wanted.get(name))


def prepare(place: Place, verb: str) -> None:
    """Put everything back to before a run of this verb."""
    base = place.sysroot.parent
    for name in ("sysroot", "over", "arfix.lock", "arfix.toml"):
        path = base / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    make_place(base, RECIPE + STUBS)
    (place.sysroot / "lib/liblink.a").symlink_to("libz.a")
    os.link(place.sysroot / "lib/libffi.a", place.sysroot / "lib/libffi2.a")
    if verb in {"apply", "apply in an overlay"}:
        return
    for _ in range(2 if verb.startswith("apply again") else 1):
        settle()  # so that there is a stamp
        perform(place, ("apply", "-j", "1", *(("--overlay", "OVER") if "overlay" in verb else ())))


def verbs(place: Place) -> Iterator[Verb]:
    """Yield the runs that are disturbed."""
    for name, words in {
        "apply": ("apply", "-j", "1"),
        "apply in an overlay": ("apply", "-j", "1", "--overlay", "OVER"),
        "apply again": ("apply", "-j", "1"),
        "apply again in an overlay": ("apply", "-j", "1", "--overlay", "OVER"),
        "check": ("apply", "-j", "1", "--check"),
        "revert": ("revert",),
        "revert an overlay": ("revert", "--overlay", "OVER"),
    }.items():
        prepare(place, name)
        before = contents(place)
        perform(place, words)
        yield Verb(name, words, before, contents(place))


def cases(place: Place) -> Iterator[tuple[Verb, Fault]]:
    """Yield every run and what disturbs it."""
    for verb in verbs(place):
        prepare(place, verb.name)
        _, _, calls = disturbed(place, verb, None)
        for number, call in enumerate(calls, 1):
            for kind in READING_REASONS if call == "r" else (KILL, *REASONS):
                yield verb, Fault(number, kind)
            for kind in ("EIO",) if call == "r" else ("EIO", "EROFS"):
                yield verb, Fault(number, kind, once=False)


def try_share(options: argparse.Namespace) -> int:
    """Try the cases of one share, and print how many ended how."""
    # A kill loses nothing that the kernel has, and waiting for the disk takes most of the time.
    os.fsync = lambda fd: None  # noqa: ARG005 (its name counts)
    share, shares = (int(part) for part in options.share.split("/"))
    options.folder.mkdir(parents=True, exist_ok=True)
    place = Place(options.folder / "sysroot", options.folder / "arfix.toml")
    progress = options.folder / "next"
    first = int(progress.read_text()) if progress.exists() else 0
    end = time.monotonic() + options.seconds
    endings: Counter[str] = Counter()
    for case, (verb, fault) in enumerate(cases(place), 1):
        if case < first or case % options.every or case // options.every % shares != share % shares:
            continue
        progress.write_text(str(case))
        if time.monotonic() > end:
            sys.stderr.write(f"stopped before case {case}; the same command goes on there\n")
            break
        prepare(place, verb.name)
        try:
            endings[check(place, verb, fault)] += 1
        except SystemExit as wrong:
            endings["wrong"] += 1
            sys.stderr.write(f"case {case}: {wrong}\n")
    else:
        progress.unlink(missing_ok=True)
    sys.stdout.write(f"{endings['killed']} {endings['undone']} {endings['done']}\n")
    return int(bool(endings["wrong"]))


def main() -> int:
    """Try the cases, in so many processes as is asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the files are that are disturbed")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try each N-th case only")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that share the cases")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="stop after this time")
    parser.add_argument("--share", default="0/1", metavar="K/N", help="try the K-th of N shares of the cases")
    options = parser.parse_args()
    if options.jobs == 1:
        return try_share(options)
    command = [sys.executable, "-m", "tests.recipe.faults", "--every", str(options.every)]
    command += ["--seconds", str(options.seconds)]
    shares = [
        subprocess.Popen([*command, "--share", f"{one}/{options.jobs}", str(options.folder / str(one))])
        for one in range(options.jobs)
    ]
    return max([one.wait() for one in shares])


if __name__ == "__main__":
    sys.exit(main())
