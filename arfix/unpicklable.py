"""Public values that hold files open, and so cannot be pickled: `pickle` fails with what to do instead."""

from __future__ import annotations

TYPE_CHECKING = False  # not typing's: importing that costs half as much as Python's own start
if TYPE_CHECKING:
    from typing import NoReturn


def refuse_to_pickle(value: object, instead: str) -> NoReturn:
    """Raise the error of a value that cannot be pickled.

    Args:
        value: The value.
        instead: A sentence about what to send to another process instead.
    """
    raise TypeError(f"cannot pickle {type(value).__name__}, which holds files open. {instead}")
