from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.recipe.sysroots import CRYPTO, ORIGINALS, RECIPE, Place, changed_nothing, make_place, settle
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_everything_is_repaired_and_said(place: Place) -> None:
    ran = place.run("apply")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (
        "lib/libcrypto.a\n"
        '  strip = ["bss_log.o"]  # there is no syslog\n'
        "    - libcrypto-lib-bss_log.o\n"
        "lib/libffi.a\n"
        '  flatten = "drop"  # libc.a is in the sysroot\n'
        "    - libc.a\n"
        "lib/libz.a\n"
        "  index = true  # linkers want one\n"
        "    ~ the symbol index\n"
        "3 archives of 4 changed; python holds\n"
    )
    assert names(place.sysroot / "lib/libcrypto.a") == ["libcrypto-lib-mem.o"]
    assert names(place.sysroot / "lib/libffi.a") == ["ffi.o"]
    assert place.contents()["lib/libc.a"] == ORIGINALS["lib/libc.a"]


def test_a_second_run_changes_no_byte_and_no_time(place: Place) -> None:
    place.run("apply")
    before, contents = place.stats(), place.contents()
    ran = place.run("apply")
    assert changed_nothing(ran, 4)
    assert (place.stats(), place.contents()) == (before, contents)


def test_check_writes_nothing_and_tells_all(place: Place) -> None:
    ran = place.run("apply", "--check")
    assert ran.code == 1
    assert "    - libcrypto-lib-bss_log.o\n" in ran.stdout
    assert ran.stdout.endswith("3 archives of 4 would change; the lock would change; python holds\n")
    assert place.contents() == ORIGINALS
    assert not (place.sysroot / ".arfix").exists()
    assert not place.recipe.with_suffix(".lock").exists()
    place.run("apply")
    assert place.run("apply", "--check").code == 0


def test_what_must_hold_and_does_not_stops_it_all(place: Place) -> None:
    place.recipe.write_text(RECIPE.replace('strip = ["bss_log.o"]', 'strip = ["mem.o"]'))
    ran = place.run("apply")
    assert ran.code == 1
    assert "python does not hold:" in ran.stdout
    assert "syslog" in ran.stdout
    assert "nothing was written" in ran.stdout
    assert f"{place.recipe}:24: what must hold does not: python" in ran.stderr
    assert place.contents() == ORIGINALS


def test_an_ignore_lets_it_hold(place: Place) -> None:
    ignore = '\n[[whole-archive.python.ignore]]\nrule = "undefined-symbol"\nmatch = "syslog"\nreason = "next image"\n'
    place.recipe.write_text(RECIPE.replace('strip = ["bss_log.o"]', "index = true") + ignore)
    assert place.run("apply").code == 0


def test_a_renamed_target_is_named_with_the_line(place: Place) -> None:
    renamed = CRYPTO.replace(b"libcrypto-lib-bss_log.o", b"libcrypto-lib-bss_lug.o")
    (place.sysroot / "lib/libcrypto.a").write_bytes(renamed)
    ran = place.run("apply")
    assert ran.code == 1
    assert f'{place.recipe}:6: {place.sysroot}/lib/libcrypto.a: no member matches "bss_log.o"' in ran.stderr
    assert "Nearest: libcrypto-lib-bss_lug.o." in ran.stderr
    assert place.contents() == {**ORIGINALS, "lib/libcrypto.a": renamed}


def test_every_error_is_told_not_the_first_only(place: Place) -> None:
    (place.sysroot / "lib/libcrypto.a").unlink()
    (place.sysroot / "lib/libffi.a").write_bytes(ar(("ffi.o", elf("ffi_call"))))
    ran = place.run("apply")
    assert "lib/libcrypto.a is not in the sysroot" in ran.stderr
    assert "libffi.a: the step finds nothing to do" in ran.stderr


def test_frozen_refuses_any_change_of_the_lock(place: Place) -> None:
    ran = place.run("apply", "--frozen")
    assert ran.code == 1
    assert "arfix.lock: the lock would change: lib/libc.a, lib/libcrypto.a" in ran.stderr
    assert place.contents() == ORIGINALS
    place.run("apply")
    repaired = place.contents()
    for name, data in ORIGINALS.items():  # the sysroot is unpacked anew
        (place.sysroot / name).write_bytes(data)
    assert place.run("apply", "--frozen").code == 0
    assert place.contents() == repaired


def test_an_overlay_leaves_the_sysroot_alone(place: Place, tmp_path: Path) -> None:
    over = tmp_path / "over"
    assert place.run("apply", "--overlay", over).code == 0
    assert place.contents() == ORIGINALS
    assert not (place.sysroot / ".arfix").exists()
    made = sorted(path.name for path in over.rglob("*.a"))
    assert made == ["libcrypto.a", "libffi.a", "libz.a"]
    before = {path: path.stat().st_mtime_ns for path in over.rglob("*.a")}
    ran = place.run("apply", "--overlay", over)
    assert changed_nothing(ran, 4)
    assert {path: path.stat().st_mtime_ns for path in over.rglob("*.a")} == before
    place.recipe.write_text("\n".join(RECIPE.splitlines()[:8]))
    assert place.run("apply", "--overlay", over).code == 0
    assert [path.name for path in over.rglob("*.a")] == ["libcrypto.a"]


def test_reports(place: Place, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("out.json", "out.sarif", "out.md", "out.gitlab.json", "out.xml")]
    options = [option for path in paths for option in ("--report", path)]
    assert place.run("apply", *options).code == 0
    document = json.loads(paths[0].read_text())
    assert [one["archive"] for one in document["archives"] if one["changed"]] == [
        "lib/libcrypto.a",
        "lib/libffi.a",
        "lib/libz.a",
    ]
    assert json.loads(paths[1].read_text())["version"] == "2.1.0"
    assert '| `lib/libffi.a` | `flatten = "drop"` | -libc.a | libc.a is in the sysroot |' in paths[2].read_text()
    assert isinstance(json.loads(paths[3].read_text()), list)
    assert ET.fromstring(paths[4].read_text()).tag == "testsuites"  # noqa: S314 (our own)
    assert place.run("apply", "--report", tmp_path / "out.txt").code == 2


def test_a_report_tells_errors(place: Place, tmp_path: Path) -> None:
    (place.sysroot / "lib/libcrypto.a").unlink()
    assert place.run("apply", "--report", tmp_path / "out.md", "--report", tmp_path / "out.json").code == 1
    assert "lib/libcrypto.a is not in the sysroot" in (tmp_path / "out.md").read_text()
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["exit_code"] == 1
    assert document["errors"][0]["where"]["line"] == 3
    assert place.run("apply", "--report", tmp_path / "out.gitlab.json", "--report", tmp_path / "out.xml").code == 1
    assert "is not in the sysroot" in json.loads((tmp_path / "out.gitlab.json").read_text())[0]["description"]
    assert "is not in the sysroot" in (tmp_path / "out.xml").read_text()


def test_json(place: Place) -> None:
    document = place.run("apply", "--json").json
    assert document["written"] is True
    assert document["whole_archive"][0]["holds"] is True
    crypto = next(one for one in document["archives"] if one["archive"] == "lib/libcrypto.a")
    assert crypto["steps"][0]["members"][0]["member"] == "libcrypto-lib-bss_log.o"
    jsonschema.validate(crypto["input"], {"type": "string", "pattern": "^[0-9a-f]{64}$"})


def test_the_sysroot_of_a_cross_build_is_honoured(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSROOT", str(place.sysroot))
    monkeypatch.chdir(place.recipe.parent)
    assert arfix("apply").code == 0
    assert place.contents() != ORIGINALS
    settle()
    assert arfix("status").code == 0


def test_a_missing_recipe_says_how_one_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = arfix("apply")
    assert ran.code == 2
    assert "arfix recipe init SYSROOT" in ran.stderr


def test_originals_can_be_left_out(place: Place) -> None:
    assert place.run("apply", "--no-originals").code == 0
    assert not (place.sysroot / ".arfix" / "originals").exists()
    assert place.run("apply").code == 0
    assert place.run("revert").code == 2
