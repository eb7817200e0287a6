"""Symbol names with their versions, as ELF objects spell them: `f`, `f@V1`, `f@@V2`.

Source: GNU as manual, `.symver`: `@@` marks the default version, which a plain `f` means too; a single `@` marks an
older one, or a reference to exactly that version.
"""

from __future__ import annotations

from typing import NamedTuple

#: Names that begin so are mangled by Microsoft's rules: `?f@@YAHXZ`, and `@f@8` of fastcall. They have no versions.
_MICROSOFT = ("?", "@")


class SymbolName(NamedTuple):
    """A symbol name, split into its parts.

    Attributes:
        base: The name without its version.
        version: The version, or None if there is none.
        is_default: Whether a plain reference to `base` may use this definition: `f@@V2`. False for plain names.
    """

    base: str
    version: str | None = None
    is_default: bool = False

    @classmethod
    def parse(cls, text: str) -> SymbolName:
        """Return the parts of a name as an object or an archive's index spells it; every text is a name."""
        if "@" not in text or text.startswith(_MICROSOFT):
            return cls(text)
        base, _, version = text.partition("@")
        return cls(base, version.removeprefix("@"), version.startswith("@"))

    def __str__(self) -> str:
        """Return the name as an object spells it."""
        if self.version is None:
            return self.base
        return f"{self.base}{'@@' if self.is_default else '@'}{self.version}"

    @property
    def reference(self) -> str:
        """The reference that means exactly this definition: `f@V2` for `f@@V2`, `f` for `f`."""
        return self.base if self.version is None else f"{self.base}@{self.version}"

    @property
    def satisfied(self) -> tuple[str, ...]:
        """The references that a definition of this name satisfies in GNU ld: `f@@V2` gives `f` and `f@V2`."""
        return (self.base, self.reference) if self.is_default else (self.reference,)


def base_name(text: str) -> str:
    """Return a name without its version."""
    return SymbolName.parse(text).base if "@" in text else text


def spellings_of(definition: str) -> tuple[str, ...]:
    """Return every spelling of a definition, its own first: `f@@V2`, `f@V2` and `f` for `f@@V2`."""
    if "@@" not in definition:
        return (definition,)
    return tuple(dict.fromkeys((definition, *reversed(SymbolName.parse(definition).satisfied))))


def satisfied_by(definition: str) -> tuple[str, ...]:
    """Return the references that a definition of that spelling satisfies: `f` and `f@V2` for `f@@V2`."""
    return SymbolName.parse(definition).satisfied if "@@" in definition else (definition,)
