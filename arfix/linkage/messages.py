"""Parses the messages of ld, gold, lld and mold; no other module knows how they are worded.

All are run with `LC_ALL=C` and `--no-demangle`. Each pattern has its samples, as printed by the real linkers, in
`tests/linkage/test_messages.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from arfix.linkage.message_shape import QUOTED, SPOT, Shape, ShapeReader
from arfix.symbols.name import SymbolName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class MessageKind(Enum):
    """The subject of a message."""

    UNDEFINED = "undefined"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    RELOCATION = "relocation"
    VERSION_NODE = "version-node"
    UNDEFINED_VERSION = "undefined-version"
    LIBRARY_UNDEFINED = "library-undefined"
    THREAD_LOCAL = "thread-local"
    DISCARDED = "discarded"
    OUT_OF_RANGE = "out-of-range"
    HIDDEN = "hidden"
    NO_SECTION = "no-section"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, or one part of it that names one symbol or member.

    Attributes:
        kind: What it is about.
        text: The line as printed, without the linker's own name.
        symbol: The symbol it names, `name@VER` for a versioned one.
        place: The file or member it names, as printed.
    """

    kind: MessageKind
    text: str
    symbol: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """Everything one run of a linker said."""

    messages: tuple[Message, ...]

    def of(self, kind: MessageKind) -> tuple[Message, ...]:
        """Return the messages of one kind, in order."""
        return tuple(message for message in self.messages if message.kind is kind)

    def symbols(self, kind: MessageKind) -> frozenset[str]:
        """Return the symbols that messages of one kind name."""
        return frozenset(message.symbol for message in self.of(kind) if message.symbol is not None)

    @property
    def undefined(self) -> frozenset[str]:
        """Symbols called undefined."""
        return self.symbols(MessageKind.UNDEFINED)

    @property
    def duplicates(self) -> Mapping[str, tuple[str, ...]]:
        """Symbols called multiply defined, each with the places named, the first definition first."""
        places: dict[str, dict[str, None]] = {}
        for message in self.of(MessageKind.DUPLICATE):
            if message.symbol is not None:
                places.setdefault(message.symbol, {}).update({message.place: None} if message.place else {})
        return {symbol: tuple(found) for symbol, found in places.items()}

    @property
    def rejected(self) -> tuple[str, ...]:
        """Files and members that the linker would not take, each once."""
        return tuple(dict.fromkeys(one.place for one in self.of(MessageKind.REJECTED) if one.place is not None))


_VERSION = r"(?:, version [`'](?P<version>[^']+)')?"
#: The place at the start of a line, with the place in a section that may follow it.
_PLACE = rf"^(?P<place>\S+?){SPOT}$"
_RELOCATED = rf"R_\w+ against (?:[a-z ]*symbol )?{QUOTED}"

#: What each kind of message looks like. Groups: `symbol`, `imported` (`f` of `__imp_f`), `place`, `second`
#: (another place), `archive` (of `place`).
SHAPES: Final[dict[MessageKind, tuple[Shape, ...]]] = {
    # lld 14, and later ones; mold. GNU ld and gold have no words of their own for it.
    MessageKind.LIBRARY_UNDEFINED: (
        Shape(": --no-allow-shlib-undefined: undefined symbol: ", r"(?P<symbol>\S+)$"),
        Shape(" [--no-allow-shlib-undefined]", head=r": undefined reference to (?P<symbol>\S+)$"),
        Shape("undefined reference: ", r"(?P<symbol>\S+)$"),
    ),
    MessageKind.UNDEFINED: (
        # GNU ld and gold
        Shape("undefined reference to ", rf"(?:symbol )?{QUOTED}{_VERSION}"),
        Shape("more undefined references to ", rf"{QUOTED} follow"),
        Shape(" isn't defined", head=rf"(?:hidden|internal|protected) symbol {QUOTED}$"),
        Shape(" is not defined locally", head=rf"(?:hidden|internal|protected) symbol {QUOTED}$"),
        Shape("relocation refers to global symbol ", rf"{QUOTED}, which is defined in a discarded section"),
        Shape(" referenced in expression", head=rf"(?:undefined|unresolvable) symbol {QUOTED}$"),
        # lld and mold
        Shape("symbol not found: ", r"(?P<symbol>\S+)$"),
        Shape("undefined symbol: __declspec(dllimport) ", r"(?P<imported>\S+)$"),
        Shape("undefined symbol: ", r"(?P<symbol>\S.*)$"),
        Shape("undefined hidden symbol: ", r"(?P<symbol>\S.*)$"),
        Shape("undefined protected symbol: ", r"(?P<symbol>\S.*)$"),
        Shape("undefined internal symbol: ", r"(?P<symbol>\S.*)$"),
        Shape("relocation refers to a symbol in a discarded section: ", r"(?P<symbol>\S.*)$"),
    ),
    MessageKind.DUPLICATE: (
        # mold, then lld, then GNU ld and gold
        Shape("duplicate symbol: ", r"(?P<second>\S[^:]*): (?P<place>[^:]+): (?P<symbol>\S.*)$"),
        Shape("duplicate symbol: ", r"(?P<symbol>\S.*)$"),
        Shape(
            "multiple definition of ",
            rf"{QUOTED}(?:; (?P<place>[^:]+?)(?::[^()]*)?{SPOT}: first defined here)?$",
            rf"^(?:\([^()]*\)|(?P<second>.*?){SPOT}): $",
        ),
    ),
    MessageKind.REJECTED: (
        Shape(" in archive is not an object", head=r"member (?P<place>\S.*)$"),
        # Files of thin members: gold and mold, GNU ld on demand, lld.
        Shape("cannot open ", r"(?P<place>.+\.o): (?:No such file or directory|Permission denied)$", r"^$"),
        Shape(": error opening thin archive member", head=r"^(?P<place>\S+)$"),
        Shape(": could not get the buffer for a child of ", r"[^']*: '(?P<place>[^']+)'", r"^(?P<archive>.+)$"),
        Shape(": could not get the buffer for the member defining ", r".*: '(?P<place>[^']+)'", r"^(?P<archive>.+)$"),
        Shape(": member ", r"(?P<place>.+?) at \d+ is not an ELF object", r"^(?P<archive>.+)$"),
        Shape(": not an ELF file", head=r"^(?P<place>.+)$"),
        Shape(
            ": error adding symbols: file ",
            r"(?:not recognized|in wrong format|format not recognized)",
            r"^(?P<place>\S+)$",
        ),
        Shape(": file ", r"(?:not recognized|in wrong format|format not recognized)", r"^(?P<place>\S+)$"),
        Shape("architecture of input file ", r"[`'‘](?P<place>[^'’]+)['’] is incompatible"),  # noqa: RUF001
        Shape(": incompatible ", r"(?:target|file type)", r"^(?P<place>\S+)$"),
        Shape(" is incompatible with", head=r"^(?P<place>\S+)$"),
        Shape(": unknown file type", head=r"^(?P<place>\S+)$"),
        Shape(" has platform ", r".+, which is different from target platform", r"^(?P<place>.+)$"),
        Shape(": plugin needed to handle lto object", head=r"^(?P<place>\S+)$"),
        Shape(": don't know how to handle this LTO object file", head=r"^(?P<place>\S+)$"),
        Shape(": ", r"(?:corrupted|corrupt|invalid|unsupported|bad) (?:ELF|file|section|e_)", r"^(?P<place>\S+)$"),
    ),
    MessageKind.VERSION_NODE: (
        Shape("version node not found for symbol ", r"(?P<symbol>\S+)$"),
        Shape(" has undefined version ", r"\S+$", r"symbol (?P<symbol>\S+)$"),
    ),
    MessageKind.UNDEFINED_VERSION: (
        # GNU ld; gold and lld
        Shape(": undefined version: ", r"\S+$", r"^(?P<symbol>\S+)$"),
        Shape(
            "version script assignment of ",
            r"'?[^\s']+'? to symbol '?(?P<symbol>[^\s']+)'? failed: symbol not defined",
        ),
    ),
    MessageKind.THREAD_LOCAL: (
        Shape(": TLS definition in ", r".* mismatches (?:non-)?TLS ", r"^(?P<symbol>\S+)$"),
        Shape(": TLS reference in ", r".* mismatches (?:non-)?TLS ", r"^(?P<symbol>\S+)$"),
        Shape(" used as both __thread and non-__thread", head=rf"symbol {QUOTED}$"),
        Shape("TLS attribute mismatch: ", r"(?P<symbol>\S+)$"),
    ),
    MessageKind.DISCARDED: (
        Shape("' referenced in section ", r".*: defined in discarded section", r"^[`'](?P<symbol>[^']+)$"),
        Shape(
            'relocation refers to local symbol "',
            r"(?P<symbol>[^\"]*)\".*, which is defined in a discarded section",
        ),
        Shape("relocation refers to a discarded section: ", r"(?P<symbol>\S+)$"),
    ),
    MessageKind.HIDDEN: (
        Shape(" is referenced by DSO", head=rf"(?:hidden|internal|non-exported) symbol {QUOTED} in .*$"),
    ),
    MessageKind.NO_SECTION: (
        Shape(" should not refer to special section 0", head=r"^(?P<place>.+): (?P<symbol>\S+)$"),
    ),
    MessageKind.OUT_OF_RANGE: (
        # GNU ld, lld, mold, gold
        Shape("relocation truncated to fit: R_", rf"\w+ against (?:symbol )?{QUOTED}"),
        Shape("relocation R_", r"\w+ out of range: .*; references '?(?P<symbol>[^\s']+)'?"),
        Shape(" out of range", head=r"relocation R_\w+ against (?P<symbol>\S+)$"),
        Shape("relocation overflow", rf"(?: in R_\w+)?(?:: reference to (?:local symbol )?{QUOTED})?"),
        Shape("relocation truncated to fit"),
        Shape("relocation R_", r"\w+ out of range"),
    ),
    # Position-dependent code: each linker refuses it with messages of its own.
    MessageKind.RELOCATION: (
        Shape(": relocation ", rf"{_RELOCATED} can ?not be used", _PLACE),
        Shape("relocation R_", rf"\w+ cannot be used against symbol {QUOTED}"),
        Shape(" relocation at offset ", rf"\S+ against symbol {QUOTED} can not be used", r"R_\w+$"),
        Shape(": requires ", rf"(?:unsupported )?dynamic (?:R_\w+ )?reloc (?:R_\w+ )?(?:against {QUOTED})?", _PLACE),
        Shape(" cannot be used", head=r"against (?:undefined|preemptible|global|protected) symbol (?P<symbol>\S+)$"),
        Shape("cannot preempt symbol: ", r"(?P<symbol>\S+)$"),
        Shape(" cannot be preempted", head=rf"symbol {QUOTED}$"),
        Shape("non-canonical reference to canonical protected function ", QUOTED),
        Shape("copy relocation against non-copyable protected symbol ", QUOTED),
        Shape("copy relocation for protected symbol ", QUOTED),
        Shape(": reloc against ", r"[`'](?P<symbol>[^']+)': error \d+$", _PLACE),
        Shape("unsupported TLSLE reloc"),
        Shape("unsupported reloc ", r"\d+ against (?:local symbol|global symbol (?P<symbol>\S+))"),
        *(Shape(f" be used {word}", head=r"can(?: ?not|'t)$") for word in ("against", "when making", "with -shared")),
        Shape("recompile with -f", "(?:PIC|PIE|pic|pie)"),
        Shape("unresolvable relocation R_"),
        Shape("unresolvable R_", r"\w+ relocation"),
        Shape("read-only segment has dynamic relocations"),
    ),
}
_READER = ShapeReader((kind, shape) for kind, shapes in SHAPES.items() for shape in shapes)

#: Lines that say nothing on their own.
_NOISE = re.compile(
    r"cannot find entry symbol|^\s*$|^>>> |in function [`']|final link failed|previous definition here|LLVM ERROR"
    r"|dangerous relocation: unsupported|has a LOAD segment with RWX|missing \.note\.GNU-stack|NOTE: This behaviour"
    r"|creating DT_TEXTREL|failed to set dynamic section sizes|collect2: error|alignment \d+ of (?:normal )?symbol"
    r"|the vtable symbol may be undefined|did you mean|see --no-allow-shlib-undefined"
    r"|section group signature|prevailing definition"
)
#: lld names the places of a duplicate on the lines that follow.
_LLD_DEFINED = re.compile(r"^>>> defined (?:at|in) (?P<place>.+?)(?::\([^)]*\))?(?: in archive (?P<archive>.+))?$")
_OWN_NAME = re.compile(r"^(?:\S*(?:ld|gold|lld|mold)[-.\w]*): ")
_SEVERITY = re.compile(r"^(?:error|fatal error|fatal|warning): ")
_WARNING = re.compile(r"\bwarning: ")


def parse_messages(text: str) -> Messages:
    """Return what a linker printed on standard error. Unknown lines become `OTHER`, unknown warnings are left out."""
    return Messages(tuple(_parse(text.splitlines())))


def _parse(lines: Iterable[str]) -> Iterator[Message]:
    last: Message | None = None
    for raw in lines:
        continued = _LLD_DEFINED.match(raw)
        if continued and last is not None and last.kind is MessageKind.DUPLICATE:
            place = continued["place"]
            whole = f"{continued['archive']}({place})" if continued["archive"] else place
            yield Message(MessageKind.DUPLICATE, raw, last.symbol, whole)
            continue
        line = _SEVERITY.sub("", _OWN_NAME.sub("", raw))
        if line.startswith("warning: "):
            line = line.removeprefix("warning: ")
        found = list(_match(line, raw))
        if found:
            last = found[-1]
        yield from found


def _match(line: str, raw: str) -> Iterator[Message]:
    found = _READER.match(line)
    if found is not None:
        if found.key is MessageKind.RELOCATION and _WARNING.search(raw):
            return
        yield from _named(found.key, line, found.parts)
        return
    if not _NOISE.search(line) and not _WARNING.search(raw):
        yield Message(MessageKind.OTHER, line)


def _named(kind: MessageKind, line: str, parts: dict[str, str]) -> Iterator[Message]:
    symbol, place = parts.get("symbol"), parts.get("place")
    if parts.get("imported"):  # lld-link never names the pointer itself
        symbol = f"__imp_{parts['imported']}"
    if symbol is not None and parts.get("version"):
        symbol = f"{symbol}@{parts['version']}"
    if symbol is not None:
        symbol = without_default_version(symbol)
    if parts.get("archive"):
        place = f"{_clean(parts['archive'] or '')}({place})"
    if place is not None or not parts.get("second"):
        yield Message(kind, line, symbol, place and _clean(place))
    if parts.get("second"):
        yield Message(kind, line, symbol, _clean(parts["second"] or ""))


def without_default_version(symbol: str) -> str:
    """Return `foo` for `foo@@V1`: the default version is the symbol itself."""
    name = SymbolName.parse(symbol)
    return name.base if name.is_default else symbol


def _clean(place: str) -> str:
    return _SEVERITY.sub("", _OWN_NAME.sub("", place)).strip()
