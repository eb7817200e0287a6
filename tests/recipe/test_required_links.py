from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.recipe.sysroots import RECIPE, Place, make_place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def held(place: Place, tail: str) -> dict[str, bool]:
    place.recipe.write_text(RECIPE[: RECIPE.index("[whole")] + tail)
    return {one.link.name: one.holds for one in place.apply(check=True).checks}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("sysroot = true", {"x": True}),
        ('providers = ["lib/libc.a"]', {"x": True}),
        ('providers = ["lib/libz*.a"]', {"x": False}),
        ('providers = ["lib/libc.a"]\nroots = ["memcpy"]', {"x": True}),
        ('sysroot = true\nwhen = { machine = "i386" }', {}),
        ('sysroot = true\nwhen = { machine = "x86-64" }', {"x": True}),
        ('sysroot = true\nwhen = { exists = "lib/libq.a" }', {}),
    ],
)
@pytest.mark.parametrize("archives", ['["lib/libcrypto.a", "lib/libffi.a"]', '["lib/lib[cf][rf]*.a"]'])
def test_links_are_judged_by_the_planned_archives(
    place: Place, archives: str, more: str, expected: dict[str, bool]
) -> None:
    assert held(place, f"[whole-archive.x]\narchives = {archives}\n{more}\n") == expected


def test_an_overlay_is_judged_by_its_own_copies(place: Place, tmp_path: Path) -> None:
    for _ in range(2):
        (check,) = place.apply(overlay=str(tmp_path / "over")).checks
        assert check.holds


def test_a_missing_archive_is_an_error(place: Place) -> None:
    place.recipe.write_text(RECIPE.replace('"lib/libffi.a"]', '"lib/libfii.a"]'))
    ran = place.run("apply")
    assert ran.code == 1
    assert "lib/libfii.a is not in the sysroot" in ran.stderr
    assert "lib/libffi.a" in ran.stderr
