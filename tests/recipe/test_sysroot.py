from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from arfix.archive import confined as module
from arfix.errors import AccessError, EditError, RecipeError
from arfix.recipe.sysroot import RecipeSysroot

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = b"!<arch>\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("lib/liba.a", "lib/libb.a", "lib/sub/deep/libc.a", "usr/liba.a", ".arfix/originals/x.a"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(EMPTY)
    (root / "lib/libscript.a").write_text("GROUP ( liba.a )")
    (tmp_path / "outside.a").write_bytes(EMPTY)
    return root


def names(root: Path, pattern: str) -> list[str]:
    return RecipeSysroot(str(root)).match(pattern, None)


def test_globs(root: Path) -> None:
    assert names(root, "lib/*.a") == ["lib/liba.a", "lib/libb.a"]
    assert names(root, "**/liba.a") == ["lib/liba.a", "usr/liba.a"]
    assert names(root, "lib/**/*.a") == ["lib/liba.a", "lib/libb.a", "lib/sub/deep/libc.a"]
    assert names(root, "lib/**") == ["lib/liba.a", "lib/libb.a", "lib/sub/deep/libc.a"]
    assert names(root, "[lu]*/liba.?") == ["lib/liba.a", "usr/liba.a"]


def test_what_is_no_archive_is_passed_over_and_said(root: Path) -> None:
    sysroot = RecipeSysroot(str(root))
    sysroot.match("lib/*", None)
    assert list(sysroot.notes) == ["lib/libscript.a is no archive (a linker script, perhaps): it is left alone"]
    assert str(root / "lib") in sysroot.looked_at


def test_links_inside_stand_for_their_files(root: Path) -> None:
    (root / "lib/liblink.a").symlink_to("liba.a")
    (root / "lib/libgone.a").symlink_to("nowhere.a")
    (root / "lib64").symlink_to("lib")
    assert names(root, "lib/*.a") == ["lib/liba.a", "lib/libb.a"]
    assert names(root, "lib64/liblink.a") == ["lib/liba.a"]
    assert RecipeSysroot(str(root)).find("lib64/liblink.a", None) == "lib/liba.a"


def test_nothing_outside_is_found(root: Path) -> None:
    (root / "lib/libout.a").symlink_to("../../outside.a")
    (root / "out").symlink_to("..")
    sysroot = RecipeSysroot(str(root))
    for name in (
        "lib/libout.a",
        "out/outside.a",
        "../outside.a",
        str(root.parent / "outside.a"),
        "lib/../../outside.a",
    ):
        with pytest.raises(RecipeError):
            sysroot.find(name, None)
        with pytest.raises(RecipeError if name.startswith(("..", "/", "lib/..")) else EditError):
            sysroot.match(name, None)
    assert names(root, "lib/*.a") == ["lib/liba.a", "lib/libb.a"]
    sysroot.match("lib/*.a", None)
    assert any("lib/libout.a leads out of the sysroot" in note for note in sysroot.notes)


def test_a_loop_of_links_ends(root: Path) -> None:
    (root / "lib/self").symlink_to(".")
    (root / "lib/ring.a").symlink_to("ring.a")
    assert names(root, "**/liba.a") == ["lib/liba.a", "usr/liba.a"]


def test_what_is_not_there_names_the_nearest(root: Path) -> None:
    with pytest.raises(EditError) as caught:
        RecipeSysroot(str(root)).find("usr/lib/libb.a", None)
    assert caught.value.hint == "Nearest: lib/libb.a."
    with pytest.raises(EditError) as caught:
        RecipeSysroot(str(root)).find("lib/libaa.a", None)
    assert "lib/liba.a" in str(caught.value.hint)
    with pytest.raises(EditError, match="is no regular file"):
        RecipeSysroot(str(root)).find("lib", None)
    with pytest.raises(EditError) as caught:
        RecipeSysroot(str(root)).match("zzz/*.o", None)
    assert "exists" in str(caught.value.hint)


def test_conditions_ask_what_exists(root: Path) -> None:
    sysroot = RecipeSysroot(str(root))
    assert sysroot.exists("lib/liba.a")
    assert not sysroot.exists("lib/libq.a")
    with pytest.raises(RecipeError):
        sysroot.exists("../outside.a")


def test_names_of_any_bytes(root: Path) -> None:
    name = os.fsdecode(b"lib/\xff\n.a")
    (root / name).write_bytes(EMPTY)
    assert names(root, "lib/??.a") == [name]


def test_windows_spellings_are_refused_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ON_WINDOWS", True)
    for name in ("C:/x.a", "lib\\x.a"):
        with pytest.raises(RecipeError, match="no path inside the sysroot"):
            RecipeSysroot(str(root)).find(name, None)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="no such folder"):
        RecipeSysroot(str(tmp_path / "none"))
