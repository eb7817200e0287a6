"""What a release promises: one address of the repository, links that work from a package index, complete files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from arfix.version import REPOSITORY
from release.address import PLACES

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
#: Folders whose files are written by hand.
WRITTEN = ("arfix", "release", "packaging", "debian", "docs", ".ci", "samples", "bench")


def test_every_file_with_the_address_is_listed() -> None:
    top = [path for path in ROOT.iterdir() if path.is_file()]
    files = [*top, *(path for folder in WRITTEN for path in (ROOT / folder).rglob("*") if path.is_file())]
    having = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if "__pycache__" not in path.parts and REPOSITORY.encode() in path.read_bytes()
    }
    assert having <= {*PLACES}


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
