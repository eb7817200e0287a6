"""Search for the places of many given sections in the segments of an image, all at once.

A few rare words of each section are its anchors. The image is read once as an array of words (eight times, if sections
may start at any byte) and each word is looked up; at an anchor, the whole section is compared.
"""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from itertools import compress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.formats.elf.linked_image import Segment
    from arfix.image.linked_sections import ProgramSection

#: Bytes of a word.
_WORD: Final = 8
#: Anchors of a section. One would do; more help where one is common in the image.
_ANCHORS: Final = 3
#: From how many words of a section, about, its anchors are chosen.
_CANDIDATES: Final = 64
#: Multiples of this are words of eight bytes alike.
_ALIKE: Final = 0x0101010101010101
#: A word that is at more places in the image is padding or part of a table of equal numbers, and leads nowhere.
_MANY: Final = 1024


class Anchors:
    """The anchors of all sections, chosen once for any number of images."""

    def __init__(self, sections: Sequence[ProgramSection]) -> None:
        """Choose the anchors of `sections`; sections that their bytes do not identify have none."""
        self._sections = sections
        telling = {number: _words(section) for number, section in enumerate(sections) if section.is_telling}
        words = {number: by_offset for number, by_offset in telling.items() if by_offset}
        #: The sections, by position, that can be found; the others are nowhere, or too small to be identified.
        self.searched = frozenset(words)
        counts: Counter[int] = Counter()
        for by_offset in words.values():
            counts.update(by_offset.values())
        #: Alignment, a word's at most -> word -> (section, offset of the word in it) of all that have it as anchor.
        self._anchors: dict[int, dict[int, list[tuple[int, int]]]] = {}
        for number, by_offset in words.items():
            table = self._anchors.setdefault(min(sections[number].alignment, _WORD), {})
            rarest = nsmallest(_ANCHORS, ((counts[word], offset) for offset, word in by_offset.items()))
            for _, offset in rarest:
                table.setdefault(by_offset[offset], []).append((number, offset))

    def find(self, segments: Sequence[Segment]) -> dict[int, tuple[int, ...]]:
        """Return position of a section -> the addresses where it was found, for each that was found."""
        found: dict[int, set[int]] = {}
        tried: set[tuple[int, int]] = set()
        for segment in segments:
            for number, offset in self._candidates(segment):
                address = segment.address + offset
                if (number, address) in tried:
                    continue
                tried.add((number, address))
                section = self._sections[number]
                if address % section.alignment == 0 and section.is_at(segment.data, offset):
                    found.setdefault(number, set()).add(address)
        return {number: tuple(sorted(addresses)) for number, addresses in found.items()}

    def _candidates(self, segment: Segment) -> Iterator[tuple[int, int]]:
        """Yield (section, offset in the segment) for each anchor that was found."""
        for phase in range(_WORD):
            tables = [table for alignment, table in self._anchors.items() if phase % alignment == 0]
            wanted = {word for table in tables for word in table}
            skipped = (phase - segment.address) % _WORD
            row = _row(segment.data[skipped:])
            places: dict[int, list[int]] = {}
            # A loop would ask the same of each word, and take twice as long.
            for at in compress(range(len(row)), map(wanted.__contains__, row)):
                places.setdefault(row[at], []).append(skipped + at * _WORD)
            for word, offsets in places.items():
                if len(offsets) <= _MANY:
                    for table in tables:
                        for number, inside in table.get(word, ()):
                            yield from ((number, offset - inside) for offset in offsets)


def _words(section: ProgramSection) -> dict[int, int]:
    """Return offset -> word for words of a section that linkers do not change and whose bytes are not all equal.

    For a long section, this is a sample from all parts of it, large enough to contain rare words.
    """
    row = _row(section.data)
    changed = {at for start, end in section.gaps for at in range(start // _WORD, (end - 1) // _WORD + 1)}
    step = max(len(row) // _CANDIDATES, 1)
    for first in range(step):  # nearly always once; a section may be all gaps where the first steps go
        words = {at * _WORD: row[at] for at in range(first, len(row), step) if at not in changed and row[at] % _ALIKE}
        if words:
            return words
    return {}


def _row(data: memoryview) -> memoryview:
    """Return the bytes as words in the host's byte order; the image and the library are read alike."""
    return data[: len(data) // _WORD * _WORD].cast("Q")
