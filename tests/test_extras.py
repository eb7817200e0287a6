from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib import util
from typing import TYPE_CHECKING

import pytest

from arfix import extras
from arfix.errors import UnsupportedError
from arfix.extras import install_command, require

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_that_is_missing_is_an_error_with_the_command_that_installs_it() -> None:
    with pytest.raises(UnsupportedError, match=r"drawing needs the Python package no_such_package") as caught:
        require("no_such_package.core", "chart", "drawing")
    assert caught.value.hint == install_command("chart")


def test_the_command_runs_the_python_that_is_running() -> None:
    """`pip` alone may belong to another Python."""
    command = install_command("survey")
    head, _, rest = command.partition(" -m pip install ")
    assert rest == "'arfix[survey]'"
    line = f"{head} -c 'import sys; print(sys.prefix)'"
    said = subprocess.run(["sh", "-c", line], check=True, capture_output=True, text=True).stdout
    assert said.strip() == sys.prefix


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/me/.local/share/pipx/venvs/arfix", "pipx install --force 'arfix[dask]'"),
        ("/home/me/.local/share/uv/tools/arfix", "uv tool install --force 'arfix[dask]'"),
    ],
)
def test_a_program_with_an_environment_of_its_own(prefix: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    assert install_command("dask") == command


def test_a_python_that_refuses_pip_gets_an_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian, Fedora and Homebrew mark theirs so; a virtual environment made of it takes packages."""
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert install_command("report") == "pipx install 'arfix[report]'"
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert install_command("report").endswith("-m pip install 'arfix[report]'")


def test_an_environment_without_pip_is_one_of_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "pip" else util.find_spec(name))
    monkeypatch.setattr(sys, "executable", "/a b/python")
    assert install_command("lief") == "uv pip install --python '/a b/python' 'arfix[lief]'"
