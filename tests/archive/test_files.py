from __future__ import annotations

import errno
import io
import os
import socket
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import arfix
from arfix.archive import files
from arfix.archive.files import FileSource, open_archive, save, save_all, save_chunks
from arfix.errors import AccessError, EditError, FormatError
from tests.ar_builder import ar
from tests.tools import give_up

if TYPE_CHECKING:
    from arfix.archive.model import Archive

BYTES = ar(("one.o", b"first"), ("two.o", b"second"), ("third.o", b"third!"), index=(("f", 0), ("g", 2)))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    path.write_bytes(BYTES)
    return path


def without_first(archive: Archive) -> Archive:
    return replace(archive, members=archive.members[1:], index=None, source=None)


EDITED = ar(("two.o", b"second"), ("third.o", b"third!"))


def folder_of(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- open -------------------------------------------------------------------------------------------------------------


def test_an_opened_archive_is_what_its_bytes_say(library: Path) -> None:
    with open_archive(library) as archive:
        assert archive == arfix.read(BYTES)
        assert archive.where is not None
        assert str(archive.where) == str(library)


def test_member_data_is_a_view_on_the_mapping(library: Path) -> None:
    with open_archive(library) as archive:
        assert archive.members[0].data.readonly
        assert archive.members[0].data.obj is archive.members[2].data.obj


def test_closing_under_a_live_view_raises_nothing_and_the_view_stays_good(library: Path) -> None:
    archive = open_archive(library)
    view = archive.members[0].data
    archive.close()
    archive.close()
    assert bytes(view) == b"first"


def test_a_closed_archive_says_so(library: Path) -> None:
    archive = open_archive(library)
    member = archive.members[0]
    archive.close()
    with pytest.raises(AccessError, match="closed"):
        _ = member.data


def test_no_descriptor_is_left_open(library: Path, tmp_path: Path) -> None:
    before = open_descriptors()
    open_archive(library).close()
    for bad in (tmp_path, tmp_path / "absent", "/dev/null"):
        with pytest.raises(AccessError):
            open_archive(bad)
    text = tmp_path / "text"
    text.write_text("no archive")
    with pytest.raises(FormatError):
        open_archive(text)
    assert open_descriptors() == before


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError, match="empty"):
        open_archive(tmp_path / "empty")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match=r"absent.a: cannot open: No such file") as caught:
        open_archive(tmp_path / "absent.a")
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_standard_input_is_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BYTES)))
    assert open_archive("-") == arfix.read(BYTES)


def test_a_pipe_that_a_shell_made_is_read_into_memory() -> None:
    reading, writing = os.pipe()  # as bash does for `arfix inspect <(cat lib.a)`
    writer = threading.Timer(0.1, lambda: os.fdopen(writing, "wb").write(BYTES))
    writer.start()
    assert open_archive(f"/dev/fd/{reading}") == arfix.read(BYTES)
    writer.join()
    os.close(reading)


@pytest.mark.parametrize("make", ["fifo", "socket", "device", "NUL"])
def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path, make: str) -> None:
    path = tmp_path / "x.a"
    match make:
        case "fifo":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(path))
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path = Path(f"{path}\0")
    before = open_descriptors()
    with pytest.raises(AccessError, match=r"named pipe|a socket|a device|NUL"):
        open_archive(path)
    assert open_descriptors() == before


@pytest.mark.parametrize("size", [0, 8, len(BYTES) - 1])
def test_a_file_that_shrinks_after_it_was_opened_is_no_signal(library: Path, size: int) -> None:
    with open_archive(library) as archive:
        os.truncate(library, size)
        assert [bytes(member.data) for member in archive] == [b"first", b"second", b"third!"]


def test_a_file_that_changes_while_it_is_read_is_an_error(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.read

    def cut(descriptor: int, size: int) -> bytes:
        os.truncate(library, 20)
        return real(descriptor, size)

    monkeypatch.setattr(os, "read", cut)
    with pytest.raises(AccessError, match="changed while it was read"):
        open_archive(library)


MAPPED = """
import os, subprocess, sys, time
from arfix.archive import files, locks
files._LARGE_FILE = 1
locks.allow_leases()
path = sys.argv[1]
archive = files.open_archive(path)
if archive.source.source.descriptor is None:
    sys.exit(3)
# A process of its own: a fork would have the descriptor, too, and with it the lease.
child = subprocess.Popen([sys.executable, "-c", "import os, sys; os.truncate(sys.argv[1], 0)", path])
time.sleep(1)
assert os.path.getsize(path) > 0
assert [bytes(member.data) for member in archive] == [b"first", b"second", b"third!"]
archive.close()
del archive
child.wait(timeout=30)  # the system takes a lease away only after 45 seconds
assert os.path.getsize(path) == 0
"""


def test_who_cuts_a_mapped_file_waits_until_it_is_closed(library: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", MAPPED, library], capture_output=True, text=True, check=False)
    if ran.returncode == 3:
        give_up("this file system grants no leases")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_memory_of_a_large_mapping_is_given_back_and_its_views_stay_good(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[int] = []
    real = FileSource.forget

    def forget(source: FileSource) -> None:
        forgotten.append(1)
        real(source)

    monkeypatch.setattr(files, "_LARGE_MAPPING", 1)
    monkeypatch.setattr(files, "_LARGE_FILE", 1)
    monkeypatch.setattr(files, "take_lease", lambda _: True)
    monkeypatch.setattr(files, "_LOOKS_AT_ONCE", 2)
    monkeypatch.setattr(FileSource, "forget", forget)
    with open_archive(library) as archive:
        views = [member.data for member in archive.members * 3]
        assert [bytes(view) for view in views] == [b"first", b"second", b"third!"] * 3
    assert len(forgotten) > 3


# --- thin archives ----------------------------------------------------------------------------------------------------


def thin(*paths: str, size: int = 5) -> bytes:
    table = "".join(f"{path}/\n" for path in paths)
    table += "\n" * (len(table) % 2)
    starts = [sum(len(path) + 2 for path in paths[:number]) for number in range(len(paths))]
    headers = "".join(f"{f'/{start}':<16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n" for start in starts)
    return f"!<thin>\n{'//':<48}{len(table):<10}`\n{table}{headers}".encode()


def test_thin_members_are_found_beside_the_archive_wherever_the_process_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "x.o").write_bytes(b"bytes")
    (tmp_path / "absolute.o").write_bytes(b"other")
    (tmp_path / "thin.a").write_bytes(thin("build/x.o", str(tmp_path / "absolute.o")))
    monkeypatch.chdir("/")
    with open_archive(tmp_path / "thin.a") as archive:
        assert [bytes(member.data) for member in archive] == [b"bytes", b"other"]
    monkeypatch.chdir(tmp_path)
    with open_archive("thin.a") as archive:
        assert bytes(archive.members[0].data) == b"bytes"


def test_thin_files_are_opened_only_when_looked_at_and_not_kept_open(tmp_path: Path) -> None:
    (tmp_path / "thin.a").write_bytes(thin(*(f"{number}.o" for number in range(50))))
    with open_archive(tmp_path / "thin.a") as archive:
        before = open_descriptors()
        for number, member in enumerate(archive):
            (tmp_path / f"{number}.o").write_bytes(b"%05d" % number)
            assert bytes(member.data) == b"%05d" % number
        assert open_descriptors() == before


@pytest.mark.parametrize("make", ["absent", "folder", "fifo", "device"])
def test_a_thin_member_that_is_no_file_is_an_error_and_nothing_waits(tmp_path: Path, make: str) -> None:
    target = tmp_path / "x.o"
    match make:
        case "folder":
            target.mkdir()
        case "fifo":
            os.mkfifo(target)
        case "device":
            target.symlink_to("/dev/zero")
    (tmp_path / "thin.a").write_bytes(thin("x.o"))
    with open_archive(tmp_path / "thin.a") as archive, pytest.raises(AccessError, match=r"x\.o"):
        _ = archive.members[0].data


# --- save -------------------------------------------------------------------------------------------------------------


def test_a_saved_archive_replaces_the_file_it_was_read_from(library: Path) -> None:
    with open_archive(library) as archive:
        saved = save(without_first(archive), library)
        assert bytes(archive.members[0].data) == b"first"
    assert library.read_bytes() == EDITED
    assert (saved.path, saved.notes) == (str(library), ())
    assert folder_of(library) == ["lib.a"]


def test_an_unedited_archive_is_written_byte_for_byte(library: Path, tmp_path: Path) -> None:
    odd = BYTES + b"odd"
    library.write_bytes(odd)
    with open_archive(library) as archive:
        save(archive, tmp_path / "copy.a")
    assert (tmp_path / "copy.a").read_bytes() == odd


def test_mode_is_kept_and_a_new_file_follows_the_umask(library: Path, tmp_path: Path) -> None:
    library.chmod(0o640)
    with open_archive(library) as archive:
        save(without_first(archive), library)
        old = os.umask(0o027)
        try:
            save(archive, tmp_path / "new.a")
        finally:
            os.umask(old)
    assert stat.S_IMODE(library.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "new.a").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(library: Path) -> None:
    os.chown(library, 12345, 54321)
    library.chmod(0o2755)
    with open_archive(library) as archive:
        saved = save(without_first(archive), library)
    assert (library.stat().st_uid, library.stat().st_gid) == (12345, 54321)
    assert stat.S_IMODE(library.stat().st_mode) == 0o2755
    assert saved.notes == ()


@pytest.mark.skipif(not hasattr(os, "listxattr"), reason="Linux alone has extended attributes in os")
@pytest.mark.parametrize("missing", [("listxattr",), ("fchown", "fchmod")])
def test_systems_without_these_calls_are_served(
    library: Path, monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    for name in missing:
        monkeypatch.delattr(os, name)
    with open_archive(library) as archive:
        assert save(without_first(archive), library).notes == ()
    assert library.read_bytes() == EDITED


def test_attributes_that_cannot_be_set_are_left_behind(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no")

    def get(_: object, name: str) -> bytes:
        tried.append(name)
        return b"value"

    tried: list[str] = []
    monkeypatch.setattr(os, "listxattr", lambda _: ["user.a", "security.ima", "user.b", "security.capability"])
    monkeypatch.setattr(os, "getxattr", get)
    monkeypatch.setattr(os, "setxattr", refuse)
    with open_archive(library) as archive:
        save(without_first(archive), library)
    assert library.read_bytes() == EDITED
    assert tried == ["user.a", "user.b"]


def test_an_owner_that_cannot_be_kept_is_told_and_loses_the_set_id_bits(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat

    def refuse(*_: int) -> None:
        raise PermissionError(errno.EPERM, "no")

    def other_owner(descriptor: int) -> os.stat_result:
        fields = list(real(descriptor))
        fields[4] += 1
        return os.stat_result(fields)

    library.chmod(0o4755)
    with open_archive(library) as archive:
        edited = without_first(archive)
        chunks = [b"".join(bytes(member.data) for member in edited)]
    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fstat", other_owner)
    saved = save_chunks(chunks, library)
    assert stat.S_IMODE(library.stat().st_mode) == 0o755
    assert any("belonged to" in note for note in saved.notes)


def test_extended_attributes_are_kept_where_the_file_system_has_them(library: Path) -> None:
    try:
        os.setxattr(library, "user.origin", b"upstream")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    with open_archive(library) as archive:
        save(without_first(archive), library)
    assert os.getxattr(library, "user.origin") == b"upstream"


def test_a_link_stays_and_its_target_is_replaced(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "link.a"
    link.symlink_to("../lib.a")
    with open_archive(link) as archive:
        saved = save(without_first(archive), link)
    assert link.is_symlink()
    assert library.read_bytes() == EDITED
    assert saved.path == str(library)
    assert folder_of(link) == ["link.a"]


def test_a_link_to_nothing_gets_its_target(library: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.a"
    link.symlink_to("made.a")
    with open_archive(library) as archive:
        save(archive, link)
    assert link.is_symlink()
    assert (tmp_path / "made.a").read_bytes() == BYTES


@pytest.mark.parametrize(("others", "words"), [(1, "1 other hard link, which keeps"), (2, "2 other hard links")])
def test_other_hard_links_keep_the_old_bytes_and_that_is_told(
    library: Path, tmp_path: Path, others: int, words: str
) -> None:
    for number in range(others):
        os.link(library, tmp_path / f"{number}.a")
    with open_archive(library) as archive:
        saved = save(without_first(archive), library)
    assert words in saved.notes[0]
    assert (tmp_path / "0.a").read_bytes() == BYTES


def test_a_pipe_that_nobody_reads_is_an_error(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_WAIT_FOR_READER", 0.1)
    os.mkfifo(tmp_path / "fifo")
    with open_archive(library) as archive, pytest.raises(AccessError, match="nothing reads"):
        save(archive, tmp_path / "fifo")


@pytest.mark.parametrize("other", ["replaced", "rewritten", "removed"])
def test_an_edit_of_a_file_that_another_process_changed_is_refused(library: Path, other: str) -> None:
    with open_archive(library) as archive:
        edited = without_first(archive)
        match other:
            case "replaced":
                (library.parent / "new").write_bytes(BYTES)
                (library.parent / "new").replace(library)
            case "rewritten":
                library.write_bytes(BYTES + b"\n")
            case _:
                library.unlink()
        left = library.read_bytes() if library.exists() else None
        with pytest.raises((EditError, AccessError), match=r"changed the file since|changed while it was open"):
            save(edited, library)
    assert (library.read_bytes() if library.exists() else None) == left
    assert folder_of(library) == ([] if left is None else ["lib.a"])


def test_an_edit_that_replaces_the_file_at_the_last_moment_is_noticed(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        (library.parent / "new").write_bytes(EDITED)
        (library.parent / "new").replace(library)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with open_archive(library) as archive, pytest.raises(EditError, match="changed the file since"):
        save(replace(archive, members=archive.members[2:], index=None, source=None), library)
    assert library.read_bytes() == EDITED
    assert folder_of(library) == ["lib.a"]


def test_a_pipe_is_written_into(library: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    with open_archive(library) as archive:
        save(without_first(archive), fifo)
    reader.join()
    assert got == [EDITED]
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_standard_output_is_a_place_too(library: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with open_archive(library) as archive:
        save(without_first(archive), "-")
    assert capfdbinary.readouterr().out == EDITED


def test_a_full_device_is_an_error(library: Path) -> None:
    with open_archive(library) as archive, pytest.raises(AccessError, match="/dev/full: cannot write: No space left"):
        save(archive, "/dev/full")


def test_a_directory_is_no_place_for_an_archive(library: Path, tmp_path: Path) -> None:
    with open_archive(library) as archive, pytest.raises(AccessError, match="a directory"):
        save(archive, tmp_path)


def test_a_missing_directory_is_an_error(library: Path, tmp_path: Path) -> None:
    with open_archive(library) as archive, pytest.raises(AccessError, match="cannot write: No such file"):
        save(archive, tmp_path / "absent" / "lib.a")


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_call_that_fails_leaves_the_old_file_and_nothing_else(
    library: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with open_archive(library) as archive:
        monkeypatch.setattr(os, call, fail)
        if call == "fchmod":  # file systems without modes
            save(without_first(archive), library)
            assert library.read_bytes() == EDITED
            return
        with pytest.raises(AccessError, match=os.strerror(code)) as caught:
            save(without_first(archive), library)
    assert caught.value.hint is not None
    assert library.read_bytes() == BYTES
    assert folder_of(library) == ["lib.a"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_a_file_system_that_cannot_sync_is_no_error(library: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with open_archive(library) as archive:
        save(without_first(archive), library)
    assert library.read_bytes() == EDITED


def test_an_interrupt_removes_the_temporary_file(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with open_archive(library) as archive, pytest.raises(KeyboardInterrupt):
        save(without_first(archive), library)
    assert library.read_bytes() == BYTES
    assert folder_of(library) == ["lib.a"]


@pytest.mark.parametrize("change", ["grow", "cut", "touch"])
def test_a_source_that_changed_meanwhile_is_not_saved(library: Path, tmp_path: Path, change: str) -> None:
    with open_archive(library) as archive:
        edited = without_first(archive)
        match change:
            case "grow":
                library.write_bytes(BYTES + b"more")
            case "cut":
                os.truncate(library, len(BYTES) - 2)
            case _:
                os.utime(library, ns=(1, 1))
        with pytest.raises(AccessError, match=r"changed while it was open|the file ends at"):
            save(edited, tmp_path / "new.a")
    assert folder_of(library) == ["lib.a"]


def test_the_temporary_file_is_private_until_it_is_whole(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    real = os.fchmod

    def look(descriptor: int, mode: int) -> None:
        seen.extend(
            (each.name, stat.S_IMODE(each.stat().st_mode)) for each in library.parent.iterdir() if each != library
        )
        real(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", look)
    with open_archive(library) as archive:
        save(without_first(archive), library)
    [(name, mode)] = seen
    assert mode == 0o600
    assert name.startswith(".")
    assert not name.endswith(".a")


@pytest.mark.parametrize("character", ["x", "\u00fc", "\u20ac", "\U0001d11e"])
def test_the_longest_file_name_can_be_saved(library: Path, character: str) -> None:
    longest = library.with_name(character * (253 // len(character.encode())) + ".a")
    with open_archive(library) as archive:
        save(archive, longest)
        save(without_first(archive), longest)
    assert longest.read_bytes() == EDITED


# --- several archives as one ------------------------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path: Path) -> dict[str, Archive]:
    paths = [tmp_path / f"lib{letter}.a" for letter in "abc"]
    for path in paths:
        path.write_bytes(BYTES)
    return {str(path): without_first(open_archive(path)) for path in paths}


def test_several_archives_are_written(three: dict[str, Archive], tmp_path: Path) -> None:
    assert [saved.path for saved in save_all(three)] == sorted(three)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {EDITED}
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("call", ["replace", "link", "fsync", "open"])
@pytest.mark.parametrize("number", range(1, 8))
def test_where_one_is_refused_none_is_written(
    three: dict[str, Archive], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    real, count = getattr(os, call), 0

    def refuse(*arguments: object, **options: object) -> object:
        nonlocal count
        count += 1
        if count == number:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        return real(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, refuse)
        try:
            save_all(three)
        except AccessError as error:
            assert os.strerror(errno.EBUSY) in error.message  # noqa: PT017 (both outcomes are right)
            wanted = BYTES
        else:
            wanted = EDITED
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {wanted}
    assert len(list(tmp_path.iterdir())) == 3


def test_an_archive_that_another_process_replaced_keeps_all_from_being_written(
    three: dict[str, Archive], tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    newer.write_bytes(EDITED + b"\n")
    newer.replace(tmp_path / "libb.a")
    with pytest.raises(EditError, match="another process changed the file"):
        save_all(three)
    assert (tmp_path / "liba.a").read_bytes() == BYTES
    assert (tmp_path / "libb.a").read_bytes() == EDITED + b"\n"
