from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError, RecipeError
from arfix.recipe.load import read_recipe

if TYPE_CHECKING:
    from pathlib import Path

STEP = '[[archive.step]]\nindex = true\nreason = "${why} $$"\n'
BASE = f'version = 1\n[variables]\nlib = "lib"\nwhy = "base"\n[[archive]]\npath = "${{lib}}/a.a"\n{STEP}'


def write(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return str(folder / "main.toml")


def test_included_entries_come_first_and_variables_pass_inward(tmp_path: Path) -> None:
    own = f'[variables]\nlib = "usr/lib"\nwhy = "w"\n[[archive]]\npath = "b.a"\n{STEP}'
    main = f'version = 1\ninclude = ["base.toml"]\n{own}'
    recipe = read_recipe(write(tmp_path, main=main, base=BASE))
    assert [entry.pattern for entry in recipe.archives] == ["usr/lib/a.a", "b.a"]
    assert recipe.archives[0].steps[0].reason == "w $"
    assert recipe.files == (f"{tmp_path}/main.toml", f"{tmp_path}/base.toml")
    assert str(recipe.archives[0].where) == f"{tmp_path}/base.toml:5"


def test_a_file_that_is_included_twice_counts_twice_and_is_listed_once(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, main='version = 1\ninclude = ["base.toml", "base.toml"]', base=BASE))
    assert len(recipe.archives) == 2
    assert len(recipe.files) == 2


def test_a_circle_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, main='version = 1\ninclude = ["b.toml"]', b='version = 1\ninclude = ["main.toml"]')
    with pytest.raises(RecipeError, match="includes itself"):
        read_recipe(path)


def test_two_links_of_one_name_are_refused(tmp_path: Path) -> None:
    link = '[whole-archive.x]\narchives = ["a.a"]\n'
    path = write(tmp_path, main=f'version = 1\ninclude = ["b.toml"]\n{link}', b=f"version = 1\n{link}")
    with pytest.raises(RecipeError, match=r"is in .*b\.toml:2 too"):
        read_recipe(path)


@pytest.mark.parametrize("data", [b"\xff", b"x = [" + b"[" * 100_000, b"version = 1\r\nx = \r\n", b"\xef\xbb\xbfx = 1"])
def test_any_bytes_are_a_recipe_or_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "main.toml").write_bytes(data)
    with pytest.raises(RecipeError):
        read_recipe(str(tmp_path / "main.toml"))


def test_what_is_not_there_and_what_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AccessError) as caught:
        read_recipe(str(tmp_path / "none.toml"))
    assert caught.value.hint == "`arfix recipe init SYSROOT` writes a first one."
    with pytest.raises(AccessError):
        read_recipe(str(tmp_path))


@pytest.mark.parametrize("kind", ["FIFO", "sparse", "/dev/zero", "folder", "loop", "NUL", "surrogate"])
@pytest.mark.parametrize("included", [False, True])
def test_files_of_any_kind_are_one_error(tmp_path: Path, kind: str, *, included: bool) -> None:
    path = tmp_path / "odd.toml"
    name = str(path)
    match kind:
        case "FIFO":
            os.mkfifo(path)
        case "sparse":
            path.touch()
            os.truncate(path, 20 << 30)
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "NUL":
            name = "a\0b"
        case "surrogate":
            name = "\ud800"
        case _:
            name = kind
    if included and kind != "surrogate":  # which no TOML can hold
        text = f"version = 1\ninclude = [{json.dumps(name)}]\n"
        with pytest.raises(RecipeError, match="cannot include"):
            read_recipe(write(tmp_path, main=text))
    with pytest.raises(AccessError, match="cannot read"):
        read_recipe(name)


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 20_000 + " = 1",
        "a" + " . a" * 20_000 + " = 1",
        "x = {" + ".".join(["'k'"] * 20_000) + " = 1}",
        "[" + ".".join(["a"] * 20_000) + "]",
        'y = ["""\n[a.b]""", 2]\nx = 1\n' + "a.b." * 100 + "c = 1",
    ],
)
def test_a_key_of_too_many_parts_is_refused_at_once(tmp_path: Path, text: str) -> None:
    begun = time.process_time()
    with pytest.raises(RecipeError, match="a key of more than 64 parts") as caught:
        read_recipe(write(tmp_path, main=f"version = 1\n{text}"))
    assert time.process_time() - begun < 1
    assert caught.value.where is not None
    assert caught.value.where.line == 2 + text.count("\n")


@pytest.mark.parametrize(
    "text", ["a = [}", "a = [,", "a = {", "a = ['", "[[a", "a.", "= 1", "a = [[", "[a]]", "a = [1 2]"]
)
def test_what_is_no_toml_ends(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecipeError, match="not TOML"):
        read_recipe(write(tmp_path, main=f"version = 1\n{text}"))


@pytest.mark.parametrize("depth", [50, 150, 250, 350, 500, 900, 2000])
def test_any_depth_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    for text in ("[" * depth + "]" * depth, "{a=" * depth + "1" + "}" * depth):
        with pytest.raises(RecipeError):
            read_recipe(write(tmp_path, main=f"version = 1\nx = {text}"))


def test_a_number_of_too_many_digits_is_an_error_of_the_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="too many digits"):
        read_recipe(write(tmp_path, main=f"version = {'9' * 5000}"))
