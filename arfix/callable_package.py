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

    def __call__(self, *arguments: object, **options: object) -> object:
        """Call the function."""
        return self.__wrapped__(*arguments, **options)


def make_callable(package: str, home: str, name: str) -> None:
    """Make a package callable: a call imports the module `home` and calls its function `name`."""
    _FUNCTIONS[package] = home, name
    sys.modules[package].__class__ = _CallablePackage
