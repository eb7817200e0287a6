from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix.archive import confined
from arfix.archive.confined import OutsideError, Tree, read_regular, split_inside
from arfix.errors import AccessError
from tests.ar_builder import ar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=[True, False], ids=["directory calls", "paths alone"])
def tree(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    if not request.param:
        monkeypatch.setattr(confined, "HAS_DIRECTORY_CALLS", False)
    root = tmp_path / "root"
    (root / "lib/deep").mkdir(parents=True)
    (root / "lib/x.a").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(b"outside")
    (tmp_path / "other").mkdir()
    return Tree.at(str(root))


def read(tree: Tree, name: str) -> bytes:
    with os.fdopen(tree.open(name), "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("link", "target", "name", "real"),
    [
        ("lib64", "lib", "lib64/x.a", "lib/x.a"),
        ("lib/y.a", "x.a", "lib/y.a", "lib/x.a"),
        ("lib/deep/z.a", "../x.a", "lib/deep/z.a", "lib/x.a"),
        ("lib/deep/up", "..", "lib/deep/up/x.a", "lib/x.a"),
        ("w.a", "ROOT/lib/x.a", "w.a", "lib/x.a"),
        ("v.a", "./lib/../lib//x.a", "v.a", "lib/x.a"),
    ],
)
def test_links_inside_are_followed(tree: Tree, link: str, target: str, name: str, real: str) -> None:
    os.symlink(target.replace("ROOT", tree.root), os.path.join(tree.root, link))
    assert tree.find(name) == real
    assert read(tree, name) == b"inside"


@pytest.mark.parametrize(
    ("link", "target", "name"),
    [
        ("a", "../secret", "a"),
        ("lib/a", "../../secret", "lib/a"),
        ("a", "SECRET", "a"),
        ("out", "..", "out/secret"),
        ("out", "/", "out/etc/passwd"),
        ("lib/out", "../..", "lib/out/root/lib/x.a"),
        ("a", "b/../../secret", "a"),
        ("a", "/proc/self/root/etc/passwd", "a"),
        ("a", "ROOT/../secret", "a"),
        ("a", "ROOTx/secret", "a"),
    ],
)
def test_links_that_lead_out_are_not(tree: Tree, link: str, target: str, name: str) -> None:
    os.mkdir(os.path.join(tree.root, "b"))
    target = target.replace("ROOT", tree.root).replace("SECRET", os.path.join(tree.root, "..", "secret"))
    os.symlink(target, os.path.join(tree.root, link))
    with pytest.raises(OutsideError):
        tree.open(name)
    with pytest.raises(OutsideError):
        tree.find(name)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "lib/../../secret", "", ".", "a\0b", "\ud800", "lib/.."])
def test_paths_that_lead_out_by_themselves_are_refused(tree: Tree, name: str) -> None:
    with pytest.raises(OutsideError):
        tree.find(name)


def test_a_loop_of_links_is_an_error(tree: Tree) -> None:
    os.symlink("b", os.path.join(tree.root, "a"))
    os.symlink("a", os.path.join(tree.root, "b"))
    with pytest.raises(AccessError, match="symbolic links"):
        tree.find("a")


def test_what_is_not_a_regular_file_is_refused_at_once(tree: Tree) -> None:
    os.mkfifo(os.path.join(tree.root, "pipe.a"))
    for name in ("pipe.a", "lib", "none"):
        with pytest.raises(AccessError):
            tree.open(name)


def test_what_is_missing_has_a_name_all_the_same(tree: Tree) -> None:
    os.symlink("lib", os.path.join(tree.root, "lib64"))
    assert tree.find("lib64/new/x.a") == "lib/new/x.a"
    assert tree.status("lib64/new/x.a") is None
    assert tree.status("lib64") is not None


def test_a_deep_tree_needs_few_descriptors(tree: Tree) -> None:
    name = "/".join(["d"] * 1500)
    try:
        with tree.folder(name, make=True) as folder:
            os.close(folder.create("x"))
        os.close(tree.open(f"{name}/x"))
    finally:  # pytest empties its folders with shutil.rmtree, which recurses and so ends in a RecursionError
        subprocess.run(["rm", "-rf", os.path.join(tree.root, "d")], check=True)


def test_a_descent_takes_few_steps_and_few_descriptors(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Down a chain of folders, each with a neighbour, and up again: a step for each visit, and one walk in 64 more."""
    depth = 150
    chain = [""]
    for _ in range(depth):
        chain.append(f"{chain[-1]}/d".lstrip("/"))
    steps = 0
    real = confined.Folder.enter

    def enter(self: confined.Folder, name: str) -> confined.Folder:
        nonlocal steps
        steps += 1
        return real(self, name)

    try:
        for folder in chain:
            with tree.folder(f"{folder}/side".lstrip("/"), make=True):
                pass
        with tree.folder(chain[-1], make=True):
            pass
        monkeypatch.setattr(confined.Folder, "enter", enter)
        with tree.descent() as descent:
            for folder in chain:
                held = {one.name for one in descent.enter(folder).entries()}
                assert held == {"d", "side", *(("lib",) if not folder else ())} - (
                    {"d"} if folder == chain[-1] else set()
                )
            for folder in reversed(chain):
                assert descent.enter(f"{folder}/side".lstrip("/")).entries() == []
            open_files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
        if open_files and confined.HAS_DIRECTORY_CALLS:
            assert open_files - len(os.listdir("/proc/self/fd")) <= 64
        assert steps <= 2 * depth + (depth // 64 + 1) * depth
    finally:
        subprocess.run(["rm", "-rf", os.path.join(tree.root, "d")], check=True)


def test_a_descent_enters_no_link_and_goes_on(tree: Tree) -> None:
    os.symlink("lib", os.path.join(tree.root, "link"))
    with tree.descent() as descent:
        assert [one.name for one in descent.enter("lib").entries()] == ["deep", "x.a"]
        for name in ("link", "link/deep", "lib/x.a", "lib/none", "none/lib"):
            with pytest.raises(AccessError):
                descent.enter(name)
            assert descent.enter("lib/deep").entries() == []


def test_a_folder_behind_a_link_is_not_entered(tree: Tree) -> None:
    os.symlink("lib", os.path.join(tree.root, "inside"))
    os.symlink("../other", os.path.join(tree.root, "outside"))
    for name in ("inside", "outside", "outside/new"):
        with pytest.raises(AccessError, match="or a link"), tree.folder(name, make=True):
            pass
    assert os.listdir(os.path.join(tree.root, "../other")) == []


def test_nothing_is_created_through_a_link(tree: Tree) -> None:
    os.symlink("../../secret", os.path.join(tree.root, "lib/new"))
    with tree.folder("lib") as folder:
        with pytest.raises(FileExistsError):
            folder.create("new")
        with pytest.raises(OSError, match="symbolic link"):
            folder.open_or_create("new")
        with pytest.raises(OSError, match="symbolic link"):
            folder.open("new")


def test_a_link_that_is_swapped_in_meanwhile_is_refused(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory was looked at and found to be one; then another process puts a link in its place."""
    real = confined.Folder.enter

    def enter(self: confined.Folder, name: str) -> confined.Folder:
        if name == "lib" and os.path.isdir(os.path.join(tree.root, "lib/deep")):
            os.rename(os.path.join(tree.root, "lib"), os.path.join(tree.root, "gone"))
            os.symlink("../other", os.path.join(tree.root, "lib"))
        return real(self, name)

    monkeypatch.setattr(confined.Folder, "enter", enter)
    with pytest.raises(AccessError):
        tree.open("lib/x.a")


def thin(stored: bytes, size: int) -> bytes:
    table = stored + b"/\n"
    table += b"\n" * (len(table) % 2)
    head = b"%-16b%-12d%-6d%-6d%-8o%-10d`\n"
    return b"!<thin>\n" + head % (b"//", 0, 0, 0, 0, len(table)) + table + head % (b"/0", 0, 0, 0, 0o644, size)


def test_members_of_a_thin_archive_are_found_inside_alone(tree: Tree) -> None:
    inside = thin(b"deep/../x.a", 6)
    for name, data in {"lib/t.a": inside, "lib/u.a": thin(f"{tree.root}/lib/x.a".encode(), 6)}.items():
        with open(os.path.join(tree.root, name), "wb") as file:
            file.write(data)
        with tree.archive(name) as archive:
            assert bytes(archive.members[0].data) == b"inside"
    for stored in (b"../../secret", b"/etc/passwd", os.path.join(tree.root, "../secret").encode()):
        with open(os.path.join(tree.root, "lib/t.a"), "wb") as file:
            file.write(thin(stored, 7))
        with tree.archive("lib/t.a") as archive, pytest.raises(OutsideError):
            _ = archive.members[0].data


def test_an_archive_of_a_tree_is_read(tree: Tree) -> None:
    with open(os.path.join(tree.root, "lib/y.a"), "wb") as file:
        file.write(ar(("x.o", b"abc")))
    with tree.archive("lib/y.a") as archive:
        assert [member.name for member in archive] == ["x.o"]


def test_only_so_much_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(str(path), 5) == b"12345"
    with pytest.raises(OSError, match="larger"):
        read_regular(str(path), 4)
    os.truncate(path, 20 << 30)
    with pytest.raises(OSError, match="larger than 1 MiB"):
        read_regular(str(path), 1 << 20)
    for kind in ("/dev/zero", "/dev/null", str(tmp_path)):
        with pytest.raises(OSError, match=r"regular|directory"):
            read_regular(kind, 5)


def test_windows_spellings_are_refused_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "ON_WINDOWS", True)
    for name in ("C:/x.a", "lib\\x.a", "NUL:"):
        with pytest.raises(OutsideError):
            split_inside(name)
