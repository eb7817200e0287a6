"""What a release promises: one address of the repository, links that work from a package index, complete files."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from datetime import UTC, datetime
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from arfix.version import REPOSITORY, __version__
from release import prepare
from release.address import files_with_address, with_address
from release.build import PLACEHOLDER, is_placeholder, normalize_sdist, source_files
from release.completions import FOLDER, SHELLS, completion
from tests.tools import find

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
#: Files that repeat the address because they cannot import it.
WITH_ADDRESS = (
    *("pyproject.toml", "README.md", "Dockerfile", "debian/control", "debian/copyright"),
    *("packaging/conda-forge/recipe.yaml", "packaging/nixpkgs/package.nix", "packaging/homebrew/arfix.rb"),
)


def test_changing_the_address_changes_every_file_that_has_it() -> None:
    assert {*WITH_ADDRESS} <= {path.relative_to(ROOT).as_posix() for path in files_with_address()}


def test_a_new_address_leaves_no_placeholder() -> None:
    """`REPOSITORY` is the one place that decides: everything that repeats it, or its owner, follows."""
    new = "https://git.example.org/somebody/arfix"
    for name in WITH_ADDRESS:
        text = (ROOT / name).read_text("utf-8")
        changed = with_address(text, new, names_owner=name.startswith("packaging/"))
        assert new in changed, name
        assert REPOSITORY not in changed, name
        assert not re.search(rf"\b{PLACEHOLDER}\b", changed), name


def test_a_placeholder_is_noticed() -> None:
    assert is_placeholder(f"https://github.com/{PLACEHOLDER}/arfix")
    assert not is_placeholder("https://git.example.org/somebody/arfix")


def test_links_of_the_readme_are_absolute_and_lead_to_files() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    own = [link.removeprefix(f"{REPOSITORY}/") for link in links if link.startswith(f"{REPOSITORY}/")]
    assert len(own) > 10
    assert not [link for link in links if not link.startswith("https://")]
    for link in own:
        kind, branch, path = link.split("/", 2)
        assert branch == "main"
        there = ROOT / path.partition("#")[0]
        assert there.is_dir() if kind == "tree" else there.is_file(), link


@pytest.mark.parametrize("name", ["Homepage", "Documentation", "Source", "Issues", "Changelog"])
def test_addresses_of_the_metadata(name: str) -> None:
    assert PROJECT["urls"][name].startswith(REPOSITORY)


@pytest.mark.parametrize("shell", SHELLS)
def test_completions_are_those_of_the_program(shell: str) -> None:
    path = FOLDER / SHELLS[shell]
    assert path.read_text("utf-8") == completion(shell), "`make man` writes it"
    assert shell != "zsh" or path.read_text("utf-8").startswith("#compdef arfix\n")
    if (program := find(shell)) is not None:
        subprocess.run([program, "--no-execute" if shell == "fish" else "-n", path], check=True)


def test_the_sdist_has_every_folder_and_file_of_the_sources() -> None:
    manifest = (ROOT / "MANIFEST.in").read_text("utf-8").split()
    of_setuptools = {"arfix", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"}
    entries = {name.split("/")[0] for name in source_files() if not name.endswith(".whl")}  # the wheel that nox tests
    assert entries - of_setuptools <= {*manifest}


def test_a_normalized_sdist_is_the_same_for_every_builder(tmp_path: Path) -> None:
    results = []
    for owner, date, names in ((0, 1_700_000_000, ("a/x", "a/y")), (1000, 1_800_000_000, ("a/y", "a/x"))):
        with tarfile.open(tmp_path / "made.tar.gz", "w:gz") as made:
            for name in names:
                entry = tarfile.TarInfo(name)
                entry.size, entry.uid, entry.mtime, entry.mode = 3, owner, date, 0o664 if owner else 0o600
                made.addfile(entry, io.BytesIO(b"abc"))
        normalize_sdist(tmp_path / "made.tar.gz", tmp_path / "new.tar.gz", 1_600_000_000)
        results.append((tmp_path / "new.tar.gz").read_bytes())
    assert results[0] == results[1]


def test_data_is_read_from_a_zip_file_too(tmp_path: Path) -> None:
    """As from arfix.pyz, in which no data file has a path."""
    with zipfile.ZipFile(tmp_path / "arfix.zip", "w") as archive:
        for path in (ROOT / "arfix").rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(ROOT))
    code = (
        "import sys, arfix; from arfix.cli.app import run; assert '.zip' in arfix.__file__;"
        "lines = ['stub openlog --target arm-none-eabi --c', 'recipe schema', 'hook make', 'explain nested-archive',"
        " 'survey query --help', 'check --help'];"
        "sys.exit(any([run(line.split()) for line in lines]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "arfix.zip")}, check=False
    )
    assert ran.returncode == 0


def test_no_module_reads_files_beside_itself() -> None:
    modules = (ROOT / "arfix").rglob("*.py")
    assert not [path for path in modules if "__file__" in path.read_text("utf-8")], "use importlib.resources"


@pytest.mark.parametrize("name", [*prepare.PLACES, "debian/changelog"])
def test_every_place_of_the_version_has_it(name: str) -> None:
    assert re.search(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])", (ROOT / name).read_text("utf-8"))


def test_preparing_a_release_keeps_a_place_for_what_comes_next() -> None:
    before = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- New.\n"
    after = "# Changelog\n\n## [Unreleased]\n\n## [9.8.7] - 2030-01-02\n\n### Added\n\n- New.\n"
    assert prepare.release_heading(before, "9.8.7", "2030-01-02") == after
    assert prepare.release_heading(after, "9.8.7", "2031-01-02") == after
    old = (ROOT / "debian" / "changelog").read_text("utf-8")
    new = prepare.debian_entry(old, "9.8.7", datetime(2030, 1, 2, tzinfo=UTC))
    assert new.startswith("arfix (9.8.7) unstable; urgency=medium\n\n  * ")
    assert new.endswith(f"  Wed, 02 Jan 2030 00:00:00 +0000\n\n{old}")


def test_the_page_on_installing_lists_every_package() -> None:
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    names, todo = {"arfix"}, ["arfix"]
    while todo:
        for line in requires(todo.pop()) or ():
            requirement = Requirement(line)
            name = requirement.name.lower().replace("_", "-")
            if name not in names and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                names.add(name)
                todo.append(name)
    assert {"lief", "typer", "rich"} < names
    assert not [name for name in names if f"`{name}`" not in page]
    extras = PROJECT["optional-dependencies"]
    assert not [extra for extra in extras if f"`arfix[{extra}]`" not in page]
