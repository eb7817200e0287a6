"""The optional packages that a survey needs, and the error where one is missing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError

if TYPE_CHECKING:
    from types import ModuleType


def require(module: str, extra: str = "survey") -> ModuleType:
    """Return an optional package, imported.

    Args:
        module: The package.
        extra: The extra of arfix that installs it.

    Raises:
        UnsupportedError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UnsupportedError(
            f"this needs the Python package {module.partition('.')[0]}, which is not installed ({error})",
            hint=f"pip install 'arfix[{extra}]'",
        ) from error
