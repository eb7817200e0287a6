"""What the links of `bench.agreement` gave on one Debian release, kept in a file, so that a page can show several.

A release's linkers run only there, so each release has a file of its own under `bench/records/`.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.linkage.linkers import Program

FOLDER = Path(__file__).parent / "records"


@dataclass(frozen=True)
class Total:
    """All links of one release of a linker.

    Attributes:
        version: What it prints for `--version`, shortened.
        links: How many links there were.
        agree: How many of them were as predicted.
        undefined: How many undefined symbols were predicted.
        duplicates: How many symbols were predicted to be defined twice.
        refused: In how many links code was refused for its position.
        short: How many links ended before the linker had looked at everything.
    """

    version: str
    links: int
    agree: int
    undefined: int
    duplicates: int
    refused: int
    short: int


@dataclass(frozen=True)
class Cell:
    """All links of one linker, whatever its release, for one machine and kind of output; the numbers are as in `Total`.

    Attributes:
        machine: The archives' machine.
        linker: Its word: `ld`, `gold`, `lld`, `mold`.
        target: What was made.
        links: How many links there were.
        agree: How many of them were as predicted.
    """

    machine: str
    linker: str
    target: str
    links: int
    agree: int


@dataclass(frozen=True)
class LineCell:
    """All links of several libraries that one linker made; the numbers are as in `Total`.

    Attributes:
        pulled: How many members were predicted to be pulled in.
    """

    version: str
    links: int
    agree: int
    pulled: int
    undefined: int
    duplicates: int


@dataclass(frozen=True)
class CaseCell:
    """All links of the situations of `tests/programs` by one release of a linker; the numbers are as in `Total`.

    Attributes:
        refused: How many links the linker refused.
    """

    version: str
    links: int
    agree: int
    refused: int


@dataclass(frozen=True)
class Record:
    """What one release gave.

    Attributes:
        release: `Debian 12`.
        machines: How many archives there were for each machine.
        totals: The links of whole archives, by linker.
        cells: The same, by machine and kind of output.
        disagreements: One line of text for each difference.
        missing: Packages that could not be had.
        packages: The packages that were linked, where not all were.
        lines: How many links of several libraries there were of each kind, and of how many modules.
        line_cells: The links of several libraries.
        line_disagreements: One line of text for each such link that differs.
        line_missing: Packages that could not be had.
        case_cells: The links of the situations of `tests/programs`.
        case_disagreements: One line of text for each such link that differs.
    """

    release: str
    machines: dict[str, int] = field(default_factory=dict)
    totals: tuple[Total, ...] = ()
    cells: tuple[Cell, ...] = ()
    disagreements: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)
    line_cells: tuple[LineCell, ...] = ()
    line_disagreements: tuple[str, ...] = ()
    line_missing: tuple[str, ...] = ()
    case_cells: tuple[CaseCell, ...] = ()
    case_disagreements: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The name of its file: `debian-12.json`."""
        return f"{self.release.lower().replace(' ', '-')}.json"


def short_version(program: Program) -> str:
    """Return what the linker prints for `--version`, without what it is compatible with."""
    return program.version.partition(" (compatible with")[0]


def this_release() -> str:
    """Return `Debian 12`, from `/etc/os-release`."""
    known = platform.freedesktop_os_release()
    return f"{known['NAME'].partition(' ')[0]} {known.get('VERSION_ID', 'unreleased')}"


def load_record(release: str, folder: Path = FOLDER) -> Record:
    """Return what is recorded of a release; an empty record where nothing is."""
    path = folder / Record(release).file_name
    return _read(path) if path.is_file() else Record(release)


def load_records(folder: Path = FOLDER) -> Iterator[Record]:
    """Yield all records, oldest release first."""
    paths = sorted(folder.glob("debian-*.json"), key=lambda path: (path.stem.rpartition("-")[2].zfill(3), path.stem))
    yield from map(_read, paths)


def save_record(record: Record, folder: Path = FOLDER) -> None:
    """Write a record to its file."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False)
    (folder / record.file_name).write_text(f"{text}\n", encoding="utf-8")


def _read(path: Path) -> Record:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    record = Record(**{**values, **lists})
    return replace(
        record,
        totals=tuple(Total(**one) for one in values["totals"]),
        cells=tuple(Cell(**one) for one in values["cells"]),
        line_cells=tuple(LineCell(**one) for one in values["line_cells"]),
        case_cells=tuple(CaseCell(**one) for one in values.get("case_cells", ())),
    )
