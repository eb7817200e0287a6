"""What a stub does: values for `NAME=void`, `NAME=-1`, `NAME=ENOSYS`, `NAME=trap`, `NAME=data:16`, `NAME=alias:X`."""

from __future__ import annotations

from dataclasses import dataclass

from arfix.errors import EditError
from arfix.stubs.platform import CONSTANT_NAMES, ERROR_NAMES

#: Values a stub may return: what every machine can load in its shortest form.
LOWEST, HIGHEST = -128, 255
#: Data stubs above this are refused: no platform symbol is that large, and a slip of the keyboard is likely.
DATA_LIMIT = 1 << 24


@dataclass(frozen=True, slots=True)
class Void:
    """Return without a value."""

    def __str__(self) -> str:
        return "void"


@dataclass(frozen=True, slots=True)
class Return:
    """Return a number, in every register a caller may look in: as `int`, `long`, pointer, and `long long` if 0 or -1.

    `unsigned` says that the value is a 32-bit unsigned number given as its signed twin (WEOF is `0xffffffff`, not
    `-1L`).
    """

    value: int
    unsigned: bool = False

    def __str__(self) -> str:
        return f"{self.value}u" if self.unsigned else str(self.value)


@dataclass(frozen=True, slots=True)
class ReturnName:
    """Return a named constant (`ENOSYS`, `EAI_FAIL`), as functions do that report errors by their result."""

    name: str

    def __str__(self) -> str:
        return f"return:{self.name}"


@dataclass(frozen=True, slots=True)
class Fail:
    """Set `errno` and return a number."""

    value: int
    error: str
    unsigned: bool = False

    def __str__(self) -> str:
        if self.value == -1 and not self.unsigned:
            return self.error
        return f"{Return(self.value, self.unsigned)}/{self.error}"


@dataclass(frozen=True, slots=True)
class Trap:
    """Stop the program with the machine's trap instruction: for functions that have no honest way to fail."""

    def __str__(self) -> str:
        return "trap"


@dataclass(frozen=True, slots=True)
class Data:
    """Not a function: `size` zero bytes."""

    size: int

    def __str__(self) -> str:
        return f"data:{self.size}"


@dataclass(frozen=True, slots=True)
class Alias:
    """Do what another symbol does: a second name of a stub made along with it, else a jump to it."""

    other: str

    def __str__(self) -> str:
        return f"alias:{self.other}"


Behaviour = Void | Return | ReturnName | Fail | Trap | Data | Alias

GRAMMAR = (
    "void, a number, null, -1, ENOSYS or another error name, VALUE/ERROR, return:ERROR, trap, data:SIZE or alias:OTHER"
)


def parse_behaviour(text: str) -> Behaviour:
    """Return what `text`, the part after `NAME=`, asks for.

    Raises:
        EditError: It is none of the forms, or a number is out of range.
    """
    match text:
        case "void":
            return Void()
        case "trap":
            return Trap()
        case _ if text in ERROR_NAMES:
            return Fail(-1, text)
    head, colon, rest = text.partition(":")
    if colon:
        return _parse_tagged(head, rest, text)
    value, slash, error = text.partition("/")
    result = _parse_value(value, text)
    if not slash:
        return result
    if error not in ERROR_NAMES:
        raise EditError(f'behaviour "{text}": {error or "nothing"} is not an error name', hint=f"write {GRAMMAR}")
    return Fail(result.value, error, result.unsigned)


def _parse_tagged(head: str, rest: str, text: str) -> Behaviour:
    if head == "data" and rest.isascii() and rest.isdigit() and len(rest) < 12 and 0 < int(rest) <= DATA_LIMIT:
        return Data(int(rest))
    if head == "alias" and rest:
        return Alias(rest)
    if head == "return" and rest in CONSTANT_NAMES:
        return ReturnName(rest)
    hint = f"write {GRAMMAR}; SIZE is 1 to {DATA_LIMIT}"
    raise EditError(f'behaviour "{text}" is not understood', hint=hint)


def _parse_value(value: str, text: str) -> Return:
    if value == "null":
        return Return(0)
    digits = value.removesuffix("u")
    if digits.removeprefix("-").isascii() and digits.removeprefix("-").isdigit() and len(digits) < 6:
        number = int(digits)
        if LOWEST <= number <= HIGHEST:
            return Return(number, value.endswith("u"))
        raise EditError(f'behaviour "{text}": a stub returns {LOWEST} to {HIGHEST}', hint=f"write {GRAMMAR}")
    raise EditError(f'behaviour "{text}" is not understood', hint=f"write {GRAMMAR}")
