"""Rules of the repository: where things are, and what a start may load."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from arfix.cli.commands import COMMANDS
from arfix.version import __version__
from tests.ar_builder import ar
from tests.elf_builder import elf

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "arfix").rglob("*.py"))
EVERY_MODULE = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))

#: Verbs that change no archive and so have no planner in `arfix/edits/`.
READERS = frozenset(
    {
        "inspect",
        "extract",
        "image",
        "check",
        "why",
        "verify",
        "explain",
        "diff",
        "diagnose",
        "hook",
        "status",
        "recipe",
        "ar",
        "survey",
    }
)

#: Modules that only rare work needs, and that would cost every edit much time or memory.
HEAVY = frozenset(
    {"lief", "matplotlib", "numpy", "rich", "multiprocessing", "asyncio", "sqlite3", "unittest", "pyarrow", "duckdb"}
)


@EVERY_MODULE
def test_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "common", "misc"])
def test_no_module_is_a_drawer(name: str) -> None:
    assert not [path for path in MODULES if path.stem == name]


@pytest.mark.parametrize("verb", COMMANDS)
def test_verb_has_one_name_everywhere(verb: str) -> None:
    name = verb.replace("-", "_")
    module = COMMANDS[verb].module or f"arfix.cli.{name}"
    _, floor, file = module.split(".")
    assert (ROOT / "arfix" / floor / f"{file}.py").is_file()
    assert (ROOT / "tests" / floor / f"test_{file}.py").is_file()
    planners = [ROOT / "arfix" / floor / f"{name}.py" for floor in ("edits", "audit", "recipe")]
    assert verb in READERS or any(path.is_file() for path in planners)


@pytest.mark.parametrize("feature", ["image", "diff", "diagnose", "survey"])
def test_two_places_outside_a_feature_folder_name_it(feature: str) -> None:
    """So that deleting the folder, its tests and these lines removes the feature."""
    folder = ROOT / "arfix" / feature
    outside = [path for path in MODULES if folder not in path.parents]
    naming = [
        f"{path.relative_to(ROOT / 'arfix')}: {line.strip()}"
        for path in outside
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(rf"\barfix[./]{feature}\b", line)
    ]
    in_library = [line for line in naming if line.startswith("__init__.py: ")]  # what `import arfix` offers of it
    (in_commands,) = [line for line in naming if line not in in_library]
    assert in_commands.startswith("cli/commands.py: ")


def test_unit_tests_mirror_the_package() -> None:
    spanning = {
        "tests/archive/test_corpus.py",  # foreign archives put the whole floor to work
        "tests/cli/test_hostile_names.py",  # what every report makes of names that mean something to its reader
        "tests/cli/test_special_files.py",  # what every command makes of pipes and devices in place of texts
        "tests/edits/test_faults.py",  # what becomes of every edit when a call to the system fails
        "tests/archive/test_kill.py",  # what a killed process, a full disk and a locked folder do to a save
        "tests/recipe/test_faults.py",  # the same for apply and revert
        "tests/recipe/test_hostile_sysroots.py",  # and what a sysroot from elsewhere does to them
    }
    floors = [path.parent for path in (ROOT / "arfix").glob("*/__init__.py")]
    strays = [
        str(test.relative_to(ROOT))
        for floor in floors
        for test in (ROOT / "tests" / floor.name).rglob("test_*.py")
        if not (floor / test.relative_to(ROOT / "tests" / floor.name))
        .with_name(test.name.removeprefix("test_"))
        .exists()
    ]
    assert not set(strays) - spanning, "a unit test is named for the module it tests"


def modules_after(code: str, folder: Path = ROOT) -> set[str]:
    """Return the names of all modules that are loaded after the code has run in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return set(ran.stderr.split("\n"))


@pytest.mark.parametrize("line", ["strip lib.a a.o --quiet", "index lib.a", "inspect lib.a"])
def test_an_edit_loads_nothing_that_only_rare_work_needs(line: str, tmp_path: Path) -> None:
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("one")), ("b.o", elf("two")), index=(("one", 0), ("two", 1))))
    loaded = modules_after(f"from arfix.cli.app import run\nassert run({line.split()!r}) == 0", tmp_path)
    assert "arfix.cli.app" in loaded
    assert not loaded & HEAVY


def test_library_never_imports_the_command_line() -> None:
    loaded = modules_after("import arfix\narfix.read")
    assert not {name for name in loaded if name.split(".")[0] in {"typer", "rich", "lief"} or "arfix.cli" in name}


def test_every_lint_exception_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    codes = [line for line in lines if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert len(codes) > 10
    assert not [line for line in codes if "# " not in line]


def test_changelog_knows_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[({re.escape(__version__)}|Unreleased)\]", changelog, re.MULTILINE)


def test_markers_used_are_markers_declared() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    declared = {marker.split(":")[0] for marker in options["markers"]}
    assert declared == {"oracle", "debian", "corpus", "golden", "slow", "no_cover"}
