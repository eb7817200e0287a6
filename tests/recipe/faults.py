"""Makes every system call of a run fail or kill it, one run for each, and checks what is left.

    python -m tests.recipe.faults FOLDER [EVERY]

Runs are forks of one warm process, so that each takes milliseconds. EVERY is a whole number: only each so many-th case
is tried. Prints how many runs there were and how they ended.

After a fault that the run survived: exit code 0 and everything new, or 2, a message with the system's reason, and
everything old. If undoing it was refused too, the message says so, and the next run sees to it. After a kill each file
is old or new, and the next run makes everything new. Nothing is left beside the files, and `revert` brings all back.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arfix.archive import confined
from arfix.cli.app import run
from tests.recipe.sysroots import RECIPE, Place, make_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Calls of `os` by which a run reads and changes files; with and without a directory descriptor.
CALLS = (
    *("open", "close", "read", "write", "link", "unlink", "replace", "rename", "symlink", "readlink", "fsync"),
    *("mkdir", "rmdir", "scandir", "stat", "fstat", "copy_file_range", "sendfile", "fchmod", "fchown"),
)

#: The reasons for which the system refuses.
REASONS = ("ENOSPC", "EIO", "EINTR", "EPERM", "EXDEV", "EBUSY", "EROFS", "EDQUOT")

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

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: object, **options: object) -> object:
            self.count += 1
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


def perform(place: Place, words: tuple[str, ...]) -> int:
    """Return the exit code of a run in this process."""
    line = [one.replace("OVER", str(place.sysroot.parent / "over")) for one in words]
    recipe = [str(place.recipe)] if line[0] == "apply" else []
    return run([line[0], *recipe, "--sysroot", str(place.sysroot), "-q", *line[1:]])


def disturbed(place: Place, verb: Verb, fault: Fault | None) -> tuple[int, str, int]:
    """Run in a fork; returns how it ended (the negative signal for a kill), what it complained of, and its calls."""
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
            counted.write_text(str(injector.count))
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    ended = os.waitstatus_to_exitcode(status)
    return ended, told.read_text(), int(counted.read_text()) if ended >= 0 else 0


def contents(place: Place) -> dict[str, bytes]:
    """Return every archive of the sysroot and the overlay, and the lock."""
    base = place.sysroot.parent
    paths = [*place.sysroot.rglob("*"), *(base / "over").rglob("*"), place.recipe.with_suffix(".lock")]
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in paths
        if path.is_file() and ".arfix" not in path.parts
    }


def check(place: Place, verb: Verb, fault: Fault) -> str:
    """Disturb one run and check what it leaves; returns how it ended."""
    ended, told, _ = disturbed(place, verb, fault)
    case = f"{verb.name} with {fault}: exit {ended}, {told!r}"
    if wrong := complaint(place, verb, fault, ended, told):
        raise SystemExit(f"{case}: {wrong}")
    ended_again, told_again, _ = disturbed(place, verb, None)
    if ended_again or contents(place) != verb.after:
        raise SystemExit(f"{case}; then {told_again!r}: {difference(contents(place), verb.after)}")
    for state in (place.sysroot / ".arfix", place.sysroot.parent / "over" / ".arfix"):
        left = {path.name for path in state.iterdir()} - STATE if state.is_dir() else set()
        if left:
            raise SystemExit(f"{case}: the next run left {left}")
    return {0: "done", 1: "undone", 2: "undone"}.get(ended, "killed")


def complaint(place: Place, verb: Verb, fault: Fault, ended: int, told: str) -> str:
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
    # 1: a library of the sysroot that cannot be read is no library, and so a link does not hold
    if ended == 2 and os.strerror(getattr(errno, fault.kind)) not in told:
        return "the reason is not given"
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
    if verb != "apply":
        perform(place, ("apply", *(("--overlay", "OVER") if "overlay" in verb else ())))


def verbs(place: Place) -> Iterator[Verb]:
    """Yield the runs that are disturbed."""
    for name, words in {
        "apply": ("apply", "-j", "1"),
        "apply in an overlay": ("apply", "-j", "1", "--overlay", "OVER"),
        "revert": ("revert",),
        "revert an overlay": ("revert", "--overlay", "OVER"),
    }.items():
        first = "apply" if name.startswith("apply") else name
        prepare(place, first)
        before = contents(place)
        perform(place, words)
        yield Verb(name, words, before, contents(place))


def main(folder: Path, every: int) -> None:
    """Try every case, or a sample."""
    # A kill loses nothing that the kernel has, and waiting for the disk takes most of the time.
    os.fsync = lambda fd: None  # noqa: ARG005 (its name counts)
    place = Place(folder / "sysroot", folder / "arfix.toml")
    endings: Counter[str] = Counter()
    case = 0
    for verb in verbs(place):
        first = "apply" if verb.name.startswith("apply") else verb.name
        prepare(place, first)
        _, _, calls = disturbed(place, verb, None)
        for number in range(1, calls + 1):
            faults = [Fault(number, KILL), *(Fault(number, reason) for reason in REASONS)]
            for fault in (*faults, Fault(number, "EIO", once=False), Fault(number, "EROFS", once=False)):
                case += 1
                if case % every == 0:
                    prepare(place, first)
                    endings[check(place, verb, fault)] += 1
    print(endings["killed"], endings["undone"], endings["done"])  # noqa: T201 (for whoever started this)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
