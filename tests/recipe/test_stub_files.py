from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.recipe.sysroots import Place, changed_nothing, make_place

if TYPE_CHECKING:
    from pathlib import Path

STUBS = """version = 1
[[stubs]]
path = "lib/libstubs.a"
{source}
symbols = ["openlog", "syslog=void"]
reason = "there is no log"
"""
HOLDS = """
[whole-archive.logging]
archives = ["lib/libcrypto.a"]
providers = ["lib/libc.a", "lib/libstubs.a"]
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.recipe.write_text(STUBS.format(source='like = "lib/libz.a"'))
    return place


def test_made_once_and_again_when_the_recipe_changes(place: Place) -> None:
    assert place.run("apply").stdout.startswith("lib/libstubs.a: made\n")
    path = place.sysroot / "lib/libstubs.a"
    with open_archive(path) as archive:
        assert [name for name, _ in archive.index or ()] == ["openlog", "syslog"]
    before = path.read_bytes()
    assert changed_nothing(place.run("apply"), 1)
    place.recipe.write_text(place.recipe.read_text().replace("syslog=void", "syslog=-1"))
    assert place.run("apply").stdout.startswith("lib/libstubs.a: made again\n")
    assert path.read_bytes() != before


def test_it_provides_before_it_is_there(place: Place) -> None:
    place.recipe.write_text(place.recipe.read_text() + HOLDS)
    ran = place.run("apply")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith("1 archive of 1 changed; logging holds\n")


def test_for_a_target_triple(place: Place) -> None:
    place.recipe.write_text(STUBS.format(source='target = "arm-none-eabi"'))
    assert place.run("apply").code == 0


def test_a_file_of_somebody_else_is_not_overwritten(place: Place) -> None:
    (place.sysroot / "lib/libstubs.a").write_bytes(b"!<arch>\n")
    ran = place.run("apply")
    assert ran.code == 1
    assert "is not what arfix made" in ran.stderr
    assert (place.sysroot / "lib/libstubs.a").read_bytes() == b"!<arch>\n"


def test_conditions_and_clashes(place: Place) -> None:
    text = place.recipe.read_text()
    place.recipe.write_text(f'{text}when = {{ machine = "arm" }}')
    assert place.run("apply").stdout == "0 archives of 0 changed\n"
    place.recipe.write_text(f'{text}when = {{ exists = "lib/libq.a" }}')
    assert place.run("apply").stdout == "0 archives of 0 changed\n"
    both = text.replace("libstubs.a", "libz.a") + '[[archive]]\npath = "lib/libz.a"\n[[archive.step]]\nindex = true\n'
    place.recipe.write_text(f'{both}reason = "r"')
    assert "is an archive of the recipe already" in place.run("apply").stderr
