from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.recipe.sysroots import Place, make_place
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def conditions(place: Place) -> dict[str, str]:
    return {one["archive"]: one["is"] for one in place.run("status", "--json").json["archives"]}


def test_original_then_repaired(place: Place) -> None:
    assert set(conditions(place).values()) == {"original"}
    place.run("apply")
    assert conditions(place) == {
        "lib/libc.a": "original",
        "lib/libcrypto.a": "repaired",
        "lib/libffi.a": "repaired",
        "lib/libz.a": "repaired",
    }
    ran = place.run("status")
    assert ran.code == 0
    assert ran.stdout.endswith("4 archives: 1 original, 3 repaired\n")


def test_drifted_and_missing_are_loud(place: Place) -> None:
    place.run("apply")
    with (place.sysroot / "lib/libz.a").open("ab") as file:
        file.write(b"\n")
    (place.sysroot / "lib/libc.a").unlink()
    ran = place.run("status")
    assert ran.code == 1
    assert conditions(place)["lib/libz.a"] == "drifted"
    assert conditions(place)["lib/libc.a"] == "missing"


def test_an_overlay_has_a_status_of_its_own(place: Place, tmp_path: Path) -> None:
    place.run("apply", "--overlay", tmp_path / "over")
    ran = place.run("status", "--overlay", tmp_path / "over")
    assert "lib/libcrypto.a  repaired" in ran.stdout


def test_without_a_recipe_there_is_no_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = arfix("status")
    assert (ran.code, ran.stdout) == (2, "")
    assert "arfix.toml: there is no such recipe" in ran.stderr
    assert "hint: Name the recipe: arfix status RECIPE" in ran.stderr
    assert arfix("status", "other.toml").code == 2
