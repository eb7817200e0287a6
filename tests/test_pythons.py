"""Every Python that is installed and supported compiles every module, and this one imports them all."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

from tests.pythons import PROJECT, ROOT, VERSIONS, interpreter

FOLDERS = ("arfix", "bench", "samples", "tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
COMPILE = """\
import sys
bad = 0
for path in sys.stdin.read().split("\\n"):
    try:
        with open(path, "rb") as file:
            compile(file.read(), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        bad = 1
        print(f"{path}: {error!r}".encode("ascii", "backslashreplace").decode())
sys.exit(bad)
"""

IMPORT = """\
import importlib, pkgutil
import arfix
for module in pkgutil.walk_packages(arfix.__path__, "arfix."):
    importlib.import_module(module.name)
"""


def docstrings(tree: ast.AST) -> list[str]:
    """Return the docstrings of a module, its classes and its functions."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        text for node in ast.walk(tree) if isinstance(node, kinds) and (text := ast.get_docstring(node, clean=False))
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_docstring_has_a_lone_surrogate(folder: str) -> None:
    # Python 3.13 strips the indentation of docstrings when it compiles, and refuses what UTF-8 cannot encode.
    # Only an escape makes one: source text is UTF-8.
    bad = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.is_relative_to(ROOT / folder)
        and re.search(rb"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]", path.read_bytes())
        for text in docstrings(ast.parse(path.read_bytes()))
        if re.search("[\ud800-\udfff]", text)
    ]
    assert not bad


@pytest.mark.slow
def test_every_module_compiles_on_every_python_here() -> None:
    found = {version: python for version in VERSIONS if (python := interpreter(version))}
    assert sys.executable in found.values()
    paths = "\n".join(map(str, SOURCES))
    for version, python in found.items():
        if python != sys.executable:  # which compiles them for the other tests
            ran = subprocess.run([python, "-c", COMPILE], input=paths, capture_output=True, text=True, check=False)
            assert (version, ran.returncode, ran.stdout, ran.stderr) == (version, 0, "", "")


def test_every_module_imports() -> None:
    ran = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_classifiers_begin_with_the_oldest_python_allowed() -> None:
    assert PROJECT["requires-python"] == f">={VERSIONS[0]}"
