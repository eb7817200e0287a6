"""Faults at every call to the system that an edit makes: the old files or the new ones, whole, and a true exit code.

Each case runs a command in a child process in which one call fails: the process is killed before or after it, or the
call raises. `make faults` runs all of them, `make test` every 53rd.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from arfix.archive import locks, write
from arfix.cli.app import run
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

if sys.platform == "win32":
    pytest.skip("forks", allow_module_level=True)

import fcntl

#: Every call through which arfix reads, writes, or changes a folder.
CALLS = (
    *("open", "close", "dup", "fstat", "stat", "read", "preadv", "write", "copy_file_range", "sendfile", "fsync"),
    *("fchmod", "fchown", "listxattr", "replace", "rename", "link", "unlink", "mkdir", "rmdir", "listdir", "flock"),
)
FAULTS = ("kill before", "kill after", *(errno.errorcode[code] for code in (28, 5, 4, 1, 18, 30, 122)))

ALL = os.environ.get("ARFIX_FAULTS") == "all"
#: Of the cases of one command, which to run: a step that shares no factor with the number of faults.
STEP = 1 if ALL else 53

LIBRARY = ar(
    ("a.o", elf("f", "?g")), ("b.o", elf("g")), ("t.txt", b"text\n" * 2000), ("n.a", ar(("in.o", elf("h")))),
    index=(("f", 0), ("g", 1)),
)  # fmt: skip
OTHER = ar(("c.o", elf("k")), index=(("k", 0),))
SCRIPT = b"OPEN lib.a\nDELETE t.txt\nADDLIB other.a\nSAVE\nEND\n"
FILES = {"lib.a": LIBRARY, "other.a": OTHER, "m.mri": SCRIPT}


@dataclass(frozen=True)
class Edit:
    """A command, and the files that are there before it besides the usual ones."""

    arguments: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()


EDITS = {
    "strip": Edit(("strip", "lib.a", "t.txt")),
    "strip -o": Edit(("strip", "lib.a", "t.txt", "-o", "out.a"), (("out.a", b"before"),)),
    "symbols": Edit(("symbols", "lib.a", "--prefix", "p_")),
    "flatten": Edit(("flatten", "lib.a", "--splice")),
    "merge": Edit(("merge", "lib.a", "other.a", "-o", "lib.a")),
    "merge new": Edit(("merge", "lib.a", "other.a", "-o", "new.a")),
    "stub": Edit(("stub", "missing=void", "--into", "lib.a")),
    "stub -o": Edit(("stub", "missing=void", "--like", "lib.a", "-o", "stubs.a")),
    "index": Edit(("index", "lib.a"), (("lib.a", ar(("a.o", elf("f")))),)),
    "ar -M": Edit(("ar", "-M", "m.mri")),
    "extract": Edit(("extract", "lib.a", "-C", "out/deep")),
    "extract --overwrite": Edit(("extract", "lib.a", "--overwrite"), (("a.o", b"old a"), ("t.txt", b"old text"))),
}


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of the folder and its bytes; of what a kill may leave, nothing."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not (path.name.startswith(".") and path.suffix in {".tmp", ".old"}):
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


class Injected:
    """Makes the n-th of the calls fail; counts them when there is no n."""

    def __init__(self, number: int, fault: str) -> None:
        self.left = number
        self.count = 0
        self.fault = fault
        self.name = ""

    def install(self) -> None:
        for name in CALLS:
            module = fcntl if name == "flock" else os
            if hasattr(module, name):
                setattr(module, name, self._wrapped(name, getattr(module, name)))
        # `os.supports_dir_fd` knows the functions themselves.
        os.supports_dir_fd |= {os.open, os.unlink, os.link, os.rename, os.replace, os.stat}

    def _wrapped(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            self.count += 1
            self.left -= 1
            if self.left:
                return real(*arguments, **options)
            if self.fault == "kill before":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault == "kill after":
                real(*arguments, **options)
                os.kill(os.getpid(), signal.SIGKILL)
            if name == "close":  # a descriptor is gone, whatever close says of it
                real(*arguments, **options)
            code = getattr(errno, self.fault)
            raise OSError(code, os.strerror(code))

        return call


def in_child(folder: Path, arguments: tuple[str, ...], injected: Injected) -> tuple[int, str]:
    """Run the command in a child process with the fault; return its exit code, or minus the signal, and its stderr."""
    said = folder.with_name("said")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with said.open("wb") as file:
                os.dup2(file.fileno(), 2)
                os.dup2(file.fileno(), 1)
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 (the test's own streams are captured)
            sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
            os.chdir(folder)
            locks.WAIT = 0.1
            write.KERNEL_COPY_SIZE, write.BUFFER_SIZE = 4000, 4096
            injected.install()
            code = run(arguments)
            injected.left = 0
            os.write(writing, str(injected.count).encode())
        except BaseException:  # noqa: BLE001 (the parent sees it)
            traceback.print_exc()
            code = 99
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        counted = pipe.read()
    _, status = os.waitpid(child, 0)
    injected.count = int(counted or b"0")
    return os.waitstatus_to_exitcode(status), said.read_text("utf-8", "replace")


def prepared(folder: Path, edit: Edit) -> dict[str, bytes]:
    folder.mkdir()
    for name, data in (FILES | dict(edit.files)).items():
        (folder / name).write_bytes(data)
    return contents(folder)


def cases(edit: Edit, folder: Path) -> Iterator[tuple[int, str]]:
    """Yield which call fails and how; first of all the command runs without a fault."""
    counting = Injected(0, "")
    prepared(folder, edit)
    code, said = in_child(folder, edit.arguments, counting)
    assert (code, "Traceback" in said) == (0, False), said
    assert counting.count > 10
    every = [(number, fault) for number in range(1, counting.count + 1) for fault in FAULTS]
    yield from every[len(edit.arguments) % STEP :: STEP]


@pytest.mark.slow
@pytest.mark.parametrize("name", EDITS)
def test_every_call_may_fail(name: str, tmp_path: Path) -> None:
    edit = EDITS[name]
    planned = list(cases(edit, tmp_path / "clean"))
    new = contents(tmp_path / "clean")
    for number, fault in planned:
        folder = tmp_path / f"{number} {fault}"
        old = prepared(folder, edit)
        injected = Injected(number, fault)
        code, said = in_child(folder, edit.arguments, injected)
        place = f"{name}, call {number}, {fault}: exit {code}, {said}"
        now = contents(folder)
        if code == -signal.SIGKILL:
            if name == "extract --overwrite":  # several files: each is whole
                assert all(now.get(one) in {old.get(one), new.get(one)} for one in {*old, *new, *now}), place
            elif name != "extract":
                assert now in (old, new), place
            else:
                assert all(new[one] == data for one, data in now.items()), place
            continue
        assert "Traceback" not in said, place
        assert "internal error" not in said, place
        assert code in {0, 1, 2}, place
        assert now == (new if code == 0 else old), place
        assert not leftovers(folder), place
        if code:
            lines = [line for line in said.splitlines() if line.startswith("arfix: ")]
            assert len(lines) == 1, place
