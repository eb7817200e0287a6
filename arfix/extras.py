"""Optional packages: importing one, and the command that installs what is missing.

An extra of arfix (`arfix[survey]`) names the packages of one feature; `pyproject.toml` lists them.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import sysconfig
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError

if TYPE_CHECKING:
    from types import ModuleType


def require(module: str, extra: str, purpose: str = "this") -> ModuleType:
    """Return an optional package, imported.

    Args:
        module: The package, or a module in it.
        extra: The extra of arfix that installs it.
        purpose: What needs it, as the subject of a sentence: `the HTML report`.

    Raises:
        UnsupportedError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise UnsupportedError(
            f"{purpose} needs the Python package {package}, which is not installed ({error})",
            hint=install_command(extra),
        ) from error


def install_command(extra: str) -> str:
    """Return the shell command that adds an extra to the arfix that is running.

    pipx and uv keep a program in an environment of its own and have a command for it. A system's Python that refuses
    `pip install` gets an environment from pipx. Source of the marker file: PEP 668.
    """
    package = f"'arfix[{extra}]'"
    folder = Path(sys.prefix).as_posix()
    if "/pipx/venvs/" in folder:
        return f"pipx install --force {package}"
    if "/uv/tools/" in folder:
        return f"uv tool install --force {package}"
    marker = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    if sys.prefix == sys.base_prefix and marker.exists():
        return f"pipx install {package}"
    python = _python()
    if find_spec("pip") is None:
        return f"uv pip install --python {python} {package}"
    return f"{python} -m pip install {package}"


def _python() -> str:
    """Return the name under which a shell finds the Python that is running."""
    short = "python3"
    return short if shutil.which(short) == sys.executable else shlex.quote(sys.executable or short)
