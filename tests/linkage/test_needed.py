"""Where shared objects are looked for that others need. Files here are texts: what each needs, and its machine."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.errors import Where
from arfix.formats.model import Content, Machine
from arfix.linkage import needed
from arfix.linkage.model import Input, InputMode, Link, SharedFacts, Target

if TYPE_CHECKING:
    from arfix.linkage.model import NeededLibrary

HERE = Machine("x86-64", 64, "little", 62)
OTHER = Machine("aarch64", 64, "little", 183)


def image(where: Where, view: memoryview) -> Input:
    """Read `NEEDED ...` or `aarch64`, with `rpath=FOLDER` for the folders that the object names."""
    words = bytes(view).decode().split()
    folders = tuple(word.removeprefix("rpath=") for word in words if word.startswith("rpath="))
    machine = OTHER if "aarch64" in words else HERE
    libraries = tuple(word for word in words if word.endswith(".so"))
    shared = SharedFacts(machine, Path(where.path).name, libraries, folders=folders)
    return Input(
        where,
        InputMode.NAMES,
        names=frozenset({f"in_{Path(where.path).stem}"}),
        provider=True,
        image=True,
        shared=shared,
    )


@pytest.fixture(autouse=True)
def _texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needed, "identify", lambda _: Content.ELF_SHARED)
    monkeypatch.setattr(needed, "image_input", image)


@pytest.fixture
def opened(tmp_path: Path) -> Link:
    """A link with `libt.so`, which needs `libs.so` beside it."""
    (tmp_path / "libt.so").write_text("libs.so", "utf-8")
    (tmp_path / "libs.so").write_text("libr.so", "utf-8")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "libr.so").write_text("-", "utf-8")
    first = image(Where(str(tmp_path / "libt.so")), memoryview(b"libs.so"))
    return Link((first,), Target.EXECUTABLE)


def find(link: Link, named: list[str] | None) -> dict[str, NeededLibrary]:
    with ExitStack() as stack:
        return {one.name: one for one in needed.open_needed(link.inputs, stack, "/nowhere", named)}


def test_without_a_command_line_a_library_beside_another_is_found(opened: Link) -> None:
    found = find(opened, None)
    assert found["libs.so"].input is not None
    assert found["libs.so"].unsearched is None
    assert found["libr.so"].input is None


def test_gnu_ld_does_not_look_beside_the_library_that_needs_another(opened: Link, tmp_path: Path) -> None:
    found = find(opened, [])
    assert found["libs.so"].unsearched == str(tmp_path)
    assert Link(opened.inputs, needed=tuple(found.values())).loaded_for_others() == ()


@pytest.mark.parametrize("folder", ["{}", "$ORIGIN", "${{ORIGIN}}/"])
def test_a_folder_that_the_command_line_names_is_searched(opened: Link, tmp_path: Path, folder: str) -> None:
    found = find(opened, [folder.format(tmp_path), str(tmp_path / "far")])
    assert [one.unsearched for one in found.values()] == [None, None]
    assert [one.input is not None for one in found.values()] == [True, True]
    loaded = Link(opened.inputs, needed=tuple(found.values())).loaded_for_others()
    assert {one.loader_name for one in loaded} == {"libs.so", "libr.so"}


def test_a_folder_that_the_library_names_is_searched(tmp_path: Path) -> None:
    (tmp_path / "libs.so").write_text("-", "utf-8")
    first = image(Where(str(tmp_path / "sub" / "libt.so")), memoryview(b"libs.so rpath=$ORIGIN/.."))
    assert find(Link((first,)), [])["libs.so"].unsearched is None


def test_a_library_for_another_machine_is_passed_over(opened: Link, tmp_path: Path) -> None:
    (tmp_path / "libs.so").write_text("aarch64", "utf-8")
    assert find(opened, [str(tmp_path)])["libs.so"].input is None
