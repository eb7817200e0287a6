"""What `arfix hook` prints is put into the build systems it is for, and they run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from arfix.version import __version__
from tests.recipe.sysroots import FFI, ORIGINALS, RECIPE, Place, make_place, settle
from tests.run_arfix import arfix
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.oracle

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A project with a broken sysroot in `sysroot/`; `arfix` is on PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "arfix").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m arfix "$@"\n')
    (programs / "arfix").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("SYSROOT", raising=False)
    (tmp_path / "project").mkdir()
    return make_place(tmp_path / "project")


def run(*command: str | Path, cwd: Path, code: int = 0, env: Mapping[str, str] | None = None) -> str:
    """Return what a build system prints."""
    ran = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == code, ran.stdout
    return ran.stdout


def snippet(system: str, *options: str | Path) -> str:
    """Return what `arfix hook` prints."""
    ran = arfix("hook", system, *options)
    assert ran.code == 0, ran.stderr
    return ran.stdout


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


def assert_repaired_again_and_again(place: Place, build: tuple[str | Path, ...], folder: Path) -> None:
    """A build repairs the sysroot, the next changes nothing, and the one after a library was rebuilt repairs that."""
    run(*build, cwd=folder)
    repaired = place.contents()
    assert repaired != ORIGINALS
    assert repaired["lib/libffi.a"] != FFI
    before = place.stats()
    run(*build, cwd=folder)
    run(*build, cwd=folder)
    assert place.stats() == before
    settle()
    (place.sysroot / "lib/libffi.a").write_bytes(FFI)
    run(*build, cwd=folder)
    assert place.contents() == repaired


def test_make(place: Place) -> None:
    project = place.recipe.parent
    makefile = "include arfix.mk\nprogram: $(ARFIX_STAMP)\n\tcp sysroot/lib/libffi.a $@\n"
    write(project, {"arfix.mk": snippet("make"), "Makefile": makefile})
    make = need("make")
    assert "would change" in run(make, "arfix-check", cwd=project, code=2)
    assert_repaired_again_and_again(place, (make,), project)
    assert (project / "program").read_bytes() == place.contents()["lib/libffi.a"] != FFI
    assert "up to date" in run(make, cwd=project)
    run(make, "arfix-check", cwd=project)
    run(make, "arfix-revert", cwd=project)
    assert place.contents() == ORIGINALS


def test_make_takes_sysroot_and_time_from_the_environment(place: Place) -> None:
    project = place.recipe.parent
    other = place.sysroot.rename(project / "other")
    write(project, {"Makefile": snippet("make", "--sysroot", "nowhere")})
    place.recipe.write_text(RECIPE.replace("index = true", 'stub = ["openlog"]').replace("lib/*.a", "lib/libz.a"))
    run(need("make"), ".arfix.stamp", cwd=project, env={"SYSROOT": str(other), "SOURCE_DATE_EPOCH": "1700000000"})
    assert b"1700000000  " in (other / "lib/libz.a").read_bytes()


@pytest.mark.parametrize("generator", ["Unix Makefiles", "Ninja"])
def test_cmake(generator: str, place: Place) -> None:
    need("make")
    need("ninja")
    project = place.recipe.parent
    lists = (
        "cmake_minimum_required(VERSION 3.16)\nproject(program LANGUAGES NONE)\ninclude(Arfix.cmake)\n"
        "add_custom_target(program ALL COMMAND ${CMAKE_COMMAND} -E copy"
        ' "${CMAKE_SOURCE_DIR}/sysroot/lib/libffi.a" program)\n'
        "arfix_apply(TARGET program RECIPE arfix.toml)\n"
    )
    write(project, {"Arfix.cmake": snippet("cmake"), "CMakeLists.txt": lists})
    cmake, build = need("cmake"), project / "build"
    run(cmake, "-G", generator, "-S", project, "-B", build, cwd=project)
    assert_repaired_again_and_again(place, (cmake, "--build", build), project)
    assert (build / "program").read_bytes() == place.contents()["lib/libffi.a"] != FFI
    assert "Repairing" not in run(cmake, "--build", build, cwd=project)


@pytest.mark.parametrize("how", ["argument", "CMAKE_SYSROOT", "environment"])
def test_cmake_finds_the_sysroot(how: str, place: Place) -> None:
    project = place.recipe.parent
    other = place.sysroot.rename(project / "other")
    call = "arfix_apply(TARGET program" + (" SYSROOT other)" if how == "argument" else ")")
    lists = (
        "cmake_minimum_required(VERSION 3.16)\nproject(program LANGUAGES NONE)\ninclude(Arfix.cmake)\n"
        f"add_custom_target(program ALL)\n{call}\n"
    )
    write(project, {"Arfix.cmake": snippet("cmake"), "CMakeLists.txt": lists})
    define = [f"-DCMAKE_SYSROOT={other}"] if how == "CMAKE_SYSROOT" else []
    environment = {"SYSROOT": str(other)} if how == "environment" else {}
    run(need("cmake"), "-B", "build", *define, cwd=project, env=environment)
    run(need("cmake"), "--build", "build", cwd=project)
    assert (other / ".arfix").is_dir()


def test_cmake_refuses_a_target_that_is_not_there(place: Place) -> None:
    project = place.recipe.parent
    lists = (
        "cmake_minimum_required(VERSION 3.16)\nproject(p LANGUAGES NONE)\ninclude(Arfix.cmake)\narfix_apply(TARGET x)\n"
    )
    write(project, {"Arfix.cmake": snippet("cmake"), "CMakeLists.txt": lists})
    assert "arfix_apply(TARGET an-existing-target" in run(need("cmake"), "-B", "build", cwd=project, code=1)


def test_meson(place: Place) -> None:
    project = place.recipe.parent
    lines = "\nexecutable('program', 'main.c', link_depends: arfix_stamp)\n"
    write(project, {"meson.build": "project('p', 'c')\n" + snippet("meson") + lines, "main.c": "int main(void) {}\n"})
    meson, ninja = need("meson"), need("ninja")
    need("gcc")
    assert "WARNING" not in run(meson, "setup", "build", cwd=project)
    assert_repaired_again_and_again(place, (ninja, "-C", "build"), project)
    before = (project / "build" / "program").stat().st_mtime_ns
    run(ninja, "-C", "build", cwd=project)
    assert (project / "build" / "program").stat().st_mtime_ns == before


def test_meson_takes_the_sysroot_from_the_environment(place: Place) -> None:
    project = place.recipe.parent
    other = place.sysroot.rename(project / "other")
    write(project, {"meson.build": "project('p')\n" + snippet("meson")})
    run(need("meson"), "setup", "build", cwd=project, env={"SYSROOT": str(other)})
    run(need("ninja"), "-C", "build", cwd=project)
    assert (other / ".arfix").is_dir()


def test_autotools(place: Place) -> None:
    project = place.recipe.parent
    configure = (
        "AC_INIT([program], [1])\nAM_INIT_AUTOMAKE([foreign -Wall -Werror])\nAC_PROG_CC\n"
        "AC_ARG_VAR([ARFIX], [repairs static archives])\nAC_PATH_PROG([ARFIX], [arfix], [arfix])\n"
        "AC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n"
    )
    makefile = (
        "include $(top_srcdir)/arfix.am\nnoinst_PROGRAMS = program\nprogram_SOURCES = main.c\n"
        "program_DEPENDENCIES = $(ARFIX_STAMP)\n"
    )
    files = {"configure.ac": configure, "Makefile.am": makefile, "main.c": "int main(void) {}\n"}
    write(project, {**files, "arfix.am": snippet("autotools")})
    run(need("autoreconf"), "--install", cwd=project)
    need("automake")
    run("./configure", cwd=project)
    make = need("make")
    assert_repaired_again_and_again(place, (make,), project)
    before = (project / "program").stat().st_mtime_ns
    run(make, cwd=project)
    assert (project / "program").stat().st_mtime_ns == before


def test_buildroot(place: Place) -> None:
    """The hook as Buildroot's `pkg-generic.mk` runs it: each name in the variable is called before configuring."""
    package = "\nall:\n\t$(foreach hook,$(PYTHON3_PRE_CONFIGURE_HOOKS),$(call $(hook)))\n"
    write(place.recipe.parent, {"Makefile": "ARFIX_BEFORE = PYTHON3\n" + snippet("buildroot") + package})
    run(need("make"), f"STAGING_DIR={place.sysroot}", cwd=place.recipe.parent)
    assert place.contents() != ORIGINALS


def test_yocto(place: Place) -> None:
    """The task's shell function, with what BitBake would put in for its variables."""
    text = snippet("yocto")
    body = re.search(r"^arfix_apply \(\) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert body
    overlay = place.recipe.parent / "overlay"
    values = {"ARFIX_RECIPE": place.recipe, "RECIPE_SYSROOT": place.sysroot, "ARFIX_OVERLAY": overlay}
    run("sh", "-c", body[1], cwd=place.recipe.parent, env={name: str(path) for name, path in values.items()})
    assert place.contents() == ORIGINALS
    assert (overlay / "lib" / "libffi.a").read_bytes() != FFI


def test_dockerfile(place: Place) -> None:
    """The last RUN, as a shell of the image would run it, with the lock that a first `apply` wrote."""
    text = snippet("dockerfile", "--sysroot", place.sysroot)
    line = re.findall(r"^RUN (.*)$", text, re.MULTILINE)[-1].replace("/tmp/arfix/", f"{place.recipe.parent}/")  # noqa: S108 (the image's)
    place.run("apply")
    for name, data in ORIGINALS.items():
        (place.sysroot / name).write_bytes(data)
    shutil.rmtree(place.sysroot / ".arfix")
    run("sh", "-c", line, cwd=place.recipe.parent, env={"SYSROOT": str(place.sysroot)})
    assert place.contents()["lib/libffi.a"] != FFI
    assert not (place.sysroot / ".arfix" / "originals").exists()


def composite_steps() -> list[dict[str, str]]:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    steps: list[dict[str, str]] = action["runs"]["steps"]
    return steps


@pytest.mark.parametrize(("recipe", "code"), [("arfix.toml", 0), ("absent.toml", 2)])
def test_github_action_repairs_and_writes_a_summary(recipe: str, code: int, place: Place, tmp_path: Path) -> None:
    """The steps of `action.yml` with the variables that a runner sets; installing is left to a link."""
    called = yaml.safe_load(snippet("github", "--sysroot", place.sysroot, "--recipe", recipe))[0]["with"]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"]
    assert called.keys() <= inputs.keys()
    (tmp_path / "arfix" / "bin").mkdir(parents=True)
    (tmp_path / "arfix" / "bin" / "arfix").symlink_to(tmp_path / "bin" / "arfix")
    environment = {"RECIPE": recipe, "SYSROOT": str(place.sysroot), "OPTIONS": "--no-originals"}
    runner = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    script = composite_steps()[-1]["run"]
    run("bash", "-eo", "pipefail", "-c", script, cwd=place.recipe.parent, code=code, env={**environment, **runner})
    if code == 0:
        assert "libffi.a" in (tmp_path / "summary.md").read_text("utf-8")
        assert place.contents()["lib/libffi.a"] != FFI


def test_pre_commit(place: Place, tmp_path: Path) -> None:
    """pre-commit clones this repository, installs it, and runs its hooks on what is about to be committed."""
    git = need("git")
    identity = [git, "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main"]
    source = tmp_path / "source"
    for name in ("arfix", "docs", "share"):  # the wheel has man pages, completions and schemas
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, source)
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"], ["tag", f"v{__version__}"]):
        run(*identity, *command, cwd=source)
    project = place.recipe.parent
    write(project, {".pre-commit-config.yaml": snippet("pre-commit", "--repository", source.as_uri())})
    shutil.rmtree(place.sysroot)
    run(*identity, "init", "-q", cwd=project)
    run(*identity, "add", ".", cwd=project)
    pre_commit = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never")
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    assert re.search(r"arfix recipe check\.+Passed", run(*pre_commit, cwd=project, env=home))
    place.recipe.write_text("version = 1\ncolour = 3\n")
    (project / "broken.a").write_bytes(FFI[:100])
    run(*identity, "add", ".", cwd=project)
    told = run(*pre_commit, cwd=project, code=1, env=home)
    assert "arfix.toml:2" in told
    assert "broken.a" in told
