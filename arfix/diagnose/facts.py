"""Reads the messages in a log: which family each line belongs to, and which symbols and files it names."""

from __future__ import annotations

import os.path
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.diagnose.families import FAMILIES, UNEXPLAINED
from arfix.linkage.message_shape import Shape, ShapeReader
from arfix.linkage.messages import SHAPES, without_default_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.diagnose.family import Family
    from arfix.diagnose.log import LogLine

#: In front of a message: the linker's name and a severity. The shapes of `linkage/messages.py` are for lines without.
_LEAD: Final = r"(?:^|(?:ld|gold|lld|mold|link|collect2)[\w.-]{0,40}:\s?(?:fatal error: |fatal: |error: |warning: )?)"
#: A file in which code or data is: not a source file.
_BINARY: Final = re.compile(
    r"(?P<file>(?<![^\s(\[\"'`])[^\s\"'`:()]{1,4000}\.(?:obj|o|lo|a|rlib|so|lib|dll|bc|dylib)(?:\.[\d.]+)?(?![\w.])(?:\((?!\.)[^()\s]*\))?)"
)
_SECTION: Final = re.compile(r"\.[^+\[)]*")
_OWN_NAME: Final = re.compile(r"(?:[\w.+]{1,40}-){0,6}(?:ld|gold|lld|mold|link|LINK|ld64)(?:[-.][\w.-]{1,20})?")
_SEVERITIES: Final = ("fatal error: ", "fatal: ", "error: ", "warning: ", "note: ")
#: Lines that are remembered with their meaning, and characters of the longest one.
_MOST_KNOWN: Final = 5000
_LONGEST_KNOWN: Final = 1000
_ARCHIVE: Final = " in archive "

#: Marks at which a link ends in failure.
_FAILED: Final = (
    "collect2: error: ld returned",
    "collect2: ld returned",
    "collect2.exe: error: ld returned",
    "linker command failed with exit code",
    "final link failed",
    "error: linking with ",
    "error LNK",
)


class Fact(NamedTuple):
    """One message.

    Attributes:
        family: The family of its text.
        line: Its line in the log.
        text: The line without colours and prefixes.
        symbol: The symbol it names.
        places: Files and members that it names.
        subject: The library, file, region or option that it is about.
        by: Who asked for that.
        amount: A number of bytes.
        section: The section it names, such as `.bss`.
        is_warning: Whether the linker calls it a warning.
        names_place: Whether its own line names the first place; else a line beside it does.
    """

    family: Family
    line: int
    text: str
    symbol: str | None = None
    places: tuple[str, ...] = ()
    subject: str = ""
    by: str = ""
    amount: int = 0
    section: str = ""
    is_warning: bool = False
    names_place: bool = False


#: Lines of programs that run: a loader speaks of undefined symbols as well, and of libraries that are not found.
_NO_LINKER: Final = (
    "symbol lookup error: ",
    "ImportError: ",
    "OSError: ",
    "UnsatisfiedLinkError",
    "error while loading shared libraries",
    "dlopen(",
    "Library not loaded: ",
)


def _shapes() -> Iterator[tuple[Family | None, Shape]]:
    for text in _NO_LINKER:
        yield None, Shape(text)
    for family in FAMILIES:
        for kind in family.kinds:
            for shape in SHAPES[kind]:
                yield family, shape._replace(head=shape.head.replace("^", _LEAD, 1))
        for shape in family.shapes:
            yield family, shape


#: Families whose messages are about definitions.
_OF_DEFINITIONS: Final = tuple(one for one in FAMILIES if one.id in {"duplicate-symbol", "discarded-section"})
READER: Final = ShapeReader(_shapes())
_CONTEXT: Final = "n function "
#: GNU ld, behind `cannot find -llibz`: a folder has `libz.a`, and `-l` looks for `liblibz.a`.
_NEAR_MISS: Final = "note to link with "
#: Texts that a log is searched for.
ANCHORS: Final = (
    *READER.anchors,
    _CONTEXT,
    _NEAR_MISS,
    ">>> ",
    *_FAILED,
    ": first defined here",
    ": previous definition here",
)


@dataclass(slots=True)
class FactReader:
    """Turns lines into facts, with what the lines before have said.

    Attributes:
        failed: The line at which a link failed, and its text.
        function_in: The file of the function that GNU ld named last.
    """

    failed: LogLine | None = None
    function_in: str = ""
    _open: Fact | None = None
    _raw: str = ""
    _known: dict[str, Fact] = field(default_factory=dict)

    def read(self, lines: Iterable[LogLine]) -> Iterator[Fact]:
        """Yield a fact for each message; a message of several lines is complete when it is yielded."""
        for line in lines:
            yield from self._read(line)
        yield from self._finished()

    def _finished(self) -> tuple[Fact, ...]:
        """Return the message that is open, and remember it for lines that are the same."""
        fact, self._open = self._open, None
        if fact is None:
            return ()
        if len(self._known) < _MOST_KNOWN and len(self._raw) < _LONGEST_KNOWN:
            self._known[self._raw] = fact
        return (fact,)

    def _read(self, line: LogLine) -> tuple[Fact, ...]:
        """Return the messages that are complete with this line."""
        known = self._known.get(line.raw)
        if known is not None:  # build tools print the same messages again and again
            return (*self._finished(), known)
        text = line.text
        if text.startswith(">>> "):
            self._continue(text)
            return ()
        if self._says_where(text):
            return ()
        match = READER.match(text)
        if match is None:
            if self.failed is None and any(mark in text for mark in _FAILED):
                self.failed = line
            return ()
        finished = self._finished()
        if match.key is not None:
            self._open = self._fact(line, match.key, match.head, match.parts)
            self._raw = line.raw
        return finished

    def _says_where(self, text: str) -> bool:
        """Take a line that only names a place of a message beside it; return whether it is one."""
        if ": first defined here" in text or ": previous definition here" in text:
            if "multiple definition" in text:
                return False
            self._add_place(_strip(text).partition(": ")[0])
        elif _CONTEXT in text and text.endswith(":"):
            self._remember_function(text)
        elif _NEAR_MISS in text:
            self._add_place(text.partition(_NEAR_MISS)[2].partition(" use -l:")[0])
        else:
            return False
        return True

    def _fact(self, line: LogLine, family: Family, head: str, parts: dict[str, str]) -> Fact:
        symbol = parts.get("symbol")
        if parts.get("imported"):
            symbol = f"__imp_{parts['imported']}"
        if symbol is not None and symbol.endswith(")"):  # Emscripten says who asks on the same line
            symbol = symbol.partition(" (referenced by ")[0]
        if symbol is not None and parts.get("version"):
            symbol = f"{symbol}@{parts['version']}"
        places = [short_place(place) if "/../" in place else place for place in self._places(head, parts)]
        for raw in line.following:
            if not (place := _listed(raw)):
                break
            places.append(place)
        return Fact(
            family,
            line.number,
            line.text,
            None if symbol is None else _undecorated(symbol.strip()),
            tuple(dict.fromkeys(places)),
            parts.get("subject", ""),
            parts.get("by", ""),
            int(parts["amount"][:18]) if parts.get("amount") else 0,
            _section(head),
            "warning" in head or "warning" in line.text[:40] or "LNK4" in head,
            bool(places) and ("place" in parts or "archive" in parts),
        )

    def _places(self, head: str, parts: dict[str, str]) -> Iterator[str]:
        if parts.get("archive"):
            yield f"{_strip(parts['archive'])}({parts.get('place') or parts.get('member', '')})"
        elif parts.get("place"):
            yield _strip(parts["place"])
        else:
            found = _BINARY.search(head, 0, 4000)
            if found is not None:
                yield found["file"]
            elif self.function_in and "(." in head and not parts.get("second"):
                yield self.function_in
        if parts.get("second"):
            second = _first_file(_strip(parts["second"]))
            yield second if _BINARY.search(second) or not self.function_in else self.function_in

    def _remember_function(self, text: str) -> None:
        place = _strip(text[: text.find(_CONTEXT)])
        found = _BINARY.search(place[:4000])
        self.function_in = found["file"] if found is not None else ""

    def _continue(self, text: str) -> None:
        """Take the place that lld or mold names behind a message."""
        for part in text.split(">>> "):
            archive = part.partition(_ARCHIVE)[2].strip()
            found = _BINARY.search(part[:4000])
            if "did you mean" in part or found is None:
                continue
            if part.startswith("defined in") and self._open is not None and self._open.family not in _OF_DEFINITIONS:
                continue  # where the symbol is that the message is about: nothing is wrong there
            place = found["file"]
            self._add_place(f"{archive}({os.path.basename(place)})" if archive and archive != place else place)

    def _add_place(self, place: str) -> None:
        place = short_place(_first_file(place))
        if self._open is not None and place and place not in self._open.places:
            self._open = self._open._replace(places=(*self._open.places, place)[:8])

    def unexplained(self) -> Fact | None:
        """Return a fact for a link that failed without any known message."""
        return None if self.failed is None else Fact(UNEXPLAINED, self.failed.number, self.failed.text)


def short_place(place: str) -> str:
    """Return a place without the `..` of an absolute path, as in `/usr/lib/gcc/x86_64-linux-gnu/12/../../../libz.a`.

    Relative paths stay: a folder in them may be a symbolic link of the project.
    """
    if "/../" not in place or not place.startswith("/"):
        return place
    path, mark, member = place.partition("(")
    return posixpath.normpath(path) + mark + member


def _undecorated(symbol: str) -> str:
    """Return an ELF symbol without a default version; names of Microsoft's compilers have `@@` in them."""
    if "@@" not in symbol or " " in symbol or symbol.startswith(('"', "?", "__imp_?")):
        return symbol
    return without_default_version(symbol)


def _strip(text: str) -> str:
    """Return the text without the linker's name and a severity in front."""
    text = text.strip()
    if ":" not in text:
        return text
    for _ in range(4):
        first, colon, rest = text.partition(":")
        if colon and len(first) < 4096 and _OWN_NAME.fullmatch(first.rpartition("/")[2].rpartition("\\")[2][:256]):
            text = rest.lstrip()
            continue
        if not text.startswith(_SEVERITIES):
            break
        text = text.partition(": ")[2]
    return text


def _first_file(text: str) -> str:
    """Return `a.o` for `a.o:a.c:(.text+0x1)`, and `lib.a(a.o)` for `lib.a(a.o):a.c`."""
    found = _BINARY.search(text[:4000])
    return found["file"] if found is not None else text.partition(":(")[0].strip()


def _section(head: str) -> str:
    """Return the section of `a.o:(.bss+0x0): `."""
    at = head.rfind("(.")
    found = _SECTION.match(head, at + 1, at + 200) if at >= 0 else None
    return "" if found is None else found[0]


def _listed(raw: str) -> str:
    """Return the file in a line of Apple's lists: `      _main in main.o`, `    /lib/libx.a(box.o)`."""
    if not raw.startswith((" ", "\t")):
        return ""
    text = raw.strip()
    text = text.rpartition(" in ")[2] if " in " in text else text
    return (
        text
        if re.fullmatch(r"\S{1,4000}\.(?:o|a|dylib|tbd|framework\S*)(?:[\[(]\S*)?|\S{1,4000}\([^()\s]*\)", text)
        else ""
    )
