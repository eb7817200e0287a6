"""What is known about one cause when its sentence and its cures are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.diagnose.link_line import InputWord, container

if TYPE_CHECKING:
    from arfix.diagnose.family import Family
    from arfix.diagnose.link_line import LinkLine
    from arfix.diagnose.origin import Origin


@dataclass(frozen=True, slots=True)
class Situation:
    """One cause, before it is put into words.

    Attributes:
        family: Its family.
        symbols: The symbols, as the log has them.
        symbol_count: How many there are.
        places: Files and members that the messages name.
        subject: The library, region, file or option it is about.
        by: Who asked for that.
        sections: Sections that the messages name, such as `.bss`.
        amount: The largest number of bytes that is named.
        text: The first message.
        origin: The library that the symbols are from; None for families that do not ask.
        line: The link command in the log, or None.
        is_macho: The linker is Apple's.
        is_cargo: rustc ran the link.
        in_vain: A file of the link defines a symbol, and that does not count.
        definitions: For duplicates the places of each symbol.
    """

    family: Family
    symbols: tuple[str, ...]
    symbol_count: int
    places: tuple[str, ...]
    subject: str
    by: tuple[str, ...]
    sections: tuple[str, ...]
    amount: int
    text: str
    origin: Origin | None
    line: LinkLine | None
    is_macho: bool = False
    is_cargo: bool = False
    in_vain: bool = False
    definitions: tuple[tuple[str, ...], ...] = ()

    @property
    def own_library(self) -> str:
        """The file of the library that lacks its own symbols; empty where none of its members asks for them."""
        name = "" if self.origin is None else self.origin.name.removeprefix("lib")
        files = (container(place) for place in self.places)
        return next((file for file in files if name and InputWord(file, 0).lib_name == name), "")
