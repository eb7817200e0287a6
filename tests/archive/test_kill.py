"""A save that is interrupted leaves the old archive or the new one, whole, and never a broken one."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.archive.write import write_archive
from tests.ar_builder import ar
from tests.archive.edited import without
from tests.tools import give_up, need

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

#: Calls of `os` by which a save changes anything, or promises that it has.
CALLS = ("open", "write", "copy_file_range", "preadv", "fchmod", "fsync", "close", "replace")

#: Saves the archive without its first member; dies before or after the n-th of the calls.
PROGRAM = """
import os, signal, sys
from arfix.archive import write
from arfix.archive.files import open_archive, save
from tests.archive.edited import without

write.BUFFER_SIZE, write.KERNEL_COPY_SIZE = 4096, 20_000
path, number, moment, *calls = sys.argv[1:]
left = int(number)

def dying(real):
    def call(*arguments, **options):
        global left
        left -= 1
        if left == 0 and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **options)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

archive = open_archive(path)
edited = without(archive, 0)
for name in calls:
    setattr(os, name, dying(getattr(os, name)))
save(edited, path)
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    folder.mkdir()
    members = [(f"{number}.o", bytes([number]) * 9_001 * number) for number in range(1, 5)]
    (folder / "lib.a").write_bytes(ar(*members, index=(("f", 1), ("g", 3))))
    return folder / "lib.a"


def outcomes(library: Path) -> tuple[bytes, bytes]:
    """Return the archive's bytes before and after the edit."""
    with open_archive(library) as archive:
        return library.read_bytes(), write_archive(without(archive, 0))


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_any_call_leaves_a_whole_archive(library: Path, moment: str) -> None:
    old, new = outcomes(library)
    seen = set()
    for number in range(1, 100):
        library.write_bytes(old)
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, library, str(number), moment, *CALLS], cwd=ROOT, check=False
        )
        content = library.read_bytes()
        assert content in {old, new}
        seen.add(content == new)
        for other in library.parent.iterdir():  # what a kill leaves is hidden, and no linker or build takes it
            assert other == library or (other.name.startswith(".lib.a.") and other.suffix == ".tmp")
            if other != library:
                other.unlink()
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL
    else:
        pytest.fail("the save never ended")
    assert number > len(CALLS)
    assert seen == {False, True}


# --- disks and directories that refuse --------------------------------------------------------------------------------

#: Saves the archive without its first member; prints the error and how the folder looks.
REFUSED = """
import os, sys
import arfix.archive.rebase  # what a save loads only then, perhaps from where the other user may not read
from arfix.archive.files import open_archive, save
from arfix.errors import AccessError
from tests.archive.edited import without

path, user = sys.argv[1], int(sys.argv[2])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    with open_archive(path) as archive:
        save(without(archive, 0), path)
except AccessError as error:
    print(error)
    print(error.hint)
    sys.exit(1)
"""


def refused(library: Path, *, user: int = 0) -> str:
    command = [sys.executable, "-c", REFUSED, str(library), str(user)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert ran.returncode == 1
    return ran.stdout


def unprivileged() -> int:
    """Return a user number to become, so that permissions count: root passes over them."""
    return 65534 if os.geteuid() == 0 else 0


@pytest.fixture
def shared(library: Path) -> Iterator[Path]:
    """The library again, in a folder that other users reach: pytest's own are closed to them, time and again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lib.a"
        path.write_bytes(library.read_bytes())
        path.parent.chmod(0o777)
        path.chmod(0o666)
        yield path
        path.parent.chmod(0o777)


def test_a_read_only_directory_is_an_error_and_nothing_changes(shared: Path) -> None:
    old, _ = outcomes(shared)
    shared.parent.chmod(0o555)
    message = refused(shared, user=unprivileged())
    assert "Permission denied" in message
    assert f"{shared}: cannot write" in message
    assert shared.read_bytes() == old
    assert list(shared.parent.iterdir()) == [shared]


def test_a_read_only_file_is_an_error_as_with_ar(shared: Path) -> None:
    old, _ = outcomes(shared)
    shared.chmod(0o444)
    assert "Permission denied" in refused(shared, user=unprivileged())
    assert shared.read_bytes() == old
    assert list(shared.parent.iterdir()) == [shared]


def test_a_full_disk_is_an_error_and_nothing_changes(library: Path) -> None:
    old, _ = outcomes(library)
    disk = library.parent.with_name("disk")
    disk.mkdir()
    command = [need("mount"), "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        give_up("mounting a small disk is not permitted")
    try:
        (disk / "lib.a").write_bytes(old)  # 90 KB: a second copy does not fit
        assert os.strerror(errno.ENOSPC) in refused(disk / "lib.a")
        assert (disk / "lib.a").read_bytes() == old
        assert list(disk.iterdir()) == [disk / "lib.a"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_size_limit_is_an_error_and_nothing_changes(library: Path) -> None:
    old, _ = outcomes(library)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    command = [sys.executable, "-c", f"{limit}{REFUSED}", str(library), "0"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert os.strerror(errno.EFBIG) in ran.stdout
    assert library.read_bytes() == old
    assert list(library.parent.iterdir()) == [library]
