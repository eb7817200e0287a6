"""Packages that can be called: `arfix.symbols(archive, ...)` works although `arfix.symbols` is a package.

Five functions of the library have the name of a package. Whichever of the two Python would find depends on what was
imported first. So each of these packages calls the function instead, as the Python reference describes under
"Customizing module attribute access".
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # not typing's: importing that costs half as much as Python's own start
if TYPE_CHECKING:
    from collections.abc import Callable

#: Package -> the module and the name of its function.
_FUNCTIONS: dict[str, tuple[str, str]] = {}


class _CallablePackage(ModuleType):
    """A package that is also a function."""

    @property
    def __wrapped__(self) -> Callable[..., object]:
        """The function: `inspect.signature` and `help` look for it here."""
        home, name = _FUNCTIONS[self.__name__]
        function: Callable[..., object] = getattr(import_module(home), name)
        return function

    @property
    def __annotations__(self) -> dict[str, object]:  # type: ignore[override]  # typeshed has a variable
        """The types of the function's parameters: `typing.get_type_hints` looks for them here."""
        from typing import get_type_hints  # noqa: PLC0415 (start-up)

        from arfix.type_hints import make_lazy  # noqa: PLC0415 (the same)

        make_lazy(self.__wrapped__)
        return get_type_hints(self.__wrapped__)

    def __call__(self, *arguments: object, **options: object) -> object:
        """Call the function."""
        return self.__wrapped__(*arguments, **options)


def make_callable(package: str, home: str, name: str) -> None:
    """Make a package callable: a call imports the module `home` and calls its function `name`."""
    _FUNCTIONS[package] = home, name
    sys.modules[package].__class__ = _CallablePackage
