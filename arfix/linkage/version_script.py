"""Reads version scripts (`--version-script`) and dynamic lists: which symbols the output exports, and version nodes.

Source: GNU ld manual, "VERSION Command" and "Options" (`--dynamic-list`); BFD `bfd_find_version_for_sym`, for the order
in which patterns count: exact names, other patterns under `global`, other patterns under `local`, `*` under `global`,
`*` under `local`. The same in lld 14 and 19, gold and mold for scripts in which no two patterns match (measured).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import FormatError
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOKEN: Final = re.compile(r'/\*.*?\*/|#[^\n]*|"[^"]*"|[{};]|[^\s{};"]+', re.DOTALL)
_GLOB: Final = frozenset("*?[")
#: No script has more wildcards; libstdc++'s has 4,000. Compiling more takes seconds and hundreds of megabytes.
_MOST_WILDCARDS: Final = 20_000
#: The longest pattern, in characters; translating one takes time with the square of its length.
_LONGEST: Final = 1_000


class Pattern(NamedTuple):
    """One pattern of a script.

    Attributes:
        text: A name, or with `*`, `?` and `[...]` a pattern for several.
        is_global: Whether it is under `global`.
        is_cxx: Whether it is compared with the demangled name.
        is_quoted: Whether it is quoted, and so a name and no pattern.
    """

    text: str
    is_global: bool = True
    is_cxx: bool = False
    is_quoted: bool = False

    @property
    def is_exact(self) -> bool:
        """Return whether it means one name alone."""
        return self.is_quoted or _GLOB.isdisjoint(self.text)


@dataclass(frozen=True)
class VersionScript:
    """A version script, or a dynamic list, whose patterns are all global.

    Attributes:
        nodes: The names of its versions.
        patterns: In order.
    """

    nodes: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()

    @cached_property
    def _exact(self) -> dict[tuple[str, bool], bool]:
        found: dict[tuple[str, bool], bool] = {}
        for one in self.patterns:
            if one.is_exact:
                found.setdefault((one.text, one.is_cxx), one.is_global)
        return found

    @cached_property
    def _globs(self) -> dict[tuple[bool, bool], re.Pattern[str]]:
        """For (global, C++) what any of the patterns but `*` matches."""
        groups: dict[tuple[bool, bool], list[str]] = {}
        for one in self.patterns:
            if not one.is_exact and one.text != "*":
                groups.setdefault((one.is_global, one.is_cxx), []).append(translate(one.text))
        return {key: re.compile("|".join(texts)) for key, texts in groups.items()}

    @cached_property
    def _stars(self) -> frozenset[bool]:
        return frozenset(one.is_global for one in self.patterns if one.text == "*" and not one.is_quoted)

    @cached_property
    def _has_cxx(self) -> bool:
        return any(one.is_cxx for one in self.patterns)

    def places(self, name: str) -> bool | None:
        """Return whether the script makes a symbol global, or local (False); None if it says nothing about it."""
        plain = demangle(name) if self._has_cxx else None
        spellings = [(name, False), *([(plain, True)] if plain else [])]
        for spelling in spellings:
            if spelling in self._exact:
                return self._exact[spelling]
        for is_global in (True, False):
            for text, is_cxx in spellings:
                glob = self._globs.get((is_global, is_cxx))
                if glob is not None and glob.match(text):
                    return is_global
        return True if True in self._stars else False if False in self._stars else None

    def exact_globals(self) -> Iterator[str]:
        """Yield the names that it makes global one by one, those of C++ left out."""
        return (one.text for one in self.patterns if one.is_exact and one.is_global and not one.is_cxx)

    def exact_locals(self) -> Iterator[str]:
        """Yield the names that it makes local one by one, those of C++ left out."""
        return (one.text for one in self.patterns if one.is_exact and not one.is_global and not one.is_cxx)


def read_version_script(data: bytes) -> VersionScript:
    """Return what a version script or a dynamic list says; whatever cannot be understood in it is passed over.

    Raises:
        FormatError: It has more wildcards, or longer patterns with wildcards, than any real one.
    """
    reader = _Reader()
    for word in _TOKEN.findall(data.decode("utf-8", "surrogateescape")):
        if not word.startswith(("/*", "#")):
            reader.take(word)
    if any(len(one.text) > _LONGEST for one in reader.patterns if not one.is_exact):
        raise FormatError(f"a version script with a pattern of more than {_LONGEST:,} characters")
    wildcards = sum(one.text.count(mark) for one in reader.patterns if not one.is_exact for mark in _GLOB)
    if wildcards > _MOST_WILDCARDS:
        raise FormatError(f"a version script with {wildcards:,} wildcards, expected at most {_MOST_WILDCARDS:,}")
    return VersionScript(tuple(dict.fromkeys(reader.nodes)), tuple(reader.patterns))


def joined(scripts: Iterable[VersionScript]) -> VersionScript:
    """Return several scripts as one."""
    every = tuple(scripts)
    return VersionScript(
        tuple(node for one in every for node in one.nodes), tuple(pattern for one in every for pattern in one.patterns)
    )


class _Reader:
    """The state between two tokens."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.patterns: list[Pattern] = []
        self.before: list[str] = []  # tokens since the last mark
        self.braces: list[bool] = []  # for each open one whether it is of `extern "C++"`
        self.is_global = True

    def take(self, word: str) -> None:
        match word:
            case "{":
                is_extern = bool(self.before) and self.before[0] == "extern"
                if not is_extern and not self.braces:
                    self.nodes += self.before[-1:]
                    self.is_global = True
                self.braces.append(is_extern and '"C++"' in self.before)
                self.before = []
            case "}":
                self._flush()
                if self.braces:
                    self.braces.pop()
            case ";":
                self._flush()
            case "global:" | "local:":
                self.is_global = word == "global:"
            case ":" if self.before and self.before[-1] in ("global", "local"):
                self.is_global = self.before.pop() == "global"
            case _:
                self.before.append(word)

    def _flush(self) -> None:
        """Take what stands before a mark for a pattern; outside of braces it is the version that a node follows."""
        if self.before and self.braces:
            text = self.before[-1]
            for label in ("global:", "local:"):
                if text.startswith(label):
                    self.is_global, text = label == "global:", text.removeprefix(label)
            quoted = text.startswith('"')
            self.patterns.append(Pattern(text.strip('"'), self.is_global, any(self.braces), quoted))
        self.before = []
