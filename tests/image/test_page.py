from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.image.page import image_page
from arfix.report.html.model import Tone
from tests.audit.programs import link, make_program
from tests.image.test_audit import audit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle


def test_members_in_several_images_are_red_and_the_rest_of_an_image_is_grey(tmp_path: Path) -> None:
    folder = make_program(tmp_path)
    link(folder / "mod.so", "-shared", folder / "mod.o", folder / "lib.a")
    found = audit(folder, "prog", "mod.so")
    page = image_page(found, "arfix image prog mod.so")
    assert page.tone is Tone.GOOD
    drawn = page.maps[0]
    marks = {(drawn.groups[tile.group].rpartition("/")[2], tile.name): tile.mark for tile in drawn.tiles}
    assert marks == {
        ("prog", "one.o"): "error",
        ("prog", "two.o"): "warning",
        ("prog", "the rest"): "out",
        ("mod.so", "one.o"): "error",
        ("mod.so", "the rest"): "out",
    }
    for group, file in enumerate(found.files):
        assert sum(tile.size for tile in drawn.tiles if tile.group == group) == file.size
    assert [table.id for table in page.tables] == ["findings", "duplicates", "libraries"]
