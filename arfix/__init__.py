"""arfix inspects, audits and repairs static archives (`.a`), so that libraries can be linked whole.

    import arfix

    with arfix.open("libcrypto.a") as archive:
        for member in archive:
            print(member.name, member.size)

Names are imported when they are first used: a program that wants one part of arfix does not pay for the others.
"""

from arfix.version import __version__

TYPE_CHECKING = False  # not typing's: importing that costs half as much as Python's own start
if TYPE_CHECKING:
    from arfix.archive.files import open_archive as open  # noqa: A004 (`arfix.open` reads as it should)
    from arfix.archive.files import save
    from arfix.archive.model import Archive, Index, Kind, Member
    from arfix.archive.oddity import Oddity, OddityKind
    from arfix.archive.read import read
    from arfix.errors import (
        AccessError,
        ArfixError,
        EditError,
        FormatError,
        RecipeError,
        UnsupportedError,
        Where,
    )
else:
    _HOMES = {
        "arfix.archive.files": ("save",),
        "arfix.archive.model": ("Archive", "Index", "Kind", "Member"),
        "arfix.archive.oddity": ("Oddity", "OddityKind"),
        "arfix.archive.read": ("read",),
        "arfix.errors": (
            "AccessError",
            "ArfixError",
            "EditError",
            "FormatError",
            "RecipeError",
            "UnsupportedError",
            "Where",
        ),
    }

    def __getattr__(name: str) -> object:
        """Import the public name from its home and keep it."""
        from importlib import import_module  # noqa: PLC0415 (start-up)

        if name == "open":
            globals()[name] = value = import_module("arfix.archive.files").open_archive
            return value
        for home, names in _HOMES.items():
            if name in names:
                value = getattr(import_module(home), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module 'arfix' has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Return every public name, whether used yet or not."""
        return sorted({*globals(), *__all__})


__all__ = [
    "AccessError",
    "Archive",
    "ArfixError",
    "EditError",
    "FormatError",
    "Index",
    "Kind",
    "Member",
    "Oddity",
    "OddityKind",
    "RecipeError",
    "UnsupportedError",
    "Where",
    "__version__",
    "open",
    "read",
    "save",
]
