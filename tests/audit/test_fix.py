"""The least repair: what it is for the mission's sysroot, and that no step of it can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.audit.fix import find_repair
from arfix.audit.run import run_audit
from arfix.audit.settings import Settings
from arfix.edits.apply import apply
from arfix.edits.plan import Drop
from arfix.edits.requests import Strip, SymbolEdit, Symbols, plan
from tests.ar_builder import ar
from tests.audit.sysroots import CRYPTO, FFI, LIBC, errors, repair, write
from tests.elf_builder import FUNC, HIDDEN, WEAK, Sym, elf

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.audit.repair import Repair


def told(found: Repair) -> list[tuple[str, list[str]]]:
    """Return verb and dropped members of each step."""
    return [(step.verb, [edit.name for edit in step.plan.edits if isinstance(edit, Drop)]) for step in found.steps]


def test_the_mission(tmp_path: Path) -> None:
    paths = write(tmp_path, libcrypto=CRYPTO, libffi=FFI, libc=LIBC)
    found = repair([paths["libcrypto"], paths["libffi"]], providers=[paths["libc"]])
    assert told(found) == [("flatten", ["libposix.a", "libc.a"]), ("strip", ["libcrypto-lib-bss_log.o"])]
    assert found.is_whole
    assert set(found.after) == {paths["libcrypto"], paths["libffi"]}
    assert list(found.after[paths["libffi"]].index or ()) == [("ffi_call", 0)]
    assert found.steps[1].costs == ("the archive no longer defines BIO_s_log",)


@pytest.mark.parametrize("without", [0, 1])
def test_no_step_can_be_left_out(tmp_path: Path, without: int) -> None:
    paths = write(tmp_path, libcrypto=CRYPTO, libffi=FFI, libc=LIBC)
    found = repair([paths["libcrypto"], paths["libffi"]], providers=[paths["libc"]])
    planned = dict(found.before)
    for number, step in enumerate(found.steps):
        if number != without:
            planned[step.archive] = apply(planned[step.archive], plan(planned[step.archive], step.request))
    settings = Settings((paths["libcrypto"], paths["libffi"]), (paths["libc"],))
    assert errors(run_audit(settings, planned).findings)
    assert not errors(run_audit(settings, {**found.before, **found.after}).findings)


def test_copies_in_two_archives_go_at_once(tmp_path: Path) -> None:
    """More than there are rounds: one copy of each archive stays, and that of the second is weak."""
    library = ar(*((f"a{at}.o", elf(Sym("f", type=FUNC))) for at in range(20)), index=(("f", 0),))
    paths = write(tmp_path, libx=library, liby=library)
    found = repair(paths.values())
    assert found.is_whole
    assert {path: len(archive.members) for path, archive in found.after.items()} == dict.fromkeys(paths.values(), 1)


def test_a_long_repair_is_not_hashed_for_each_of_its_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash takes as long as it has members, so that would take the square."""
    hashed: list[int] = []

    def counting(strip: Strip) -> int:
        hashed.append(len(strip.members))
        return hash(strip.members)

    monkeypatch.setattr(Strip, "__hash__", counting)
    paths = write(tmp_path, libx=ar(*((f"j{at}", b"%03d\n" % at) for at in range(200)), ("a.o", elf("f"))))
    assert repair(paths.values()).is_whole
    assert hashed.count(200) < 20


def test_a_clean_archive_needs_nothing(tmp_path: Path) -> None:
    found = repair(write(tmp_path, libc=LIBC).values())
    assert (found.steps, found.found, found.left, dict(found.after)) == ((), (), (), {})


def test_a_needed_member_is_stubbed_not_stripped(tmp_path: Path) -> None:
    library = ar(
        ("log.o", elf("write_log", "?openlog")),
        ("user.o", elf("main_thing", "?write_log")),
        index=(("write_log", 0), ("main_thing", 1)),
    )
    paths = write(tmp_path, libx=library, libc=LIBC)
    found = repair([paths["libx"]], providers=[paths["libc"]])
    assert [step.verb for step in found.steps] == ["stub"]
    assert found.is_whole
    assert [member.name for member in found.after[paths["libx"]]][2:] == ["arfix-stub-openlog.o"]
    assert any("openlog" in cost for cost in found.steps[0].costs)


def test_an_opened_archive_may_define_what_was_missing(tmp_path: Path) -> None:
    """The nested library is spliced first; then nothing is left to stub."""
    library = ar(("user.o", elf("api", "?inner")), ("libinner.a", ar(("inner.o", elf("inner")))), index=(("api", 0),))
    paths = write(tmp_path, libx=library, libc=LIBC)
    found = repair([paths["libx"]], providers=[paths["libc"]])
    assert [step.verb for step in found.steps] == ["flatten"]
    assert found.is_whole


def test_a_missing_index_is_rebuilt(tmp_path: Path) -> None:
    paths = write(tmp_path, libx=ar(("a.o", elf("a"))))
    settings = Settings(tuple(paths.values()))
    opened = {path: open_archive(path) for path in settings.archives}
    found = find_repair(settings, opened, lambda all_: tuple(one for one in all_ if one.rule == "missing-index"))
    assert [step.verb for step in found.steps] == ["index"]
    assert list(found.after[paths["libx"]].index or ()) == [("a", 0)]


def test_what_no_command_mends_is_left(tmp_path: Path) -> None:
    """With this many symbols missing a library was forgotten, and arfix offers no stubs."""
    missing = [f"?missing_{number}" for number in range(60)]
    library = ar(("a.o", elf("api", *missing)), ("b.o", elf("main_thing", "?api")), index=(("api", 0),))
    paths = write(tmp_path, libx=library, libc=LIBC)
    found = repair([paths["libx"]], providers=[paths["libc"]])
    assert not found.is_whole
    assert {finding.rule for finding in found.left} == {"undefined-symbol"}


def test_hidden_weak_copies_are_made_local_when_that_fails_the_check(tmp_path: Path) -> None:
    rust = ar(
        ("builtins.o", elf(Sym("fmod", binding=WEAK, visibility=HIDDEN), "rust_main")),
        index=(("fmod", 0), ("rust_main", 0)),
    )
    paths = write(tmp_path, librust=rust, libm=ar(("fmod.o", elf("fmod")), index=(("fmod", 0),)))
    settings = Settings((paths["librust"], paths["libm"]))
    opened = {path: open_archive(path) for path in settings.archives}
    found = find_repair(
        settings, opened, lambda all_: tuple(one for one in all_ if one.rule == "hidden-weak-shadow"), unsafe=True
    )
    assert [step.request for step in found.steps] == [Symbols(SymbolEdit.LOCALIZE, ("fmod",))]
    assert found.is_whole


def test_a_search_says_what_it_is_doing(tmp_path: Path) -> None:
    paths = write(tmp_path, libcrypto=CRYPTO, libffi=FFI, libc=LIBC)
    settings = Settings((paths["libcrypto"], paths["libffi"]), (paths["libc"],))
    told: list[str] = []
    find_repair(settings, {path: open_archive(path) for path in settings.archives}, errors, tell=told.append)
    assert told[0] == "checking 2 archives, 0 edits so far"
    assert f"editing {paths['libffi']}" in told
    assert told[-1] == "checking 2 archives, 2 edits so far"
