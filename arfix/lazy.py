"""`lazy`, a `functools.cached_property` without the lock that Python 3.11 takes for each value.

A survey makes ten such values for each of a hundred thousand members, where the lock costs more than most values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import cached_property as lazy
else:

    class lazy:  # noqa: N801 (used as a decorator)
        """Computes an attribute when it is first read, and keeps it in the instance, which needs a `__dict__`."""

        def __init__(self, function: Callable[[Any], Any]) -> None:
            self._function = function
            self._name = function.__name__
            self.__doc__ = function.__doc__

        def __get__(self, instance: Any, owner: Any = None) -> Any:  # noqa: ANN401 (of any type)
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self._function(instance)
            return value


__all__ = ["lazy"]
