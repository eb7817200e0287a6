"""Reads the log of a build line by line, in constant memory, and yields the lines in which a linker may speak.

Most lines of a log are of no interest. They are skipped by a search for a few words in a whole block of text, and cost
next to nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from arfix.diagnose.flood import Taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.diagnose.flood import Flood

#: Bytes that are read at once.
BLOCK: Final = 1 << 20
#: Characters of a line that are looked at; a longer one is cut.
LONGEST: Final = 8192
#: Bytes of an unfinished line that are kept.
_LONGEST_REST: Final = 1 << 18
#: Lines that follow a line of interest, for lists of places.
_FOLLOWING: Final = 6

#: How many pieces of a block are a sample of it, characters of each, and words that are looked for line by line.
_SAMPLES: Final = 4
_SAMPLE: Final = 4096
_USUAL: Final = 8

#: Words that many texts of linkers share; a text without any of them is searched for as a whole.
_WORDS: Final = (
    *("undefined", "definition", "symbol", "cannot ", "LNK", "ld: ", "lld", "mold: ", "gold: ", ">>> ", "relocation"),
    *("not found", "error: ", "fatal: ", "incompatible", "archive", "collect2", "unknown", "referenced from:"),
)

#: Escape sequences of terminals: colours and other CSI, and OSC (hyperlinks). Source: ECMA-48, sections 5.4 and 8.3.89.
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]?|\][^\x07\x1b]*+(?:\x07|\x1b\\)?|[@-Z\\^_])")

#: What build tools print in front of a line. Each part has a fixed beginning, and no two can match the same text.
_PREFIX: Final = re.compile(
    r"""
      \s++
    | \[\s{0,3}\d{1,7}/\d{1,7}\]\s | \[\s{0,3}\d{1,3}%\]\s           # ninja, cmake
    | \#\d{1,6}\s(?:\d{1,9}\.\d{1,6}\s)? | \#\#\[\w{1,12}\]            # docker buildx, GitHub Actions
    | \[?\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|\s?[+-]\d\d:?\d\d)?\]?(?=\s)   # time stamps
    | \[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?(?=\s)
    | =\snote:\s | note:\s(?=\S*ld) | \|\s                                     # rustc
    | \d{1,4}>(?=[\s\w/])                                                      # MSBuild
    | (?:\w[\w.-]{0,60}\s{1,20})\|\s                                           # docker compose
    | g?make(?:\[\d{1,3}\])?:\s(?!\*\*\*)
    | \[[\w.:/-]{1,60}\]\s(?=\S*(?:ld|collect2|lld|mold|gold)) | stderr:\s | ERROR:\s
    """,
    re.VERBOSE,
)
_MOST_PREFIXES: Final = 8


class Readable(Protocol):
    """A binary stream."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


class LogLine(NamedTuple):
    """A line of interest.

    Attributes:
        number: Its number, from 1.
        text: The line without escape sequences and without what build tools print in front of it.
        raw: The line as it is in the log, without escape sequences.
        following: The raw lines behind it, where the line announces a list.
    """

    number: int
    text: str
    raw: str
    following: tuple[str, ...] = ()


class LogReader:
    """Yields lines of interest of one log.

    Attributes:
        lines: How many lines have been read.
    """

    def __init__(self, stream: Readable, anchors: Iterable[str], flood: Flood | None = None) -> None:
        """Read from the stream the lines that have one of the anchors in them, and some more. Others are counted."""
        self._stream = stream
        self._flood = flood
        self._held: LogLine | None = None
        texts = dict.fromkeys((*_WORDS, *anchors))
        self._words = tuple(one for one in texts if not any(other in one for other in texts if other != one))
        self.lines = 0

    def __iter__(self) -> Iterator[LogLine]:
        """Yield the lines of interest in order."""
        rest = b""
        while chunk := self._stream.read(BLOCK):
            data = rest + chunk
            end = data.rfind(b"\n") + 1
            rest = data[end:][:_LONGEST_REST]
            if end:
                yield from self._of_block(data[:end].decode("utf-8", "surrogateescape"))
        if rest:
            yield from self._of_block(rest.decode("utf-8", "surrogateescape") + "\n")

    def _of_block(self, text: str) -> Iterator[LogLine]:
        text = without_escapes(text)  # a colour may begin in the midst of a message
        lines = text.split("\n")
        first = self.lines + 1
        self.lines += len(lines) - 1
        flood = self._flood
        for at in self._found(text, lines):
            raw = lines[at][:_LONGEST_REST]
            taken = Taken.NO if flood is None else flood.take(raw)
            if taken is Taken.COUNTED:
                continue
            if taken is Taken.HELD:
                self._held = LogLine(first + at, clean_line(raw[: 4 * LONGEST]), raw)
                continue
            if self._held is not None:
                yield self._held
                self._held = None
            line = clean_line(raw[: 4 * LONGEST])
            following: tuple[str, ...] = ()
            if line.endswith(":"):
                following = tuple([one[:LONGEST] for one in lines[at + 1 : at + 1 + _FOLLOWING]])
            yield LogLine(first + at, line, raw, following)

    def _found(self, text: str, lines: list[str]) -> list[int]:
        """Return which lines of the text hold one of the words.

        Where most lines hold one of a few words, they are looked for line by line, and the others in the lines left.
        """
        usual = self._usual_words(text)
        if not usual:
            return self._found_in_text(text)
        found: list[int] = []
        left: list[int] = []
        for at, line in enumerate(lines):
            for word in usual:
                if word in line:
                    found.append(at)
                    break
            else:
                left.append(at)
        others = self._found_in_text("\n".join([lines[at] for at in left]))
        return sorted([*found, *(left[at] for at in others)]) if others else found

    def _usual_words(self, text: str) -> list[str]:
        """Return a few words, the most frequent first, that most lines of a sample of the text hold; else none."""
        step = max(len(text) // _SAMPLES, 1)
        sample = "\n".join([text[at : at + _SAMPLE] for at in range(0, len(text), step)])
        counts = {word: count for word in self._words if (count := sample.count(word))}
        usual = sorted(counts, key=lambda word: -counts[word])[:_USUAL]
        lines = sample.split("\n")
        return usual if 2 * sum(any(word in line for word in usual) for line in lines) > len(lines) else []

    def _found_in_text(self, text: str) -> list[int]:
        """Return the numbers of the lines, from 0, that hold one of the words; each word is looked for on its own."""
        starts: set[int] = set()
        for word in self._words:
            at = text.find(word)
            while at >= 0:
                starts.add(text.rfind("\n", 0, at) + 1)
                end = text.find("\n", at)
                at = text.find(word, end) if end >= 0 else -1
        numbers: list[int] = []
        number = counted = 0
        for start in sorted(starts):
            number += text.count("\n", counted, start)
            counted = start
            numbers.append(number)
        return numbers


def without_escapes(text: str) -> str:
    """Return the text without the escape sequences of terminals."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def clean_line(raw: str) -> str:
    """Return a line as the linker printed it: no colours, no time stamps, nothing of ninja, cargo or docker."""
    line = without_escapes(raw).rstrip()
    if "\r" in line:  # a progress display that overwrites itself: what is left on the screen
        line = line.rpartition("\r")[2]
    if "\tLNK" in line:  # Visual Studio's list of errors, copied as a table
        line = _of_table(line)
    if line.endswith("proj]"):  # MSBuild names the project
        line = line.rpartition(" [")[0] or line
    line = line[:LONGEST]
    at = 0
    for _ in range(_MOST_PREFIXES):
        match = _PREFIX.match(line, at)
        if match is None:
            break
        at = match.end()
    return line[at:]


def _of_table(line: str) -> str:
    """Return a row of Visual Studio's list of errors as the linker printed it."""
    cells = line.split("\t")
    at = next((at for at, cell in enumerate(cells) if cell.startswith("LNK")), 0)
    if not 0 < at < len(cells) - 1:
        return line
    file = next((cell for cell in cells[at + 2 :] if cell.endswith((".obj", ".lib", ".exe", ".dll"))), "LINK")
    severity = cells[at - 1].lower().replace(" (active)", "").split()  # a time stamp may precede it
    return f"{file} : {severity[-1] if severity else 'error'} {cells[at]}: {cells[at + 1]}"
