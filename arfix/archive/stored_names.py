"""The names of a symbol index, kept as they are stored until somebody reads them.

The index of a large C++ archive has 140,000 names of 80 bytes. Making strings of them takes longer than removing a
member, and most edits need none: they ask for a few names, drop a few entries and write the rest as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, overload

from arfix.archive.names import decode_name, encode_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

#: Up to this many names a search for each is faster than reading all names (measured with 11.8 MB of names).
_FEW = 12
#: The start of a name is searched by halves down to a stretch of so many bytes, then name by name.
_SHORT_STRETCH = 4096
#: Up to this many runs of names are looked for one by one; past that, all names are split.
_FEW_RUNS = 4


class StoredNames(Sequence[str]):
    """A sequence of names over their stored bytes: consecutive, each terminated by NUL.

    It compares and hashes as the tuple of the names does.

    Args:
        stored: The bytes, without any that follow the last NUL.
        count: How many names they are.
    """

    __slots__ = ("_count", "_names", "stored")

    def __init__(self, stored: bytes, count: int) -> None:
        self.stored = stored
        self._count = count
        self._names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        """Return the number of names."""
        return self._count

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        """Return one name, or a tuple of some."""
        return self._all()[at]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._all())

    def __contains__(self, name: object) -> bool:
        """Return whether `name` is among them."""
        return name in self._all()

    def __eq__(self, other: object) -> bool:
        """Return whether the names are the same, in the same order."""
        if isinstance(other, StoredNames):
            return self.stored == other.stored
        return self._all() == other

    def __reduce__(self) -> tuple[type[StoredNames], tuple[bytes, int]]:
        """Return what `pickle` keeps: the names as they are stored."""
        return StoredNames, (self.stored, self._count)

    def __hash__(self) -> int:
        """Hash as the tuple of the names does."""
        return hash(self._all())

    def __repr__(self) -> str:
        """Return the tuple of the names, as Python writes it."""
        return repr(self._all())

    def _all(self) -> tuple[str, ...]:
        if self._names is None:
            self._names = tuple(decode_name(self.stored).split("\0")[:-1])
        return self._names

    def find(self, names: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield each entry that has one of `names`: the name, and the entry's position."""
        if len(names) > _FEW or self._names is not None:
            wanted = frozenset(names)
            is_wanted = map(wanted.__contains__, self._all())
            yield from compress(zip(self._all(), range(self._count), strict=True), is_wanted)
            return
        entry = seen = 0
        starts = sorted([(at, name) for name in names for at in self._starts_of(encode_name(name))])
        for at, found in starts:
            entry += self.stored.count(b"\0", seen, at)
            seen = at
            yield found, entry

    def _starts_of(self, name: bytes) -> Iterator[int]:
        """Yield where a name starts that is `name`; one that holds a NUL is nowhere."""
        if b"\0" in name:
            return
        if self.stored.startswith(name + b"\0"):
            yield 0
        at = self.stored.find(b"\0" + name + b"\0")
        while at >= 0:
            yield at + 1
            at = self.stored.find(b"\0" + name + b"\0", at + 1)

    def without(self, entries: Sequence[int]) -> StoredNames:
        """Return the names without those at the positions `entries`, which are in order and none twice."""
        count = self._count - len(entries)
        runs = _runs(entries)
        if len(runs) > _FEW_RUNS:
            stays = bytearray(b"\1") * self._count
            for entry in entries:
                stays[entry] = 0
            return StoredNames(b"".join([name + b"\0" for name in compress(self.stored.split(b"\0"), stays)]), count)
        parts, kept_from = [], 0
        for run in runs:
            at = self._start_of(run.start)
            parts.append(self.stored[kept_from:at])
            for _ in run:
                at = self.stored.index(b"\0", at) + 1
            kept_from = at
        parts.append(self.stored[kept_from:])
        return StoredNames(b"".join(parts), count)

    def _start_of(self, entry: int) -> int:
        """Return where the name at the position `entry` starts: behind so many NULs."""
        low, high, names = 0, len(self.stored), 0
        while high - low > _SHORT_STRETCH:
            middle = (low + high) // 2
            in_half = self.stored.count(b"\0", low, middle)
            if names + in_half < entry:
                low, names = middle, names + in_half
            else:
                high = middle
        for _ in range(entry - names):
            low = self.stored.index(b"\0", low) + 1
        return low


def _runs(entries: Sequence[int]) -> list[range]:
    """Return the positions as ranges, neighbours in one; an index lists the symbols of a member one after another."""
    runs: list[range] = []
    for entry in entries:
        if runs and entry == runs[-1].stop:
            runs[-1] = range(runs[-1].start, entry + 1)
        else:
            runs.append(range(entry, entry + 1))
    return runs


def without(names: Sequence[str], entries: Sequence[int]) -> Sequence[str]:
    """Return `names` without those at the positions `entries`, which are in order and none twice."""
    if isinstance(names, StoredNames):
        return names.without(entries)
    left_out = frozenset(entries)
    return tuple([name for entry, name in enumerate(names) if entry not in left_out])
