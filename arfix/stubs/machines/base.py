"""What the module of a machine provides: code for each behaviour of a stub, with its relocations."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.stubs.elf_writer import NewRelocation
    from arfix.stubs.target import StubTarget


class Code(NamedTuple):
    """Machine code of one function.

    Attributes:
        text: The bytes.
        relocations: Offsets count from the start of `text`.
        entry: Where the function starts, in bytes from the start of `text` (behind a literal, on Xtensa).
        labels: Local symbols: name and offset in `text`; ARM's mapping symbols are of these.
        other: Bits for the function's `st_other` besides visibility.
    """

    text: bytes
    relocations: tuple[NewRelocation, ...] = ()
    entry: int = 0
    labels: tuple[tuple[str, int], ...] = ()
    other: int = 0


#: The symbol of the code's start in a relocation; a function name could be overridden by another definition.
TEXT = ".text"


class MachineCode(NamedTuple):
    """One machine's code. Values lie between -128 and 255, or with `zero_extends` are unsigned 32-bit numbers.

    Attributes:
        name: The field's usual word, for messages.
        align: Alignment of a function, in bytes; a power of two.
        leave: Return; with a number, in every register that a caller may take it from.
        fail: Call the function that returns the address of `errno`, store a number there, return another.
        trap: Stop the program.
        fail_tls: The same as `fail` with `errno` a thread-local variable (initial-exec); None if there is no code
            for it.
        jump: Go on in another function, stack and arguments as they are; None if the ABI does not let a function do
            so.
        rela: Relocations carry their addends; a function where that depends on the ABI.
        descriptors: Functions are reached through descriptors in `.opd`.
        copies: Types (or names) of sections to take over from `--like`.
        hardening: The property type of `FEATURE_1_AND`, and the bits that the code satisfies.
        entry_bit: Set in the value of a function symbol (Thumb).
        zero_extends: The callee extends an unsigned 32-bit result to 64 bits, and callers rely on it.
        accepts: Raises UnsupportedError for a target of this machine that the code would not run on.
    """

    name: str
    align: int
    leave: Callable[[StubTarget, int | None], Code]
    fail: Callable[[StubTarget, str, int, int], Code]
    trap: Callable[[StubTarget], Code]
    fail_tls: Callable[[StubTarget, str, int, int], Code] | None = None
    jump: Callable[[StubTarget, str], Code] | None = None
    rela: Callable[[StubTarget], bool] = lambda _target: True
    descriptors: Callable[[StubTarget], bool] = lambda _target: False
    copies: tuple[int | str, ...] = ()
    hardening: tuple[int, int] = (0, 0)
    entry_bit: Callable[[StubTarget], int] = lambda _target: 0
    zero_extends: bool = False
    accepts: Callable[[StubTarget], None] = lambda _target: None


def words(byte_order: str, *values: int) -> bytes:
    """Return 32-bit instruction words in `byte_order` (`little` or `big`)."""
    return pack(f"{'<' if byte_order == 'little' else '>'}{len(values)}I", *values)


def halves(byte_order: str, *values: int) -> bytes:
    """Return 16-bit instruction words in `byte_order` (`little` or `big`)."""
    return pack(f"{'<' if byte_order == 'little' else '>'}{len(values)}H", *values)
