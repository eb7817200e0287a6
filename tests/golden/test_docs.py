"""The pages under docs/ say what is so: console blocks are run, tables made anew, and mkdocs has no warning."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from samples.sysroot import build_sysroot
from tests.console import BLOCK, ROOT, run_blocks
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
TUTORIAL = DOCS / "tutorial.md"
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))


def hold(page: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    """Run a page's blocks in a fresh broken sysroot and compare; with `--update-golden`, write the page instead."""
    build_sysroot(folder)
    now = run_blocks(page.read_text(encoding="utf-8"), folder)
    if request.config.getoption("update_golden"):
        page.write_text(now, encoding="utf-8")
    assert now == page.read_text(encoding="utf-8")
    assert BLOCK.search(now)


@pytest.mark.slow
@pytest.mark.golden
@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.stem)
def test_how_to_shows_what_is_printed(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hold(page, tmp_path, request)


@pytest.mark.slow
@pytest.mark.golden
def test_front_page_shows_what_is_printed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hold(DOCS / "index.md", tmp_path, request)


@pytest.mark.golden
@pytest.mark.oracle
def test_comparison_shows_what_is_printed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for tool in ("ar", "nm", "objcopy"):
        need(tool)
    hold(DOCS / "comparison.md", tmp_path, request)


@pytest.mark.golden
@pytest.mark.oracle
def test_tutorial_ends_with_a_program_that_runs(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    need("cc")
    hold(TUTORIAL, tmp_path, request)
    assert TUTORIAL.read_text("utf-8").count("$ ./program\n```") == 1


def recipe_reference() -> str:
    """Return the tables of `docs/recipe.md`, from the schema that editors read."""
    schema = json.loads((DOCS / "schema" / "recipe-1.json").read_text("utf-8"))
    tables = (
        ("The file", schema),
        ("`[[archive]]`", schema["$defs"]["archive"]),
        ("`[[archive.step]]`", schema["$defs"]["step"]),
        ("`symbols` of a step", schema["$defs"]["symbols"]),
        ("`[[stubs]]`", schema["$defs"]["stubs"]),
        ("`[whole-archive.NAME]`", schema["$defs"]["whole"]),
        ("`[[whole-archive.NAME.ignore]]`", schema["$defs"]["ignore"]),
        ("`when`", schema["$defs"]["when"]),
    )
    return "\n".join(_table(title, part) for title, part in tables)


def _table(title: str, part: dict[str, Any]) -> str:
    rows = (
        f"| `{key}` | {'yes' if key in part.get('required', ()) else ''} | {_said(value)} |\n"
        for key, value in part["properties"].items()
    )
    return f"## {title}\n\n| key | required | meaning |\n|---|---|---|\n{''.join(rows)}"


def _said(value: dict[str, Any]) -> str:
    words = f" One of {', '.join(f'`{word}`' for word in value['enum'])}." if "enum" in value else ""
    text = re.sub(r"(?<!`)(\*\*|\*|\[\.\.\.\])(?=[ ,.])", r"`\1`", value["description"])
    return f"{text}{words}".replace("|", "\\|")


@pytest.mark.golden
def test_recipe_reference_is_the_schema(request: pytest.FixtureRequest) -> None:
    page = DOCS / "recipe.md"
    head, mark, _ = page.read_text("utf-8").partition("<!-- from docs/schema/recipe-1.json by `make golden` -->\n")
    assert mark
    now = f"{head}{mark}\n{recipe_reference()}"
    if request.config.getoption("update_golden"):
        page.write_text(now, encoding="utf-8")
    assert now == page.read_text("utf-8")


@pytest.mark.slow
def test_mkdocs_has_no_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (tmp_path / "site" / "rules" / "nested-archive" / "index.html").is_file()


def test_every_page_is_in_the_contents() -> None:
    contents = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    assert not [page for page in pages if not page.startswith("rules/") and page not in contents], (
        "add it to nav in mkdocs.yml"
    )
