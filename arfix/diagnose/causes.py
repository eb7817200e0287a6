"""Folds the messages of a log into distinct causes: 2,000 duplicates of one library are one cause."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from arfix.diagnose.cause import Cause
from arfix.diagnose.cures import cures_of
from arfix.diagnose.families import FAMILIES, FAMILY_OF
from arfix.diagnose.family import Fold
from arfix.diagnose.flood import is_flood
from arfix.diagnose.link_line import InputWord, LinkLine, container
from arfix.diagnose.origin import Origin, find_origins, is_of_known_library
from arfix.diagnose.situation import Situation
from arfix.diagnose.summaries import summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from arfix.diagnose.at_hand import LinkAtHand
    from arfix.diagnose.facts import Fact
    from arfix.diagnose.family import Family

#: Symbols and places that one cause remembers by name; the others are counted.
_MOST: Final = 5_000
#: Places that one symbol remembers.
_MOST_PLACES: Final = 8

_UNDEFINED: Final = FAMILY_OF["undefined-symbol"]
_NOT_FOUND: Final = FAMILY_OF["library-not-found"]
_WRONG_MACHINE: Final = FAMILY_OF["wrong-machine"]
_UNDEFINED_SHARED: Final = FAMILY_OF["undefined-in-shared-library"]
_SHARED_NOT_FOUND: Final = FAMILY_OF["shared-library-not-found"]
_START_FILES: Final = FAMILY_OF["start-files-not-found"]
_NO_OBJECT: Final = FAMILY_OF["not-an-object"]
_SCRIPT: Final = FAMILY_OF["linker-script"]
_NO_FILE: Final = FAMILY_OF["file-not-found"]
_FLOAT_ABI: Final = FAMILY_OF["float-abi"]
_LTO_FAILED: Final = FAMILY_OF["lto-failed"]
#: Reasons for which link-time optimization fails.
_BEHIND_LTO: Final = ("lto-version", "out-of-memory", "no-space")
#: What GNU ld prints behind any reason for which it does not take an object of the same machine.
_NO_MERGE: Final = "failed to merge target specific data"
_SKIPPING: Final = "skipping incompatible"
#: Libraries that come with the start files.
_PLATFORM: Final = frozenset({"gcc", "gcc_s", "gcc_eh", "c", "m", "libgcc_s.so.1", "libgcc_s.so"})
#: Libraries that no function of a program's own libraries is in.
_COMPILERS_OWN: Final = frozenset({"stdc++", "m", "c", "gcc", "gcc_s", "pthread", "dl", "rt", "z"})
_VTABLE: Final = FAMILY_OF["missing-vtable"]
_CXX11: Final = FAMILY_OF["cxx11-abi"]
_CXX11_NAME: Final = re.compile(r"std::__cxx11::|\[abi:cxx11\]|__cxx11|B5cxx11")


@dataclass(slots=True)
class Bucket:
    """Messages with one cause, while the log is read."""

    family: Family
    subject: str
    first: Fact
    symbols: dict[str, tuple[str, ...]] = field(default_factory=dict)
    firsts: dict[str, Fact] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    symbol_count: int = 0
    places: dict[str, None] = field(default_factory=dict)
    sections: dict[str, None] = field(default_factory=dict)
    by: dict[str, None] = field(default_factory=dict)
    amount: int = 0
    count: int = 0
    has_error: bool = False

    def add(self, fact: Fact) -> None:
        """Take a message in."""
        self.count += 1
        self.has_error = self.has_error or not fact.is_warning
        self.amount = max(self.amount, fact.amount)
        symbol, places = fact.symbol, fact.places
        if symbol is not None:
            known = self.symbols.get(symbol)
            if known is None:
                self.symbol_count += 1
                if len(self.symbols) < _MOST:
                    self.symbols[symbol] = places
                    self.firsts[symbol] = fact
                    self.counts[symbol] = 1
            else:
                self.counts[symbol] += 1
                if len(known) < _MOST_PLACES and not {*places} <= {*known}:
                    self.symbols[symbol] = tuple(dict.fromkeys((*known, *places)))
        if len(self.places) < _MOST:
            self.places.update(dict.fromkeys(places))
        if len(self.sections) < _MOST_PLACES:
            self.sections[fact.section] = None
        if fact.by and len(self.by) < _MOST:
            self.by[fact.by] = None

    def move(self, symbol: str, other: Bucket) -> None:
        """Give a symbol and its messages to another bucket."""
        count = self.counts.pop(symbol)
        other.symbols[symbol] = self.symbols.pop(symbol)
        other.firsts[symbol] = self.firsts.pop(symbol)
        other.counts[symbol] = count
        if self.first.symbol == symbol and self.firsts:
            self.first = min(self.firsts.values(), key=lambda fact: fact.line)
        self.symbol_count -= 1
        other.symbol_count += 1
        self.count -= count
        other.count += count


@dataclass(slots=True)
class CauseCollector:
    """Collects messages and makes causes of them.

    Attributes:
        is_macho: Messages of Apple's linkers were among them.
        is_msvc: Messages of Microsoft's linker were.
        is_flooded: There are so many messages of one family that `count` may take some.
    """

    is_macho: bool = False
    is_msvc: bool = False
    is_flooded: bool = False
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _families: dict[tuple[str, str], Family] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Take one message."""
        family = self._family_of(fact)
        if "referenced from:" in fact.text or "ld64" in fact.text[:40]:
            self.is_macho = True
        elif "error LNK" in fact.text:
            self.is_msvc = True
        subject = _subject(family, fact)
        key = (family.id, subject)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST:
                return
            bucket = self._buckets[key] = Bucket(family, subject, fact)
        bucket.add(fact)
        self.is_flooded = self.is_flooded or is_flood(bucket.count)

    def count(self, family: str, symbol: str) -> bool:
        """Count a message about a symbol if that is all there is to learn from it, and return whether it was.

        Args:
            family: The id of the family that messages of this form have.
            symbol: The symbol as the message has it.
        """
        bucket = self._buckets.get((family, ""))
        if bucket is None or not is_flood(bucket.count) or "@" in symbol:
            return False
        if symbol in bucket.counts:
            if bucket.family.fold is Fold.PLACES:  # its places decide which cause it belongs to
                return False
            bucket.counts[symbol] += 1
        elif len(bucket.symbols) < _MOST:
            return False
        else:
            any_of_them = _any_refinement(family)
            if any_of_them is not None and any_of_them.fullmatch(symbol, 0, 4096):
                return False
            bucket.symbol_count += 1
        bucket.count += 1
        return True

    def _family_of(self, fact: Fact) -> Family:
        """Return the family that the symbol of a message belongs to."""
        symbol = fact.symbol
        if symbol is None:
            return fact.family
        key = (fact.family.id, symbol)
        found = self._families.get(key)
        if found is None:
            any_of_them = _any_refinement(fact.family.id)
            refined = (one for one, pattern in _refinements(fact.family.id) if pattern.fullmatch(symbol, 0, 4096))
            is_refined = any_of_them is not None and any_of_them.fullmatch(symbol, 0, 4096) is not None
            found = next(refined, fact.family) if is_refined else fact.family
            if found is _VTABLE and is_of_known_library(symbol):
                found = fact.family
            if len(self._families) < _MOST:
                self._families[key] = found
        return found

    def causes(
        self,
        lines: Iterable[LinkLine],
        files: Iterable[str],
        open_line: Callable[[LinkLine], LinkAtHand | None],
        *,
        failed: bool,
        is_cargo: bool,
    ) -> list[Cause]:
        """Return the causes, the most important first.

        Args:
            lines: The link commands in the log.
            files: Libraries and objects of the link that are at hand.
            open_line: Returns the files of a link command; None where they are not at hand.
            failed: Whether the log says that a link failed.
            is_cargo: Whether rustc ran the link.
        """
        self._absorb(failed=failed)
        buckets = list(self._buckets.values())
        commands = tuple(lines)
        found: list[Cause] = []
        for bucket in buckets:
            for part, origin in self._split(bucket, files, lambda one: _abi_may_differ(one, commands, open_line)):
                found.append(_cause(part, origin, commands, open_line, is_macho=self.is_macho, is_cargo=is_cargo))
        return _ordered(found)

    def _absorb(self, *, failed: bool) -> None:
        """Join messages that are consequences of others, and drop those that mean nothing."""
        self._join_skipped()
        self._join_classes()
        self._join_files()
        self._join_merged()
        self._join_needed()
        has_undefined = any(one.family.fold is Fold.LIBRARY and one.has_error for one in self._buckets.values())
        for bucket in self._buckets.values():
            if bucket.family in (_SHARED_NOT_FOUND, _WRONG_MACHINE):
                bucket.has_error = bucket.has_error or has_undefined
        if failed and not any(one.has_error and not one.family.warning for one in self._buckets.values()):
            for bucket in self._buckets.values():  # warnings are errors, or nothing else is known
                bucket.has_error = True

    def _join_skipped(self) -> None:
        """Join what GNU ld skipped with the library that it did not find then; drop it where another one was found."""
        for key, bucket in list(self._buckets.items()):
            if bucket.family is not _WRONG_MACHINE or _SKIPPING not in bucket.first.text:
                continue
            lost = self._buckets.pop((_NOT_FOUND.id, bucket.subject), None)
            if lost is None:
                del self._buckets[key]
            else:
                bucket.count += lost.count
                bucket.has_error = True

    def _join_files(self) -> None:
        """Join messages about one file that is no object, and about the files of one missing C library."""
        for key, bucket in list(self._buckets.items()):
            if bucket.family is _SCRIPT and any(
                (one.id, bucket.subject) in self._buckets for one in (_NO_OBJECT, _NO_FILE)
            ):
                del self._buckets[key]  # a file that is no object was read as a script, or is not there
        if any((one, "") in self._buckets for one in _BEHIND_LTO):
            self._buckets.pop((_LTO_FAILED.id, ""), None)  # what the driver says behind the compiler's own message
        start = self._buckets.get((_START_FILES.id, ""))
        if start is not None:
            families = {_NOT_FOUND.id, _WRONG_MACHINE.id, "file-not-found"}
            for key in [key for key in self._buckets if key[0] in families and key[1] in _PLATFORM]:
                start.count += self._buckets.pop(key).count

    def _join_merged(self) -> None:
        """Drop what GNU ld says behind the reason for which it refused a file."""
        merged = self._buckets.get((_FLOAT_ABI.id, ""))
        if merged is None or _NO_MERGE not in merged.first.text:
            return
        refused = {
            container(place) for one in self._buckets.values() if one.family is _WRONG_MACHINE for place in one.places
        }
        if {container(place) for place in merged.places} <= refused:
            del self._buckets[(_FLOAT_ABI.id, "")]

    def _join_needed(self) -> None:
        """Move undefined symbols of a shared library to the library that it needs and that was not found."""
        missing = [one for one in self._buckets.values() if one.family is _SHARED_NOT_FOUND]
        needing = {container(place): one for one in missing for place in one.by}
        shared = self._buckets.get((_UNDEFINED_SHARED.id, ""))
        if shared is None:
            return
        for symbol, places in list(shared.symbols.items()):
            blamed = next((needing[place] for place in places if place in needing), None)
            if blamed is not None:
                shared.move(symbol, blamed)
                blamed.has_error = True
        if not shared.symbols:
            del self._buckets[(_UNDEFINED_SHARED.id, "")]

    def _join_classes(self) -> None:
        """Move members of a class without a vtable to the cause that is about its vtable: one file defines both."""
        vtables, others = self._buckets.get((_VTABLE.id, "")), self._buckets.get((_UNDEFINED.id, ""))
        if vtables is None or others is None:
            return
        classes = tuple(f"{name.partition(' for ')[2]}::" for name in vtables.symbols if " for " in name)
        for symbol in [name for name in others.symbols if classes and _without_thunk(name).startswith(classes)]:
            others.move(symbol, vtables)
        if not others.symbols:
            del self._buckets[(_UNDEFINED.id, "")]

    def _split(
        self, bucket: Bucket, files: Iterable[str], abi_may_differ: Callable[[Bucket], bool]
    ) -> Iterator[tuple[Bucket, Origin | None]]:
        """Yield a bucket by parts: undefined symbols by library, duplicates by the files that share them."""
        match bucket.family.fold:
            case Fold.LIBRARY:
                has_classes = (_VTABLE.id, "") in self._buckets
                for family, part in (
                    [(bucket.family, bucket.symbols)] if has_classes else _abi_apart(bucket, abi_may_differ)
                ):
                    if family is _CXX11:
                        yield _part(bucket, part, family), None
                        continue
                    for origin in find_origins(part, files, is_macho=self.is_macho, is_msvc=self.is_msvc):
                        chosen = {symbol: bucket.symbols[symbol] for symbol in origin.symbols}
                        yield _part(bucket, chosen, family), origin
            case Fold.PLACES:
                for part in _connected(bucket.symbols):
                    yield _part(bucket, part, bucket.family), None
            case _:
                yield bucket, None


def _abi_may_differ(
    bucket: Bucket, lines: tuple[LinkLine, ...], open_line: Callable[[LinkLine], LinkAtHand | None]
) -> bool:
    """Return whether a library of the link may have the symbols with the old ABI of std::string."""
    line = _line_of(bucket, lines)
    if line is None:
        return True
    if all(word.lib_name is None or word.lib_name in _COMPILERS_OWN for word in line.inputs):
        return False
    at_hand = open_line(line)
    return at_hand is None or at_hand.has_old_abi(tuple(bucket.symbols))


def _abi_apart(
    bucket: Bucket, may_differ: Callable[[Bucket], bool]
) -> Iterator[tuple[Family, dict[str, tuple[str, ...]]]]:
    """Yield the symbols as a matter of std::string's ABI if that explains all of them, else as they are."""
    own = {name: places for name, places in bucket.symbols.items() if not _is_standard(name)}
    if (
        bucket.family is _UNDEFINED
        and own
        and all(_CXX11_NAME.search(name) for name in own)
        and len(own) == bucket.symbol_count
        and may_differ(bucket)
    ):
        yield _CXX11, own
        return
    yield bucket.family, bucket.symbols


def _without_thunk(name: str) -> str:
    return name.removeprefix("non-").removeprefix("virtual thunk to ")


def _is_standard(name: str) -> bool:
    return name.startswith(("std::", "_ZNSt", "_ZNKSt", "_ZSt", "operator "))


def _part(bucket: Bucket, symbols: dict[str, tuple[str, ...]], family: Family) -> Bucket:
    if len(symbols) == len(bucket.symbols) and family is bucket.family:
        return bucket
    return replace(
        bucket,
        family=family,
        symbols=symbols,
        symbol_count=len(symbols),
        places=dict.fromkeys(place for one in symbols.values() for place in one),
        count=sum(bucket.counts[symbol] for symbol in symbols),
        first=min((bucket.firsts[symbol] for symbol in symbols), key=lambda fact: fact.line),
    )


def _connected(symbols: dict[str, tuple[str, ...]]) -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield groups of symbols whose definitions are in the same files, directly or through a third one."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for places in symbols.values():
        files = [container(place) for place in places]
        for other in files[1:]:
            leader[find(other)] = find(files[0])
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    for symbol, places in symbols.items():
        group = find(container(places[0])) if places else ""
        groups.setdefault(group, {})[symbol] = places
    yield from groups.values()


def _subject(family: Family, fact: Fact) -> str:
    if family.fold is not Fold.SUBJECT:
        return ""
    if family is _WRONG_MACHINE and _SKIPPING in fact.text:
        asked = fact.by or (InputWord(fact.places[0], 0).lib_name if fact.places else "") or ""
        return asked.removeprefix("-l").removeprefix(":")
    if family.blocks and fact.names_place:
        return container(fact.places[0])
    return fact.subject.removeprefix(":")


@cache
def _refinements(family: str) -> tuple[tuple[Family, re.Pattern[str]], ...]:
    return tuple((one, re.compile(one.symbols)) for one in FAMILIES if family in one.refines.split())


@cache
def _any_refinement(family: str) -> re.Pattern[str] | None:
    """Return a pattern for the symbols of any family that refines this one; most symbols have none."""
    texts = [f"(?:{one.pattern})" for _, one in _refinements(family)]
    return re.compile("|".join(texts)) if texts else None


def _cause(  # noqa: PLR0913 (what a cause is made of)
    bucket: Bucket,
    origin: Origin | None,
    lines: tuple[LinkLine, ...],
    open_line: Callable[[LinkLine], LinkAtHand | None],
    *,
    is_macho: bool,
    is_cargo: bool,
) -> Cause:
    line = _line_of(bucket, lines)
    situation = Situation(
        bucket.family,
        tuple(bucket.symbols),
        bucket.symbol_count,
        tuple(bucket.places),
        bucket.subject,
        tuple(bucket.by),
        tuple(one for one in bucket.sections if one),
        bucket.amount,
        bucket.first.text,
        origin,
        line,
        is_macho=is_macho,
        is_cargo=is_cargo,
        definitions=tuple(bucket.symbols.values())[:1000] if bucket.family.fold is Fold.PLACES else (),
    )
    reasons, cures = cures_of(situation)
    unchecked: tuple[str, ...] = ()
    if bucket.family.fold in (Fold.LIBRARY, Fold.PLACES):
        at_hand = None if line is None else open_line(line)
        if at_hand is None:
            missing = "the log has no link command" if line is None else "the files of the link are not at hand"
            unchecked = (f"{missing}, so that this is from the messages alone",)
        else:
            if at_hand.defines_in_vain(situation):
                named = None if origin is None or line is None else line.positions(origin.name.removeprefix("lib"))
                origin = origin if named else None  # a file of the link has them, and no library beside it is missing
                situation = replace(situation, origin=origin, in_vain=True)
                reasons, cures = cures_of(situation)
            seen = at_hand.advise(situation)
            reasons, cures = (*seen.reasons, *reasons), seen.cures or cures
    return Cause(
        bucket.family,
        summarize(situation),
        tuple(bucket.symbols),
        bucket.symbol_count,
        tuple(bucket.places),
        _shown_subject(bucket, origin),
        bucket.count,
        bucket.first.line,
        bucket.first.text,
        reasons,
        cures,
        unchecked,
        is_error=bucket.has_error,
        command=None if line is None else str(line),
        before="" if line is None else line.before,
    )


def _shown_subject(bucket: Bucket, origin: Origin | None) -> str:
    return origin.name if origin is not None else bucket.subject


def _line_of(bucket: Bucket, lines: tuple[LinkLine, ...]) -> LinkLine | None:
    """Return the link command that the messages belong to: the last one before them that names one of their files."""
    before = [one for one in lines if one.line <= bucket.first.line] or list(lines[:1])
    for line in reversed(before):
        if any(line.position_of(place) is not None for place in list(bucket.places)[:8]):
            return line
    if bucket.family.fold in (Fold.LIBRARY, Fold.PLACES) and bucket.places and len(before) > 1:
        return None
    return before[-1] if before else None


def _ordered(causes: list[Cause]) -> list[Cause]:
    """Return errors before warnings, causes before what may follow from them."""
    blocks = any(cause.family.blocks and cause.is_error for cause in causes)
    found = []
    for cause in causes:
        follows = blocks and cause.family.fold is Fold.LIBRARY and not cause.cures and not cause.subject
        found.append(replace(cause, follows=follows) if follows else cause)
    return sorted(found, key=lambda one: (not one.is_error, one.follows, not one.family.blocks, one.line))
