from __future__ import annotations

from pathlib import Path

import pytest

from arfix.recipe.encode import encode_recipe
from arfix.recipe.load import read_recipe

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*/arfix.toml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_a_sample_survives(path: Path, tmp_path: Path) -> None:
    read = read_recipe(str(path))
    (tmp_path / "again.toml").write_text(encode_recipe(read))
    again = read_recipe(str(tmp_path / "again.toml"))
    assert (again.archives, again.stubs, again.required_links) == (read.archives, read.stubs, read.required_links)
