"""The values that an HTML report consists of. Every verb fills the same kinds of sections.

Texts are shown as they are: `render.py` makes names printable, and no text is ever taken for markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Tone(Enum):
    """How something is coloured. The value is the class in the style sheet."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    NEUTRAL = "neutral"


class CellKind(Enum):
    """What the cells of a column are. The value is the word in the data of the page."""

    TEXT = "text"
    NAME = "name"
    """A name from a file, shown in the typeface of code."""
    NUMBER = "number"
    SIZE = "size"
    """A number of bytes."""
    TONE = "tone"
    """A word that is painted in the tone of its row."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one question: for one target, one linker, one image, one log.

    Attributes:
        subject: What it is about: `pie`, `GNU ld 2.44`.
        tone: Good or bad.
        word: The answer in a word or two: `clean`, `2 errors`.
        text: One more sentence; may be empty.
        command: A command that shows or does it, ready to paste; may be empty.
    """

    subject: str
    tone: Tone
    word: str
    text: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class VerdictGroup:
    """Verdicts that answer the same question, with a title."""

    title: str
    verdicts: tuple[Verdict, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class SymbolText:
    """A symbol as objects store it, and demangled; `plain` is empty if it is not mangled."""

    name: str
    plain: str = ""


@dataclass(frozen=True, slots=True)
class CureText:
    """What repairs a cause.

    Attributes:
        command: A command line, ready to paste; may be empty.
        text: A sentence; may be empty.
        is_unsafe: A person has to decide: programs that linked before may change.
        costs: What is lost, as sentences.
        is_help: It repairs nothing, but explains more.
    """

    command: str = ""
    text: str = ""
    is_unsafe: bool = False
    costs: tuple[str, ...] = ()
    is_help: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One cause.

    Attributes:
        tone: Bad for an error, warn for a warning, neutral for a remark.
        label: The severity and the rule: `error undefined-symbol`.
        title: The cause in one sentence.
        why: Why it matters; may be empty.
        place: The archive or log; may be empty.
        members: Members that are concerned.
        member_count: How many there are; `members` may be the first ones.
        symbols: Symbols that are concerned.
        symbol_count: How many there are; `symbols` may be the first ones.
        points: Further sentences.
        cures: What repairs it, the best first.
        search: A text that finds the rows of this cause in the table of findings; may be empty.
        rows: How many rows that are.
    """

    tone: Tone
    label: str
    title: str
    why: str = ""
    place: str = ""
    members: tuple[str, ...] = ()
    member_count: int = 0
    symbols: tuple[SymbolText, ...] = ()
    symbol_count: int = 0
    points: tuple[str, ...] = ()
    cures: tuple[CureText, ...] = ()
    search: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, what its cells are, and the part of the width that it gets."""

    title: str
    kind: CellKind = CellKind.TEXT
    weight: int = 2


Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        key: What identifies it in every report of the same subject; the link to the row is made from it.
        cells: A text, a number or None for each column.
        tone: The colour of its first cell.
        details: Title and text of what is shown when the row is chosen.
        command: A command to copy; may be empty.
        tile: The member in the first map that it belongs to, or None.
    """

    key: tuple[str, ...]
    cells: tuple[Cell, ...]
    tone: Tone = Tone.NEUTRAL
    details: tuple[tuple[str, str], ...] = ()
    command: str = ""
    tile: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be searched and sorted.

    Attributes:
        id: Its name in links: `findings`.
        title: Its heading.
        columns: Its columns.
        rows: Its rows, in the order in which they are shown first.
        note: A sentence below the heading; may be empty.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of tile in a map.

    Attributes:
        id: The class in the style sheet: `error`, `warning`, `dead`, `out`, `plain`, `added`, `removed`, `changed`.
        label: What it means, for the legend.
    """

    id: str
    label: str


#: The mark of tiles with nothing remarkable.
PLAIN = Mark("plain", "nothing remarkable")


@dataclass(frozen=True, slots=True)
class Tile:
    """A member in a map.

    Attributes:
        group: The position of its archive among the groups of the map.
        name: The member.
        size: Bytes; its area.
        mark: The id of its mark.
        facts: Title and text of what is shown when it is chosen.
    """

    group: int
    name: str
    size: int
    mark: str = PLAIN.id
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pull:
    """A member that needs symbols of another.

    Attributes:
        user: The tile that needs them.
        giver: The tile that defines them, or minus one minus the position in `Map.outside`.
        symbols: Some of the symbols.
        count: How many there are.
    """

    user: int
    giver: int
    symbols: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Map:
    """Members as areas, and which of them need which.

    Attributes:
        id: Its name in links: `members`.
        title: Its heading.
        groups: The archives.
        marks: The kinds of tiles, the most important first.
        tiles: The members.
        pulls: Who needs whom.
        outside: What members take symbols from besides members: shared objects, the linker itself, nothing.
        note: A sentence below the heading; may be empty.
        noun: What a tile is.
    """

    id: str
    title: str
    groups: tuple[str, ...]
    marks: tuple[Mark, ...]
    tiles: tuple[Tile, ...]
    pulls: tuple[Pull, ...] = ()
    outside: tuple[str, ...] = ()
    note: str = ""
    noun: str = "member"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number before and after. `is_size` says that it is in bytes; None is a thing that is not there."""

    subject: str
    before: int | None
    after: int | None
    is_size: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One edit that a repair makes: the command, what it does, and why.

    Attributes:
        archive: The archive that it edits.
        command: The command line that does the same.
        lines: What it does, one line for each edit.
        reason: The findings that it repairs.
        is_unsafe: It may change programs that linked before.
        costs: What is lost, as sentences.
    """

    archive: str
    command: str
    lines: tuple[str, ...]
    reason: str = ""
    is_unsafe: bool = False
    costs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes:
        verb: The verb that made it.
        subject: What it is about, for the title: file names.
        summary: The result in one sentence.
        tone: The colour of the summary.
        command: The command line that made it, ready to paste.
        verdicts: The answers.
        cards: The causes.
        steps: Edits that were or would be made.
        comparisons: Numbers before and after.
        maps: The members.
        tables: Everything else.
        notes: Remarks on the run.
        errors: What could not be read.
        version: The version of arfix.
    """

    verb: str
    subject: str
    summary: str
    tone: Tone
    command: str = ""
    verdicts: tuple[VerdictGroup, ...] = ()
    cards: tuple[Card, ...] = ()
    steps: tuple[Step, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    maps: tuple[Map, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    version: str = field(default="")
