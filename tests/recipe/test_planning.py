"""What happens to a sysroot over its life: rebuilt, unpacked anew, drifted, linked, locked down."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from arfix.errors import ArfixError
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.recipe.sysroots import CRYPTO, LIBC, LIBZ, ORIGINALS, RECIPE, Place, changed_nothing, make_place

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "version = 1\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def entry(path: str, *steps: str, when: str = "") -> str:
    """Return one entry of a recipe."""
    lines = ["[[archive]]", f'{"glob" if "*" in path else "path"} = "{path}"', when]
    for step in steps:
        lines += ["[[archive.step]]", step, 'reason = "r"']
    return "\n".join(lines) + "\n"


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_an_original_that_comes_back_is_repaired_again(place: Place) -> None:
    place.run("apply")
    repaired, lock = place.contents(), place.recipe.with_suffix(".lock").read_bytes()
    (place.sysroot / "lib/libffi.a").write_bytes(ORIGINALS["lib/libffi.a"])
    ran = place.run("apply")
    assert ran.stdout.startswith("lib/libffi.a\n")
    assert ran.stdout.endswith("1 archive of 4 changed; python holds\n")
    assert place.contents() == repaired
    assert place.recipe.with_suffix(".lock").read_bytes() == lock


def test_an_upstream_rebuild_is_noticed_and_repaired(place: Place) -> None:
    place.run("apply")
    new = ar(
        ("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?syslog")),
        ("libcrypto-lib-new.o", elf("new")),
        index=(("BIO_s_log", 0), ("new", 1)),
    )
    (place.sysroot / "lib/libcrypto.a").write_bytes(new)
    ran = place.run("apply")
    assert ran.code == 0
    assert "holds neither its original nor what was made of it" in ran.stderr
    assert names(place.sysroot / "lib/libcrypto.a") == ["libcrypto-lib-new.o"]
    assert place.run("revert").code == 0
    assert place.contents()["lib/libcrypto.a"] == new


def test_other_steps_begin_from_the_original(place: Place) -> None:
    place.run("apply")
    place.recipe.write_text(RECIPE.replace('flatten = "drop"', 'flatten = "splice"'))
    ran = place.run("apply")
    assert ran.code == 0
    assert names(place.sysroot / "lib/libffi.a") == ["malloc.o", "string.o", "ffi.o"]
    place.recipe.write_text(HEAD + entry("lib/libffi.a", "index = true"))
    ran = place.run("apply")
    assert (place.sysroot / "lib/libffi.a").read_bytes() == ORIGINALS["lib/libffi.a"]
    assert "lib/libffi.a: restored the original" in ran.stdout
    assert "repaired by an earlier recipe, and not in this one" in ran.stderr
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_a_new_reason_changes_the_lock_alone(place: Place) -> None:
    place.run("apply")
    before = place.contents()
    place.recipe.write_text(RECIPE.replace("there is no syslog", "still no syslog"))
    assert not place.apply().written
    assert place.contents() == before


def test_a_lost_lock_is_made_again_and_a_damaged_one_is_an_error(place: Place) -> None:
    place.run("apply")
    lock = place.recipe.with_suffix(".lock")
    text = lock.read_text()
    lock.unlink()
    assert place.run("apply").code == 0
    assert lock.read_text() == text
    for damaged in ("", "[]", '{"version": 9}', text.replace('"sha256"', '"sha1"'), text.replace('"do"', '"does"')):
        lock.write_text(damaged)
        assert place.run("apply").code == 2
    lock.write_bytes(b"\xff")
    assert place.run("apply").code == 2


def test_a_copied_sysroot_is_known_by_the_lock(place: Place) -> None:
    """The repaired archives were packed without the state: nothing is to be done, and nothing fails."""
    place.run("apply")
    shutil.rmtree(place.sysroot / ".arfix")
    before = place.stats()
    ran = place.run("apply", "--frozen")
    said = f"nothing to do: 4 archives are as {place.recipe} specifies; python holds\n"
    assert (ran.code, ran.stdout) == (0, said)
    assert place.stats() == before


def test_a_touched_archive_is_hashed_and_left_alone(place: Place) -> None:
    place.run("apply")
    os.utime(place.sysroot / "lib/libcrypto.a", (1, 1))
    assert not place.apply().written
    assert (place.sysroot / "lib/libcrypto.a").stat().st_mtime == 1


def test_a_linked_library_is_edited_once_and_stays_a_link(place: Place) -> None:
    (place.sysroot / "lib/libtinfo.a").symlink_to("libcrypto.a")
    place.recipe.write_text(HEAD + entry("lib/libtinfo.a", 'strip = ["bss_log.o"]') + entry("lib/*.a", "index = true"))
    assert place.run("apply").code == 0
    assert (place.sysroot / "lib/libtinfo.a").is_symlink()
    assert names(place.sysroot / "lib/libcrypto.a") == ["libcrypto-lib-mem.o"]


def test_an_overlay_has_the_links_too(place: Place, tmp_path: Path) -> None:
    (place.sysroot / "lib/libtinfo.a").symlink_to("libcrypto.a")
    over = tmp_path / "over"
    for _ in range(2):
        assert place.run("apply", "--overlay", over).code == 0
        assert names(over / "lib/libtinfo.a") == ["libcrypto-lib-mem.o"]
        assert (over / "lib/libtinfo.a").is_symlink()
    assert place.run("revert", "--overlay", over).code == 0
    assert list((over / "lib").iterdir()) == []


def test_hard_links_stay_one_file(place: Place) -> None:
    other = place.sysroot / "lib/libother.a"
    other.hardlink_to(place.sysroot / "lib/libz.a")
    place.recipe.write_text(HEAD + entry("lib/lib[zo]*.a", "index = true"))
    assert place.run("apply").code == 0
    assert other.samefile(place.sysroot / "lib/libz.a")
    assert other.read_bytes() != LIBZ
    assert place.run("revert").code == 0
    assert other.samefile(place.sysroot / "lib/libz.a")
    assert other.read_bytes() == LIBZ


def test_a_hard_link_outside_the_recipe_keeps_the_old_bytes_and_the_store_is_safe(place: Place, tmp_path: Path) -> None:
    other = tmp_path / "other.a"
    other.hardlink_to(place.sysroot / "lib/libz.a")
    ran = place.run("apply")
    assert "1 other hard link" in ran.stderr
    other.write_bytes(b"overwritten in place")
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_odd_permissions_are_kept(place: Place) -> None:
    path = place.sysroot / "lib/libz.a"
    path.chmod(0o440)
    assert place.run("apply").code == 0
    assert path.stat().st_mode & 0o777 == 0o440
    assert path.read_bytes() != LIBZ
    assert place.run("revert").code == 0
    assert path.stat().st_mode & 0o777 == 0o440


def test_without_hard_links_originals_are_copied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "link")
    assert place.run("apply").code == 0
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_without_the_calls_of_linux(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("copy_file_range", "sendfile", "preadv", "fchown", "fchmod", "listxattr", "link"):
        monkeypatch.delattr(os, name, raising=False)
    for name in ("_USE_CP_SENDFILE", "_USE_CP_COPY_FILE_RANGE"):  # the second since Python 3.14
        monkeypatch.setattr(shutil, name, False, raising=False)
    assert place.run("apply").code == 0
    assert changed_nothing(place.run("apply"), 4)
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_equal_originals_are_one_file(place: Place) -> None:
    (place.sysroot / "lib/libz2.a").write_bytes(LIBZ)
    place.run("apply")
    assert len(list((place.sysroot / ".arfix" / "originals").iterdir())) == 3
    assert place.run("revert").code == 0
    assert place.contents()["lib/libz2.a"] == LIBZ


def test_odd_archives_of_a_sysroot(place: Place) -> None:
    """An empty archive, a linker script, a folder, a Rust archive: none stops a glob."""
    lib = place.sysroot / "lib"
    (lib / "libempty.a").write_bytes(b"!<arch>\n")
    (lib / "libm.a").write_text("GROUP ( libm-2.36.a )")
    (lib / "libfolder.a").mkdir()
    (lib / "libstd.a").write_bytes(ar(("lib.rmeta", b"rust\0"), ("std.o", elf("std"))))
    ran = place.run("apply")
    assert ran.code == 0
    assert "lib/libm.a is no archive" in ran.stderr
    assert (lib / "libempty.a").read_bytes() == b"!<arch>\n"
    with open_archive(lib / "libstd.a") as archive:
        assert list(archive.index or ()) == [("std", 1)]


def test_a_glob_forgives_single_archives_but_not_all(place: Place) -> None:
    place.recipe.write_text(HEAD + entry("lib/*.a", 'strip = ["*bss_log.o"]'))
    assert place.run("apply").code == 0
    assert names(place.sysroot / "lib/libcrypto.a") == ["libcrypto-lib-mem.o"]
    assert place.run("apply").code == 0
    place.recipe.write_text(HEAD + entry("lib/*.a", 'strip = ["nothing.o"]'))
    ran = place.run("apply")
    assert ran.code == 1
    assert f'{place.recipe}:5: the step finds nothing to do in any archive that "lib/*.a" matches' in ran.stderr
    place.recipe.write_text(HEAD + entry("lib/*.so.a", "index = true"))
    assert place.run("apply").code == 1


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ('machine = "x86-64"', True),
        ('machine = ["i386", "arm"]', False),
        ('exists = "lib/libz.a"', True),
        ('exists = ["lib/libz.a", "lib/libq.a"]', False),
        ('sha256 = "HASH"', True),
        (f'sha256 = "{"0" * 64}"', False),
    ],
)
@pytest.mark.parametrize("on", ["entry", "step"])
def test_conditions(place: Place, when: str, on: str, *, applies: bool) -> None:
    condition = f"when = {{ {when.replace('HASH', sha256(CRYPTO).hexdigest())} }}"
    step = 'strip = ["bss_log.o"]'
    whole = entry("lib/libcrypto.a", step, when=condition)
    text = whole if on == "entry" else entry("lib/libcrypto.a", f"{step}\n{condition}")
    place.recipe.write_text(HEAD + text)
    for _ in range(2):  # and when it is repaired already
        assert place.run("apply").code == 0
        assert (place.contents()["lib/libcrypto.a"] != CRYPTO) is applies


def test_an_entry_for_a_library_that_is_not_there_may_say_so(place: Place) -> None:
    place.recipe.write_text(HEAD + entry("lib/libq.a", "index = true", when='when = { exists = "lib/libq.a" }'))
    assert place.run("apply").code == 0


def test_entries_add_up(place: Place) -> None:
    place.recipe.write_text(
        HEAD + entry("lib/libcrypto.a", 'strip = ["bss_log.o"]') + entry("lib/*.a", 'symbols = { prefix = "p_" }')
    )
    assert place.run("apply").code == 0
    with open_archive(place.sysroot / "lib/libcrypto.a") as archive:
        assert list(archive.index or ()) == [("p_CRYPTO_malloc", 0)]


def test_every_kind_of_step(place: Place) -> None:
    steps = (
        'flatten = "auto"\nplatform = ["lib", "lib/libc.a"]',
        'symbols = { rename = { ffi_call = "ffi_call2" } }',
        'stub = ["syslog"]',
        "index = true",
    )
    place.recipe.write_text(HEAD + entry("lib/libffi.a", *steps))
    applied = place.apply()
    assert not applied.errors
    assert names(place.sysroot / "lib/libffi.a") == ["ffi.o", "arfix-stub-syslog.o"]
    actions = [[one.action for one in step.members] for step in applied.plan.files["lib/libffi.a"].record.steps]
    assert actions == [["removed"], ["changed"], ["added"], []]
    assert not place.apply().written


def test_a_step_that_is_done_already_is_out_of_date(place: Place) -> None:
    place.recipe.write_text(HEAD + entry("lib/libz.a", 'flatten = "drop"'))
    ran = place.run("apply")
    assert ran.code == 1
    assert "libz.a: the step finds nothing to do" in ran.stderr


def test_origins_are_written_from_the_sysroot_on(place: Place) -> None:
    place.recipe.write_text(HEAD + entry("lib/libffi.a", 'flatten = "splice"'))
    place.run("apply")
    lock = place.recipe.with_suffix(".lock").read_text()
    assert '"from": "lib/libffi.a(libc.a(malloc.o))"' in lock
    assert str(place.sysroot) not in lock


def test_a_damaged_archive_is_an_error_of_its_own(place: Place) -> None:
    (place.sysroot / "lib/libz.a").write_bytes(LIBZ[:-30])
    ran = place.run("apply")
    assert ran.code != 0
    assert "libz.a" in ran.stderr
    assert place.contents()["lib/libcrypto.a"] == CRYPTO


def test_a_sysroot_that_takes_no_state_wants_an_overlay(place: Place) -> None:
    (place.sysroot / ".arfix").write_text("in the way")
    ran = place.run("apply")
    assert ran.code == 2
    assert "--overlay" in ran.stderr


def test_many_at_a_time(place: Place) -> None:
    for number in range(20):
        (place.sysroot / f"lib/lib{number}.a").write_bytes(LIBC)
    assert place.run("apply", "-j", "4").code == 0
    assert place.run("apply", "-j", "0", "--check").code == 0


def test_errors_are_arfix_errors(place: Place) -> None:
    place.recipe.write_text(HEAD + entry("../x.a", "index = true"))
    assert [type(error).__base__ for error in place.apply().errors] == [ArfixError]
