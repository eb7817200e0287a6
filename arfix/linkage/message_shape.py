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
    tail_groups: tuple[str, ...]
    head_groups: tuple[str, ...]


class ShapeReader(Generic[Key]):
    """Finds the first of many shapes that a line has.

    A line that contains an anchor has the inner words of the anchor among its own. So its words choose the few
    anchors to search it for. An anchor without inner words is found by a text in it.
    """

    def __init__(self, shapes: Iterable[tuple[Key, Shape]]) -> None:
        """Compile the shapes, which are tried in order."""
        self._shapes = tuple(_compile(key, one) for key, one in shapes)
        self.anchors = tuple(dict.fromkeys(one.anchor for one in self._shapes))
        self._inner = {anchor: frozenset(_INNER_WORD.findall(anchor)) for anchor in self.anchors}
        self._known = frozenset[str]().union(*self._inner.values())
        self._text_of = _cover(anchor for anchor, words in self._inner.items() if not words)
        self._texts = tuple(dict.fromkeys(self._text_of.values()))
        self._chosen: dict[tuple[frozenset[str], tuple[str, ...]], tuple[_Compiled[Key], ...]] = {}

    def match(self, line: str) -> ShapeMatch[Key] | None:
        """Return what the line is, or None where it has none of the shapes."""
        met = self._known.intersection(line.split(" ")), tuple([text for text in self._texts if text in line])
        chosen = self._chosen.get(met)
        if chosen is None:
            chosen = self._choose(*met)
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

    def _choose(self, words: frozenset[str], texts: tuple[str, ...]) -> tuple[_Compiled[Key], ...]:
        """Return the shapes that a line with these words and texts may have, in order, and keep them for the next."""
        chosen = tuple(
            one
            for one in self._shapes
            if self._inner[one.anchor] <= words and self._text_of.get(one.anchor, "") in ("", *texts)
        )
        if len(self._chosen) < _MOST_CHOICES:
            self._chosen[words, texts] = chosen
        return chosen


#: Combinations of words and texts that are kept.
_MOST_CHOICES = 4096
#: A word with blanks on both sides.
_INNER_WORD = re.compile(r"(?<= )[^ ]+(?= )")
_WORD = re.compile(r"\w{2,}")


def _cover(anchors: Iterable[str]) -> dict[str, str]:
    """Return for each anchor a word in it, so that few words serve all; an anchor without a word is its own."""
    left = {anchor: set(_WORD.findall(anchor)) or {anchor} for anchor in anchors}
    found: dict[str, str] = {}
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


def _groups(pattern: re.Pattern[str] | None) -> tuple[str, ...]:
    """Return the names of the groups of a pattern in order, `symbol` for `symbol_1`; all of them have names."""
    return () if pattern is None else tuple(name.partition("_")[0] for name in pattern.groupindex)


def _take(match: re.Match[str], groups: tuple[str, ...], parts: dict[str, str]) -> None:
    parts |= {name: text for name, text in zip(groups, match.groups(), strict=True) if text is not None}
