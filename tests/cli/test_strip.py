from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = (
    ("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?syslog")),
    ("user.o", elf("main", "?helper")),
    ("helper.o", elf("helper")),
    ("last.o", elf("last")),
)
INDEX = (("BIO_s_log", 0), ("main", 1), ("helper", 2), ("last", 3))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "libcrypto.a"
    path.write_bytes(ar(*MEMBERS, index=INDEX))
    return path


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_in_place_and_says_what_it_did(library: Path) -> None:
    ran = arfix("strip", library, "bss_log.o")
    assert ran.code == 0
    assert ran.stdout == (
        f'{library}: removed libcrypto-lib-bss_log.o (matched by "bss_log.o")\n'
        "4 -> 3 members, 4 -> 3 index entries; no remaining member needs it\n"
    )
    with open_archive(library) as result:
        assert [(member.name, bytes(member.data)) for member in result] == list(MEMBERS[1:])
        assert list(result.index or ()) == [("main", 0), ("helper", 1), ("last", 2)]


def test_output_goes_elsewhere(library: Path, tmp_path: Path) -> None:
    before = library.read_bytes()
    assert arfix("strip", library, "last.o", "-o", tmp_path / "out.a").code == 0
    assert library.read_bytes() == before
    assert names(tmp_path / "out.a") == ["libcrypto-lib-bss_log.o", "user.o", "helper.o"]


def test_dry_run_writes_nothing(library: Path) -> None:
    before = library.read_bytes()
    ran = arfix("strip", "--dry-run", library, "last.o")
    assert ran.code == 0
    assert "would remove last.o\n" in ran.stdout
    assert library.read_bytes() == before


def test_what_is_needed_is_refused(library: Path) -> None:
    before = library.read_bytes()
    ran = arfix("strip", library, "helper.o")
    assert ran.code == 1
    assert "user.o needs helper, defined in helper.o" in ran.stderr
    assert "--cascade" in ran.stderr
    assert library.read_bytes() == before


def test_cascade_says_why_each_goes(library: Path) -> None:
    ran = arfix("strip", "--cascade", library, "helper.o")
    assert ran.code == 0
    assert "removed user.o (needs helper, defined in helper.o)" in ran.stdout
    assert "no remaining member needs them" in ran.stdout
    assert names(library) == ["libcrypto-lib-bss_log.o", "last.o"]


def test_force_says_what_dangles(library: Path) -> None:
    ran = arfix("strip", "--force", library, "helper.o")
    assert ran.code == 0
    assert ran.stdout.endswith("; forced:\n  user.o needs helper, which was in helper.o\n")


def test_an_absent_member_is_loud_unless_it_may_be_absent(library: Path) -> None:
    os.utime(library, (1, 1))
    ran = arfix("strip", library, "lats.o")
    assert ran.code == 1
    assert "last.o" in ran.stderr
    ran = arfix("strip", "--if-present", library, "lats.o")
    assert ran.code == 0
    assert "nothing to do" in ran.stdout
    assert library.stat().st_mtime == 1


def test_one_selector_that_fails_stops_the_rest(library: Path) -> None:
    before = library.read_bytes()
    assert arfix("strip", library, "last.o", "nowhere.o").code == 1
    assert library.read_bytes() == before


def test_members_from_a_list(library: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("last.o\r\n\nbss_log.o\n")
    assert arfix("strip", library, "--members-from", tmp_path / "list").code == 0
    assert names(library) == ["user.o", "helper.o"]
    (tmp_path / "empty").write_text("\n")
    assert arfix("strip", library, "--members-from", tmp_path / "empty").code == 1
    assert arfix("strip", library, "--members-from", tmp_path / "empty", "--if-present").code == 0
    assert arfix("strip", library, "--members-from", tmp_path / "none").code == 2


def test_response_files_and_the_end_of_options(library: Path, tmp_path: Path) -> None:
    (tmp_path / "args").write_text("last.o helper.o user.o")
    assert arfix("strip", library, f"@{tmp_path / 'args'}").code == 0
    assert names(library) == ["libcrypto-lib-bss_log.o"]
    library.write_bytes(ar(("-x.o", elf("x")), ("y.o", elf("y"))))
    assert arfix("strip", library, "--", "-x.o").code == 0
    assert names(library) == ["y.o"]


def test_json(library: Path) -> None:
    ran = arfix("strip", "--json", library, "bss_log.o")
    assert ran.json["archive"] == ran.json["output"] == str(library)
    assert ran.json["changed"] is True
    assert ran.json["dry_run"] is False
    assert ran.json["edits"] == [
        {"action": "drop", "position": 0, "member": "libcrypto-lib-bss_log.o", "reason": 'matched by "bss_log.o"'}
    ]
    assert ran.json["members"] == {"before": 4, "after": 3}
    assert ran.json["index_entries"] == {"before": 4, "after": 3}
    assert ran.json["dangling"] == []


def test_json_of_a_forced_edit_and_of_a_refused_one(library: Path) -> None:
    refused = arfix("strip", "--json", library, "helper.o")
    assert refused.json["exit_code"] == refused.code == 1
    assert "user.o needs helper" in refused.json["errors"][0]["message"]
    ran = arfix("strip", "--json", "--force", library, "helper.o")
    assert ran.json["dangling"] == [
        {"member": "user.o", "position": 1, "symbol": "helper", "defined_in": ["helper.o"], "proven": True}
    ]


@pytest.mark.parametrize("arguments", [(), ("-",), ("lib.a",), ("-", "x.o"), ("lib.a", "x.o", "--members-frm", "x")])
def test_bad_usage(arguments: tuple[str, ...]) -> None:
    assert arfix("strip", *arguments).code == 2


def test_quiet_is_quiet(library: Path) -> None:
    ran = arfix("strip", "-q", library, "bss_log.o")
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")


def test_long_lists_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*((f"m{number}.o", elf(f"f{number}")) for number in range(30)), ("keep.o", elf("keep"))))
    ran = arfix("strip", path, "m*.o")
    assert "removed 10 more\n" in ran.stdout
    assert "rebuilt the index (there is no index)\n" in ran.stdout
    assert "31 -> 1 members, no index -> 1 index entry; " in ran.stdout


def test_standard_output_takes_the_archive_alone(library: Path) -> None:
    assert arfix("strip", "--json", library, "last.o", "-o", "-").code == 2


def test_hard_links_are_told(library: Path, tmp_path: Path) -> None:
    os.link(library, tmp_path / "other.a")
    ran = arfix("strip", library, "last.o")
    assert ran.code == 0
    assert "hard link" in ran.stderr
