"""Parses the messages of ld, gold, lld and mold; no other module knows how they are worded.

All are run with `LC_ALL=C` and `--no-demangle`. Each pattern has its samples, as printed by the real linkers, in
`tests/linkage/test_messages.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

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


_NAME = r"[`'‘\"](?P<symbol>[^`'’\"]+)['’\"]"  # noqa: RUF001 (GNU tools print curly quotes in UTF-8 locales)
_VERSION = r"(?:, version [`'](?P<version>[^']+)')?"
#: `:(.text+0x1)` behind a place.
_SPOT = r"(?::\([^()]*\))?"
#: Where GNU ld and gold found a definition; in a function it is named on the line before.
_PLACE = rf"(?:\([^()]*\)|(?P<second>.*?){_SPOT})"

#: What each kind of message looks like. Groups: `symbol`, `imported` (`f` of `__imp_f`), `place`, `second`
#: (another place), `archive` (of `place`).
_SHAPES: dict[MessageKind, tuple[str, ...]] = {
    MessageKind.UNDEFINED: (
        # GNU ld and gold
        rf"undefined reference to (?:symbol )?{_NAME}{_VERSION}",
        rf"more undefined references to {_NAME} follow",
        rf"(?:hidden|internal|protected) symbol {_NAME} (?:isn't defined|is not defined locally)",
        rf"relocation refers to global symbol {_NAME}, which is defined in a discarded section",
        # lld and mold
        r"undefined (?:hidden |protected |internal )?symbol: (?P<symbol>\S+)$",
        r"undefined symbol: __declspec\(dllimport\) (?P<imported>\S+)$",
        r"relocation refers to a symbol in a discarded section: (?P<symbol>\S+)$",
    ),
    MessageKind.DUPLICATE: (
        # mold, then lld, then GNU ld and gold
        r"duplicate symbol: (?P<second>.+): (?P<place>.+): (?P<symbol>\S+)$",
        r"duplicate symbol: (?P<symbol>\S+)$",
        rf"^{_PLACE}: multiple definition of {_NAME}(?:; (?P<place>.+?){_SPOT}: first defined here)?$",
    ),
    MessageKind.REJECTED: (
        r"member (?P<place>.+) in archive is not an object",
        # Files of thin members: gold and mold, GNU ld on demand, lld.
        r"^cannot open (?P<place>.+\.o): No such file or directory$",
        r"^(?P<place>\S+): error opening thin archive member",
        r"^(?P<archive>.+): could not get the buffer for (?:a child of|the member defining) .+?: '(?P<place>[^']+)'",
        r"^(?P<archive>.+): member (?P<place>.+) at \d+ is not an ELF object",
        r"^(?P<place>.+): not an ELF file",
        r"^(?P<place>\S+): (?:error adding symbols: )?file (?:not recognized|in wrong format|format not recognized)",
        r"architecture of input file [`'](?P<place>[^']+)' is incompatible",
        r"^(?P<place>\S+): incompatible (?:target|file type)",
        r"^(?P<place>\S+) is incompatible with",
        r"^(?P<place>\S+): unknown file type",
        r"^(?P<place>.+) has platform .+, which is different from target platform",
        # The file of a thin member is gone: lld, then gold and mold.
        r"^(?P<archive>.+): could not get the buffer for a child of the archive: '(?P<place>[^']+)'",
        r"^cannot open (?P<place>\S+\.o): (?:No such file|Permission denied)",
        r"^(?P<place>\S+): plugin needed to handle lto object",
        r"^(?P<place>\S+): don't know how to handle this LTO object file",
        r"^(?P<place>\S+): (?:corrupted|corrupt|invalid|unsupported|bad) (?:ELF|file|section|e_)",
    ),
    MessageKind.VERSION_NODE: (
        r"version node not found for symbol (?P<symbol>\S+)$",
        r"symbol (?P<symbol>\S+) has undefined version \S+$",
    ),
    MessageKind.THREAD_LOCAL: (
        r"^(?P<symbol>\S+): TLS (?:definition|reference) in .* mismatches (?:non-)?TLS ",
        rf"symbol {_NAME} used as both __thread and non-__thread",
        r"TLS attribute mismatch: (?P<symbol>\S+)$",
    ),
    MessageKind.DISCARDED: (
        r"^[`'](?P<symbol>[^']+)' referenced in section .*: defined in discarded section",
        r"relocation refers to local symbol \"(?P<symbol>[^\"]*)\".*, which is defined in a discarded section",
        r"relocation refers to a discarded section: (?P<symbol>\S+)$",
    ),
    MessageKind.HIDDEN: (rf"(?:hidden|internal|non-exported) symbol {_NAME} in .* is referenced by DSO",),
    MessageKind.NO_SECTION: (r"^(?P<place>.+): (?P<symbol>\S+) should not refer to special section 0",),
    MessageKind.OUT_OF_RANGE: (
        # GNU ld, lld, mold, gold
        rf"relocation truncated to fit: R_\w+ against (?:symbol )?{_NAME}",
        r"relocation R_\w+ out of range: .*; references '?(?P<symbol>[^\s']+)'?",
        r"relocation R_\w+ against (?P<symbol>\S+) out of range",
        rf"relocation overflow(?: in R_\w+)?(?:: reference to (?:local symbol )?{_NAME})?",
        r"relocation truncated to fit|relocation R_\w+ out of range",
    ),
    # Position-dependent code: each linker refuses it with messages of its own.
    MessageKind.RELOCATION: (
        rf"^(?P<place>\S+?){_SPOT}: relocation R_\w+ against (?:[a-z ]*symbol )?{_NAME} can ?not be used",
        rf"relocation R_\w+ cannot be used against symbol {_NAME}",
        rf"R_\w+ relocation at offset \S+ against symbol {_NAME} can not be used",
        rf"^(?P<place>\S+?){_SPOT}: requires (?:unsupported )?dynamic (?:R_\w+ )?reloc (?:R_\w+ )?(?:against {_NAME})?",
        r"against (?:undefined|preemptible|global|protected) symbol (?P<symbol>\S+) cannot be used",
        r"cannot preempt symbol: (?P<symbol>\S+)$",
        r"unsupported TLSLE reloc",
        r"unsupported reloc \d+ against (?:local symbol|global symbol (?P<symbol>\S+))",
        r"can(?: ?not|'t) be used (?:against|when making|with -shared)",
        r"recompile with -f(?:PIC|PIE|pic|pie)",
        r"unresolvable (?:relocation R_\w+|R_\w+ relocation)",
        r"read-only segment has dynamic relocations",
    ),
}
_PATTERNS = tuple((kind, re.compile(shape)) for kind, shapes in _SHAPES.items() for shape in shapes)

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
    for kind, pattern in _PATTERNS:
        match = pattern.search(line)
        if match is None:
            continue
        if kind is MessageKind.RELOCATION and _WARNING.search(raw):
            return
        yield from _named(kind, line, match.groupdict())
        return
    if not _NOISE.search(line) and not _WARNING.search(raw):
        yield Message(MessageKind.OTHER, line)


def _named(kind: MessageKind, line: str, parts: dict[str, str | None]) -> Iterator[Message]:
    symbol, place = parts.get("symbol"), parts.get("place")
    if parts.get("imported"):  # lld-link never names the pointer itself
        symbol = f"__imp_{parts['imported']}"
    if symbol is not None and parts.get("version"):
        symbol = f"{symbol}@{parts['version']}"
    if symbol is not None:
        symbol = _without_default_version(symbol)
    if parts.get("archive"):
        place = f"{_clean(parts['archive'] or '')}({place})"
    if place is not None or not parts.get("second"):
        yield Message(kind, line, symbol, place and _clean(place))
    if parts.get("second"):
        yield Message(kind, line, symbol, _clean(parts["second"] or ""))


def _without_default_version(symbol: str) -> str:
    """Return `foo` for `foo@@V1`: the default version is the symbol itself."""
    name = SymbolName.parse(symbol)
    return name.base if name.is_default else symbol


def _clean(place: str) -> str:
    return _SEVERITY.sub("", _OWN_NAME.sub("", place)).strip()
