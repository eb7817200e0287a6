"""The one error tree of arfix, and how a place inside nested archives is written.

Every failure the library foresees is an `ArfixError`; nothing else leaves a public function for any input bytes, except
`MissingPackageError` where the package LIEF is needed and not installed.
A message says *where* it was, *what was read* and *what was expected*; `hint` names the nearest command that helps.
The CLI turns these into exit codes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place: a file, the members that lead inward from it, and an offset in the innermost of them.

    Attributes:
        path: The outermost file as the user named it; `<bytes>` for bytes in memory, `-` for standard input.
        members: Member names from the outside in; empty for the file itself.
        offset: Bytes from the start of the innermost container, or None for the container itself.
        line: The line of a text file, from 1; None elsewhere.
    """

    path: str
    members: tuple[str, ...] = ()
    offset: int | None = None
    line: int | None = None

    def at(self, offset: int) -> Where:
        """Return the same container at another offset (bytes from its start)."""
        return Where(self.path, self.members, offset)

    def inside(self, member: str) -> Where:
        """Return the member of that name in this container, without an offset."""
        return Where(self.path, (*self.members, member))

    def __repr__(self) -> str:
        """Return the place as text, on one line."""
        text = str(self)
        return f"Where({text if len(text) <= 90 else '...' + text[-90:]!r})"

    def __str__(self) -> str:
        """Return `libffi.a(libposix.a(open.o))+0x44`, the spelling used everywhere a person reads it."""
        place = self.path + "".join(f"({name}" for name in self.members) + ")" * len(self.members)
        if self.line is not None:
            return f"{place}:{self.line}"
        return place if self.offset is None else f"{place}+{self.offset:#x}"


class ArfixError(Exception):
    """Base of every foreseen failure.

    Attributes:
        message: What was read and what was expected, without the place.
        where: The place, or None if no input is at fault.
        hint: What to do next, as one sentence; None if nothing better than the message is known.
    """

    def __init__(self, message: str, *, where: Where | None = None, hint: str | None = None) -> None:
        """Keep the parts apart so that reports can lay them out."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Return what `pickle` keeps: all parts, whatever a subclass takes to make one."""
        return _remake, (type(self), self.args, self.__dict__)

    def within(self, where: Where) -> ArfixError:
        """Return the same error in `where`, at the offset it has already: readers of objects do not know the file."""
        offset = where.offset if self.where is None else self.where.offset
        return type(self)(self.message, where=Where(where.path, where.members, offset), hint=self.hint)

    def __str__(self) -> str:
        """Return `where: message`, without the hint."""
        return self.message if self.where is None else f"{self.where}: {self.message}"


class FormatError(ArfixError):
    """The bytes are wrong: no reading of them holds."""


class UnsupportedError(ArfixError):
    """The bytes are right, but arfix does not handle them (yet, or at all)."""


class EditError(ArfixError):
    """The edit cannot hold: a member is not there, is still needed, or the result could not be written."""


class UsageError(ArfixError):
    """The arguments of a command or function contradict each other, or one is missing."""


class RecipeError(ArfixError):
    """A recipe, baseline or lock file is wrong."""


class AccessError(ArfixError):
    """The operating system refused: no such file, no permission, disk full. The `OSError` is the `__cause__`."""


class MissingPackageError(ImportError):
    """An optional Python package is needed and is not installed here.

    It is no `ArfixError`: nothing is wrong with the input, and the places that go on after a member that they cannot
    read must not take the member for damaged.

    Attributes:
        message: What needs which package.
        hint: How to install it.
    """

    def __init__(self, message: str, *, name: str, hint: str) -> None:
        """Keep the package's name as `ImportError` does."""
        super().__init__(message, name=name)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Return what `pickle` keeps: all parts."""
        return _remake, (type(self), self.args, {**self.__dict__, "name": self.name})


def _remake(cls: type[BaseException], args: tuple[object, ...], parts: dict[str, object]) -> BaseException:
    """Return the error that was pickled."""
    error = cls.__new__(cls, *args)
    error.args = args
    for name, value in parts.items():
        setattr(error, name, value)
    return error
