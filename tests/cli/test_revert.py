from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.recipe.sysroots import ORIGINALS, RECIPE, Place, make_place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.run("apply")
    return place


def test_every_byte_comes_back_and_nothing_is_left(place: Place) -> None:
    ran = place.run("revert")
    assert ran.code == 0
    assert ran.stdout == "".join(f"lib/{name}.a: restored the original\n" for name in ("libcrypto", "libffi", "libz"))
    assert place.contents() == ORIGINALS
    assert not (place.sysroot / ".arfix").exists()
    assert place.hidden() == []
    assert place.run("revert").stdout == "nothing to revert\n"


def test_one_of_them(place: Place) -> None:
    assert place.run("revert", "lib/libz.a").code == 0
    assert place.contents()["lib/libz.a"] == ORIGINALS["lib/libz.a"]
    assert place.contents()["lib/libcrypto.a"] != ORIGINALS["lib/libcrypto.a"]
    ran = place.run("revert", "lib/libq.a")
    assert ran.code == 1
    assert "lib/libz.a" not in ran.stderr.split("Nearest")[0]
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_what_changed_since_is_not_thrown_away(place: Place) -> None:
    with (place.sysroot / "lib/libz.a").open("ab") as file:
        file.write(b"\n")
    before = place.contents()
    ran = place.run("revert")
    assert ran.code == 1
    assert "changed since it was repaired" in ran.stderr
    assert place.contents() == before
    assert place.run("revert", "--force").code == 0
    assert place.contents() == ORIGINALS


def test_a_damaged_original_is_not_brought_back(place: Place) -> None:
    for path in (place.sysroot / ".arfix" / "originals").iterdir():
        path.chmod(0o644)
        path.write_bytes(b"!<arch>\n")
    before = place.contents()
    ran = place.run("revert")
    assert ran.code == 2
    assert "is not what it was" in ran.stderr
    assert place.contents() == before


def test_made_stubs_go(place: Place) -> None:
    stubs = '\n[[stubs]]\npath = "lib/libstubs.a"\nlike = "lib/libz.a"\nsymbols = ["syslog"]\nreason = "none here"\n'
    place.recipe.write_text(RECIPE + stubs)
    assert place.run("apply").code == 0
    assert "lib/libstubs.a" in place.contents()
    assert "lib/libstubs.a: removed" in place.run("revert").stdout
    assert place.contents() == ORIGINALS


def test_an_overlay_is_emptied(place: Place, tmp_path: Path) -> None:
    place.run("revert")
    place.run("apply", "--overlay", tmp_path / "over")
    assert place.run("revert", "--overlay", tmp_path / "over").code == 0
    assert not list((tmp_path / "over").rglob("*.a"))
    assert place.contents() == ORIGINALS
