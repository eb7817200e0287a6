"""Selectors: the members that a user names, as positions.

A selector is one of:

- `position:7`: the member at that position, counted from 0 as in the JSON documents, whatever any member is called, so
  that each member has a selector;
- an exact member name (tried before all that follow, so a name full of odd characters can be named as it is);
- `name#2`: the second member of that name;
- a glob with `*`, `?` or `[`: every member whose whole name matches;
- `defines:SYM`, `needs:SYM`: every member that defines, or leaves undefined, that symbol;
- `kind:WORD`: every member that is such a thing: `archive`, `text`, `object`, `non-object`, `elf`, `empty`, or any
  word that `arfix inspect` shows;
- a short name: `bss_log.o` finds `libcrypto-lib-bss_log.o`, the name a build system made of it.

A selector that matches nothing is an error that lists the nearest names: a pattern that silently matches nothing can
go unnoticed for years.
"""

from __future__ import annotations

from bisect import bisect_left
from enum import Enum
from functools import cached_property
from re import compile as compile_pattern
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import EditError
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.symbols.member_label import MemberLabel, parse_position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.errors import Where

#: What a build system puts before an object's own name: OpenSSL's `libcrypto-lib-`, `libcrypto-shlib-`,
#: `legacy-dso-`; automake's `libfoo_la-` and `libfoo_a-`. A directory part may stand before it. Source: names in the
#: libraries of Debian 12.
_BUILD_PREFIX = r"(?:.*/)?[A-Za-z0-9_.+-]+(?:-lib-|-shlib-|-dso-|_la-|_a-)"

#: Words of `kind:` that mean several contents; any other word is one `Content`.
_KIND_GROUPS: Mapping[str, frozenset[Content]] = {
    "archive": frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE}),
    "text": frozenset({Content.TEXT, Content.LINKER_SCRIPT, Content.LIBTOOL_LA}),
    "object": OBJECT_CONTENTS,
    "non-object": frozenset(Content) - OBJECT_CONTENTS,
    "elf": frozenset({Content.ELF_RELOCATABLE, Content.ELF_SHARED, Content.ELF_EXECUTABLE, Content.ELF_OTHER}),
    "coff": frozenset({Content.COFF, Content.COFF_BIGOBJ, Content.COFF_IMPORT, Content.COFF_ANONYMOUS}),
}

_NEAR_NAMES = 3
#: For how many selectors the nearest names are looked up: that takes a while for each.
_NEAR_SELECTORS = 3


class MatchKind(Enum):
    """How a selector matched."""

    NAME = "name"
    POSITION = "position"
    NUMBERED = "numbered name"
    GLOB = "glob"
    SYMBOL = "symbol"
    KIND = "kind"
    SHORT_NAME = "short name"


class Match(NamedTuple):
    """The members that one selector matched; never empty."""

    selector: str
    how: MatchKind
    positions: tuple[int, ...]


class Selection(NamedTuple):
    """The members that a list of selectors matched.

    Attributes:
        matches: One for each selector that found something, in the order given.
        absent: Selectors that found nothing, where that was allowed.
    """

    matches: tuple[Match, ...]
    absent: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Every position found, each once, ascending."""
        return tuple(sorted({position for match in self.matches for position in match.positions}))

    def by_position(self) -> dict[int, Match]:
        """Return the first match that found each position, positions ascending."""
        found: dict[int, Match] = {}
        for match in self.matches:
            for position in match.positions:
                found.setdefault(position, match)
        return dict(sorted(found.items()))


class NotFoundError(EditError, KeyError):
    """Selectors that match nothing.

    Attributes:
        selectors: Those selectors, as given.
    """

    def __init__(self, message: str, selectors: tuple[str, ...], *, where: Where | None, hint: str) -> None:
        """Keep the selectors beside the message."""
        super().__init__(message, where=where, hint=hint)
        self.selectors = selectors


def select(archive: Archive, selectors: Sequence[str], *, if_present: bool = False) -> Selection:
    """Return the members that the selectors match.

    Args:
        archive: The archive to look in.
        selectors: As the module describes them.
        if_present: Accept selectors that match nothing.

    Raises:
        NotFoundError: Selectors match nothing; the error lists them with the nearest names.
        EditError: A short name matches several names, or a selector is invalid.
    """
    names = _Names([member.name for member in archive.members])
    symbols = _Symbols(archive, selectors)
    matches: list[Match] = []
    absent: list[str] = []
    for selector in selectors:
        match = _match(archive, names, symbols, selector)
        if match is None:
            absent.append(selector)
        else:
            matches.append(match)
    if absent and not if_present:
        raise _not_found(archive, names, absent)
    return Selection(tuple(matches), tuple(absent))


class _Names:
    """The names of an archive's members, arranged so that one selector does not look at all of them."""

    def __init__(self, names: list[str]) -> None:
        self.all = names

    @cached_property
    def positions(self) -> dict[str, tuple[int, ...]]:
        """The members of each name."""
        found: dict[str, list[int]] = {}
        for at, name in enumerate(self.all):
            found.setdefault(name, []).append(at)
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.positions)

    @cached_property
    def _sorted_backwards(self) -> list[str]:
        return sorted(name[::-1] for name in self.positions)

    def beginning(self, text: str) -> list[str]:
        """Return the names that begin with a text, each once."""
        return _beginning(self._sorted, text)

    def ending(self, text: str) -> list[str]:
        """Return the names that end with a text, each once, in the order of the members."""
        found = [name[::-1] for name in _beginning(self._sorted_backwards, text[::-1])]
        return sorted(found, key=lambda name: self.positions[name][0])

    def matching(self, glob: str) -> tuple[int, ...]:
        """Return the members whose names a glob matches."""
        from fnmatch import translate  # noqa: PLC0415 (start-up)

        marks = [at for at, character in enumerate(glob) if character in "*?[]"]
        before, behind = glob[: marks[0]], glob[marks[-1] + 1 :]
        names = self.beginning(before) if before else self.ending(behind)
        matches = compile_pattern(translate(glob)).match
        return tuple(sorted(at for name in names if matches(name) for at in self.positions[name]))


def _beginning(ordered: list[str], text: str) -> list[str]:
    """Return the texts of a sorted list that begin with `text`."""
    start = end = bisect_left(ordered, text)
    while end < len(ordered) and ordered[end].startswith(text):
        end += 1
    return ordered[start:end]


class _Symbols:
    """What selectors by symbol find; all of them are answered by one look at the members."""

    def __init__(self, archive: Archive, selectors: Sequence[str]) -> None:
        self._archive = archive
        self._selectors = selectors
        self._found: dict[str, dict[str, set[int]]] = {}

    def find(self, scheme: str, symbol: str) -> tuple[int, ...]:
        """Return the members that define (`defines`) or need (`needs`) a symbol."""
        if scheme not in self._found:
            self._found[scheme] = self._look(scheme)
        return tuple(sorted(self._found[scheme].get(symbol, ())))

    def _look(self, scheme: str) -> dict[str, set[int]]:
        from arfix.symbols.archive_search import find_definers, find_references  # noqa: PLC0415 (these selectors alone)

        wanted = {one.removeprefix(f"{scheme}:") for one in self._selectors if one.startswith(f"{scheme}:")}
        spelt = {one: self._mangled(scheme, one) for one in sorted(wanted)}
        names = {name for several in spelt.values() for name in several}
        found: dict[str, set[int]] = {}
        if scheme == "defines":
            found = {name: set(positions) for name, positions in find_definers(self._archive, names).items()}
        else:
            for reference in find_references(self._archive, names).found:
                found.setdefault(reference.name, set()).add(reference.position)
        return {one: set[int]().union(*(found.get(name, ()) for name in several)) for one, several in spelt.items()}

    def _mangled(self, scheme: str, symbol: str) -> tuple[str, ...]:
        """Return the names that objects may store for a symbol, which may be given as linkers print it."""
        from arfix.symbols.definitions import read_member_symbols  # noqa: PLC0415 (demangled names alone)
        from arfix.symbols.demangled import looks_demangled, mangled_names  # noqa: PLC0415 (these selectors alone)

        if not looks_demangled(symbol):
            return (symbol,)
        tables = map(read_member_symbols, self._archive.members)
        names = (name for one in tables for name in (one.definitions if scheme == "defines" else one.references))
        return mangled_names(symbol, names) or (symbol,)


def _match(  # noqa: PLR0911 (one return for each kind of selector)
    archive: Archive, names: _Names, symbols: _Symbols, selector: str
) -> Match | None:
    if (position := parse_position(selector)) is not None:
        return _found(selector, MatchKind.POSITION, (position,) if position < len(names.all) else ())
    if exact := names.positions.get(selector):
        return Match(selector, MatchKind.NAME, exact)
    if numbered := _match_numbered(archive, names, selector):  # also of a name that looks like a pattern
        return numbered
    scheme, colon, rest = selector.partition(":")
    if colon and scheme in {"defines", "needs", "kind"}:
        if not rest:
            raise EditError(f'the selector "{selector}" says nothing after the colon', where=archive.where)
        if scheme == "kind":
            return _found(selector, MatchKind.KIND, _of_kind(archive, rest))
        return _found(selector, MatchKind.SYMBOL, symbols.find(scheme, rest))
    if any(character in selector for character in "*?["):
        return _found(selector, MatchKind.GLOB, names.matching(selector))
    return _match_short(archive, names, selector)


def _found(selector: str, how: MatchKind, positions: Iterable[int]) -> Match | None:
    found = tuple(positions)
    return Match(selector, how, found) if found else None


def _match_numbered(archive: Archive, names: _Names, selector: str) -> Match | None:
    label = MemberLabel.parse(selector)
    if label is None:
        return None
    positions = names.positions.get(label.name, ())
    if not positions:
        short = _match_short(archive, names, label.name)
        positions = short.positions if short else ()
    which = label.number - 1
    return Match(selector, MatchKind.NUMBERED, (positions[which],)) if 0 <= which < len(positions) else None


def _match_short(archive: Archive, names: _Names, short: str) -> Match | None:
    """Return the members of the one name that is `short` behind a build system's prefix."""
    candidates = names_behind_prefix(names.ending(short), short) if short else []
    if len(candidates) > 1:
        raise EditError(
            f'no member is called "{short}", and {len(candidates)} end with it: {", ".join(candidates)}',
            where=archive.where,
            hint="Give the whole name of the one you mean.",
        )
    return Match(short, MatchKind.SHORT_NAME, names.positions[candidates[0]]) if candidates else None


def names_behind_prefix(names: Iterable[str], short: str) -> list[str]:
    """Return the names, each once, that are `short` behind a build system's prefix."""
    ending = [name for name in names if name.endswith(short) and len(name) > len(short)]
    if not ending or not short:
        return []
    is_prefix = compile_pattern(_BUILD_PREFIX).fullmatch
    return list(dict.fromkeys(name for name in ending if is_prefix(name[: -len(short)])))


def _of_kind(archive: Archive, word: str) -> tuple[int, ...]:
    from arfix.formats.identify import identify  # noqa: PLC0415 (needed by this selector alone)

    wanted = _KIND_GROUPS.get(word)
    if wanted is None:
        known = {content.value: content for content in Content}
        if word not in known:
            words = ", ".join(sorted({*_KIND_GROUPS, *known}))
            raise EditError(f'no kind is called "{word}"', where=archive.where, hint=f"The kinds are {words}.")
        wanted = frozenset({known[word]})
    return tuple(i for i, member in enumerate(archive.members) if identify(member.data) in wanted)


def _not_found(archive: Archive, names: _Names, absent: list[str]) -> NotFoundError:
    from difflib import get_close_matches  # noqa: PLC0415 (only a failure pays for it)

    prefix = compile_pattern(_BUILD_PREFIX)
    by_base = {
        name[at.end() :] if (at := prefix.match(name)) else name.rpartition("/")[2]: name for name in names.positions
    }
    near: list[str] = []
    for selector in absent[:_NEAR_SELECTORS]:
        label = MemberLabel.parse(selector)
        if parse_position(selector) is not None:
            near.append(f"position:{len(names.all) - 1}, the last member" if names.all else "there are no members")
        elif label is not None and (count := len(names.positions.get(label.name, ()))):
            near.append(f"{label.name} (there {'is one' if count == 1 else f'are {count}'})")
        elif ":" not in selector:
            close = get_close_matches(selector, names.positions, _NEAR_NAMES) or get_close_matches(
                selector, by_base, _NEAR_NAMES
            )
            near += [by_base.get(one, one) for one in close]
            near += [one for one in names.positions if selector and selector in one][:_NEAR_NAMES]
    quoted = ", ".join(f'"{selector}"' for selector in absent)
    nearest = ", ".join(dict.fromkeys(near))
    from arfix.edits.requests import hinted  # noqa: PLC0415 (only a failure pays for it)

    listing = hinted("inspect", (_path(archive),), ("--all",))
    hint = f"Nearest: {nearest}." if nearest else f"{listing} lists the members."
    return NotFoundError(f"no member matches {quoted}", tuple(absent), where=archive.where, hint=hint)


def _path(archive: Archive) -> str:
    return archive.where.path if archive.where else "ARCHIVE"
