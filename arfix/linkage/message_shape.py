"""How the line of a message is recognized: by a fixed text in it, and patterns before and behind that text.

A line that does not contain the fixed text of a shape costs one search for it. No pattern may have two parts that can
share the same characters, so that a line costs time in proportion to its length.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = TypeVar("Key")

#: A name in quotes: of C, of UTF-8 locales, and of German and French ones. A name may contain quotes of its own:
#: `f()::'lambda'()::operator()()`. The end of a line ends a name as well, since long lines are cut.
QUOTED = (
    r"(?:[`'](?P<symbol_1>.+?)(?:['’](?![\w(:])|$)"  # noqa: RUF001
    r"|[‘](?P<symbol_2>.+?)(?:’|$)"  # noqa: RUF001
    r"|\"(?P<symbol_3>.+?)(?:\"(?![\w(:])|$)"
    r"|«\s?(?P<symbol_4>.+?)\s?»"
    r"|»(?P<symbol_5>.+?)«"
    r"|[„“](?P<symbol_6>.+?)[“”])"
)
#: A place in a section behind the place in a file: `:(.text+0x1)`.
SPOT = r"(?::\([^()]*\))?"


class Shape(NamedTuple):
    """The shape of one line.

    Attributes:
        anchor: Text that every such line contains.
        tail: A pattern that matches right behind the anchor.
        head: A pattern that is found in the text before the anchor. Both have groups of any names; `symbol_1` and the
            like are all called `symbol`.
    """

    anchor: str
    tail: str = ""
    head: str = ""


class ShapeMatch(NamedTuple, Generic[Key]):
    """A line that has a shape.

    Attributes:
        key: What the shape stands for.
        head: The text before the anchor.
        tail: The text behind it.
        parts: The groups of both patterns, as far as they matched.
    """

    key: Key
    head: str
    tail: str
    parts: dict[str, str]


class _Compiled(NamedTuple, Generic[Key]):
    """A shape with compiled patterns."""

    key: Key
    anchor: str
    tail: re.Pattern[str] | None
    head: re.Pattern[str] | None
    tail_groups: tuple[tuple[str, int], ...]
    head_groups: tuple[tuple[str, int], ...]


class ShapeReader(Generic[Key]):
    """Finds the first of many shapes that a line has.

    Shapes are grouped by a word of their anchors. A line is first searched for these few words, and then only for the
    anchors that have one of them.
    """

    def __init__(self, shapes: Iterable[tuple[Key, Shape]]) -> None:
        """Compile the shapes, which are tried in order."""
        self._shapes = tuple(_compile(key, one) for key, one in shapes)
        self.anchors = tuple(dict.fromkeys(one.anchor for one in self._shapes))
        self._word_of = _cover(self.anchors)
        self._words = tuple(dict.fromkeys(word for word in self._word_of.values() if word))
        self._chosen: dict[tuple[str, ...], tuple[_Compiled[Key], ...]] = {}

    def match(self, line: str) -> ShapeMatch[Key] | None:
        """Return what the line is, or None where it has none of the shapes."""
        words = tuple([word for word in self._words if word in line])
        chosen = self._chosen.get(words)
        if chosen is None:
            chosen = self._choose(words)
        for key, anchor, tail, head, tail_groups, head_groups in chosen:
            at = line.find(anchor)
            if at < 0:
                continue
            behind = at + len(anchor)
            parts: dict[str, str] = {}
            if tail is not None:
                found = tail.match(line, behind)
                if found is None:
                    continue
                _take(found, tail_groups, parts)
            before = line[:at]
            if head is not None:
                found = head.search(before)
                if found is None:
                    continue
                _take(found, head_groups, parts)
            return ShapeMatch(key, before, line[behind:], parts)
        return None

    def _choose(self, words: tuple[str, ...]) -> tuple[_Compiled[Key], ...]:
        """Return the shapes whose word is among these, in order; it is kept for the next line with these words."""
        present = {"", *words}
        chosen = tuple(one for one in self._shapes if self._word_of[one.anchor] in present)
        if len(self._chosen) < _MOST_CHOICES:
            self._chosen[words] = chosen
        return chosen


#: Combinations of words that are kept.
_MOST_CHOICES = 4096
_WORD = re.compile(r"[A-Za-z]{3,}")


def _cover(anchors: Iterable[str]) -> dict[str, str]:
    """Return for each anchor a word in it, so that few words serve all; empty for an anchor without a word."""
    left = {anchor: set(_WORD.findall(anchor)) for anchor in anchors}
    found = {anchor: "" for anchor, words in left.items() if not words}
    left = {anchor: words for anchor, words in left.items() if words}
    while left:
        counts = Counter(word for words in left.values() for word in words)
        best = max(counts, key=lambda word: (counts[word], len(word), word))
        for anchor in [anchor for anchor, words in left.items() if best in words]:
            found[anchor] = best
            del left[anchor]
    return found


def _compile(key: Key, shape: Shape) -> _Compiled[Key]:
    tail = re.compile(shape.tail) if shape.tail else None
    head = re.compile(shape.head) if shape.head else None
    return _Compiled(key, shape.anchor, tail, head, _groups(tail), _groups(head))


def _groups(pattern: re.Pattern[str] | None) -> tuple[tuple[str, int], ...]:
    """Return the groups of a pattern with their names: `symbol` for `symbol_1`."""
    return () if pattern is None else tuple((name.partition("_")[0], at) for name, at in pattern.groupindex.items())


def _take(match: re.Match[str], groups: tuple[tuple[str, int], ...], parts: dict[str, str]) -> None:
    for name, at in groups:
        text = match[at]
        if text is not None:
            parts[name] = text
