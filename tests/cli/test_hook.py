from __future__ import annotations

import pytest

from arfix.report.hooks import FILES, System
from arfix.version import __version__
from tests.run_arfix import arfix

EVERY_SYSTEM = pytest.mark.parametrize("system", [system.value for system in System])


@EVERY_SYSTEM
def test_snippet_says_where_it_goes_and_leaves_nothing_to_fill_in(system: str) -> None:
    ran = arfix("hook", system, "--recipe", "tools/repair.toml", "--sysroot", "/opt/root")
    assert (ran.code, ran.stderr) == (0, "")
    assert f"`arfix hook {system}`" in ran.stdout.split("\n\n")[0]
    assert "repair.toml" in ran.stdout
    assert "@RECIPE" not in ran.stdout
    assert "@SYSROOT" not in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 120


def test_json_has_the_same() -> None:
    document = arfix("hook", "cmake", "--json").json
    assert (document["system"], document["file"]) == ("cmake", FILES[System.CMAKE])
    assert document["snippet"] == arfix("hook", "cmake").stdout


@pytest.mark.parametrize("word", ["my sysroot", "a\nb", 'a"b', "a'b", "a;b", "a#b", "`id`", ""])
def test_a_path_that_would_need_quoting_is_refused(word: str) -> None:
    ran = arfix("hook", "make", "--sysroot", word)
    assert ran.code == 2
    assert "cannot be written to a build file" in ran.stderr


def test_the_repository_is_named_as_each_system_does() -> None:
    url = "https://github.com/someone/tools.git"
    assert f"repo: {url}\n    rev: v{__version__}\n" in arfix("hook", "pre-commit", "--repository", url).stdout
    assert f"ARG ARFIX=git+{url}@v{__version__}\n" in arfix("hook", "dockerfile", "--repository", url).stdout
    assert f"uses: someone/tools@v{__version__}\n" in arfix("hook", "github", "--repository", url).stdout


def test_the_lock_goes_into_the_image_with_the_recipe() -> None:
    assert "COPY build/a.toml build/a.lock " in arfix("hook", "dockerfile", "--recipe", "build/a.toml").stdout


def test_without_a_system_the_systems_are_listed_in_one_line() -> None:
    ran = arfix("hook")
    assert ran.code == 2
    assert "Choose from: make, cmake, meson," in ran.stderr.splitlines()[0]
