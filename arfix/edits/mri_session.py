"""Running an MRI script: each command edits the current archive.

Members are added in the order of the script and of the library; GNU ar reverses those of each ADDLIB. Nested archives
are opened, as in `arfix merge`. DELETE removes all members of a name. Nothing is written before SAVE.
"""

from __future__ import annotations

import os.path
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Index, Kind, Member
from arfix.archive.rebase import path_in_thin
from arfix.archive.source import extent_of
from arfix.edits.apply import apply
from arfix.edits.gathered_members import empty_like, gather
from arfix.edits.index_state import index_trouble
from arfix.edits.mri import Command, Keyword
from arfix.edits.plan import Add, Drop, Edit, Plan, Reindex, Replace
from arfix.edits.requests import hinted
from arfix.errors import ArfixError, EditError, UnsupportedError, Where
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from arfix.edits.nested_archives import OpenArchive

_ARCHIVES = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})
_NEAR_NAMES = 3


@dataclass(frozen=True, slots=True)
class Reported:
    """The messages and warnings of any other command."""

    said: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveToSave:
    """SAVE: the archive before and after, and the path to write; `is_needed` is False if nothing has changed."""

    plan: Plan
    before: Archive
    after: Archive
    path: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class MembersToList:
    """LIST or DIRECTORY: the members of an archive, and the file for their names; None to print them."""

    path: str
    members: tuple[Member, ...]
    file: str | None = None


@dataclass(frozen=True, slots=True)
class MembersToExtract:
    """EXTRACT: members to write as files."""

    archive: Archive
    positions: tuple[int, ...]


CommandOutcome = Reported | ArchiveToSave | MembersToList | MembersToExtract


class _Item(NamedTuple):
    """A member of the edited archive.

    Attributes:
        member: The member.
        position: Its position in the original archive; None for a new member.
        origin: Where a new member comes from.
        entries: The index entries of a new member; None to read them from the object.
        is_replaced: It was there before with other bytes.
    """

    member: Member
    position: int | None = None
    origin: str = ""
    entries: tuple[str, ...] | None = None
    is_replaced: bool = False


class _Items:
    """The members of the edited archive, found by name without a look at all of them."""

    def __init__(self, items: Iterable[_Item] = ()) -> None:
        self._by_number: dict[int, _Item] = {}
        self._numbers: dict[str, dict[int, None]] = {}
        self._numbers_of_base_name: dict[str, dict[int, None]] = {}
        self._next = 0
        self.extend(items)

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._by_number.values())

    def __len__(self) -> int:
        return len(self._by_number)

    def extend(self, items: Iterable[_Item]) -> None:
        """Append members."""
        for item in items:
            self._by_number[self._next] = item
            for names, name in self._names(item):
                names.setdefault(name, {})[self._next] = None
            self._next += 1

    def _names(self, item: _Item) -> tuple[tuple[dict[str, dict[int, None]], str], ...]:
        name = item.member.name
        return (self._numbers, name), (self._numbers_of_base_name, os.path.basename(name))  # noqa: PTH119 (as stored)

    def named(self, name: str) -> list[int]:
        """Return the numbers of the members of a name, in order."""
        return list(self._numbers.get(name, ()))

    def with_base_name(self, name: str) -> list[int]:
        """Return the numbers of the members whose paths end with a file name, in order."""
        return list(self._numbers_of_base_name.get(name, ()))

    def item(self, number: int) -> _Item:
        """Return the member of a number."""
        return self._by_number[number]

    def remove(self, number: int) -> None:
        """Remove a member."""
        for names, name in self._names(self._by_number.pop(number)):
            del names[name][number]

    def replace(self, number: int, item: _Item) -> None:
        """Put a member of the same name in the place of another."""
        self._by_number[number] = item

    def positions(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """Return where the members of these numbers are, counted from 0."""
        wanted = list(numbers)
        sought = set(wanted)
        found = {number: at for at, number in enumerate(self._by_number) if number in sought}
        return tuple([found[number] for number in wanted])


class Session:
    """The state of a running script.

    Args:
        open_library: Opens an archive by its path; the caller closes it.
        read_file: Returns the bytes of a file by its path.
    """

    def __init__(self, open_library: Callable[[str], OpenArchive], read_file: Callable[[str], bytes]) -> None:
        self.verbose = False
        self._open_library = open_library
        self._read_file = read_file
        self._base: Archive | None = None
        self._path = ""
        self._items = _Items()
        self._is_new = False
        self._is_saved = True
        self._does: dict[Keyword, Callable[[Command], CommandOutcome]] = {
            Keyword.OPEN: self._open,
            Keyword.CREATE: self._create,
            Keyword.CREATETHIN: self._create,
            Keyword.ADDLIB: self._add_library,
            Keyword.ADDMOD: self._add_files,
            Keyword.DELETE: self._delete,
            Keyword.REPLACE: self._replace,
            Keyword.EXTRACT: self._extract,
            Keyword.LIST: self._list,
            Keyword.DIRECTORY: self._list_library,
            Keyword.VERBOSE: self._toggle,
            Keyword.CLEAR: self._clear,
            Keyword.SAVE: self._save,
        }

    @property
    def unsaved(self) -> str | None:
        """Path of the archive with unsaved changes; None if there are none."""
        return None if self._is_saved else self._path

    def run(self, command: Command) -> CommandOutcome:
        """Run one command; return its messages, or what is to be written or printed.

        Raises:
            ArfixError: The command fails; the message names the line.
        """
        try:
            return self._does[command.keyword](command)
        except ArfixError as error:
            error.message += f" (line {command.line} of the script)"
            raise

    def _open(self, command: Command) -> Reported:
        (self._path,) = command.operands
        self._base = self._open_library(self._path).archive
        self._items = _Items(_Item(member, position) for position, member in enumerate(self._base.members))
        self._is_new, self._is_saved = False, True
        return Reported()

    def _create(self, command: Command) -> Reported:
        (self._path,) = command.operands
        thin = command.keyword is Keyword.CREATETHIN
        self._base = Archive(Kind.GNU, (), Index((), ()), thin=thin, where=Where(self._path))
        self._items = _Items()
        self._is_new, self._is_saved = True, False
        return Reported()

    def _current(self) -> Archive:
        if self._base is None:
            raise EditError("no archive is open", hint="A script begins with OPEN or CREATE.")
        return self._base

    def _add_library(self, command: Command) -> Reported:
        base, (path,) = self._current(), command.operands
        opened = self._open_library(path)
        if self._is_new and not self._items and not base.thin and opened.archive.members:
            base = self._base = empty_like(opened.archive, Where(self._path))
        found = list(_thin_items(self._path, opened) if base.thin else _items(opened, base.kind))
        if command.modules is not None:
            library = _Items(found)
            for name in command.modules:
                if not library.named(name):
                    raise _no_such_member(name, [item.member.name for item in found], path)
            found = [library.item(number) for name in command.modules for number in library.named(name)]
        self._items.extend(found)
        self._is_saved = False
        return Reported(tuple([f"added {item.member.name} from {item.origin}" for item in found]))

    def _add_files(self, command: Command) -> Reported:
        base = self._current()
        warnings = []
        for path in command.operands:
            data = self._read_file(path)
            name = path if base.thin else os.path.basename(path)  # noqa: PTH119 (no path of this system alone)
            member = Member(name, new_header(), extent_of(data, Where(path)))
            if base.thin:
                stored = path_in_thin(path, self._path)
                member = replace(member, name=stored, thin_path=stored)
            elif identify(member.data) in _ARCHIVES:
                warnings.append(f"{path} is an archive, which no linker opens inside another; ADDLIB adds its members")
            self._items.extend([_Item(member, None, path)])
        self._is_saved = False
        return Reported(tuple([f"added {path}" for path in command.operands]), tuple(warnings))

    def _find(self, name: str) -> list[int]:
        """Return the numbers of the members of that name, or of that file name in a thin archive.

        Raises:
            EditError: There is none.
        """
        base = self._current()
        found = self._items.named(name)
        if base.thin and not found:
            found = self._items.with_base_name(name)
        if not found:
            raise _no_such_member(name, [item.member.name for item in self._items], self._path)
        return found

    def _delete(self, command: Command) -> Reported:
        for name in command.operands:
            for number in self._find(name):
                self._items.remove(number)
        self._is_saved = False
        return Reported(tuple([f"deleted {name}" for name in command.operands]))

    def _replace(self, command: Command) -> Reported:
        if self._current().thin:
            raise UnsupportedError("members of a thin archive are files: replace those", where=Where(self._path))
        for path in command.operands:
            first, *others = self._find(os.path.basename(path))  # noqa: PTH119
            if others:
                raise EditError(f"{1 + len(others)} members have the name of {path}", where=Where(self._path))
            old = self._items.item(first)
            content = extent_of(self._read_file(path), Where(path))
            member = replace(old.member, content=content, header_offset=None)
            is_replaced = old.position is not None
            self._items.replace(first, _Item(member, old.position, path, None, is_replaced))
        self._is_saved = False
        return Reported(tuple([f"replaced {path}" for path in command.operands]))

    def _extract(self, command: Command) -> MembersToExtract:
        numbers = [number for name in command.operands for number in self._find(name)]
        return MembersToExtract(self._result()[1], self._items.positions(numbers))

    def _list(self, _command: Command) -> MembersToList:
        self._current()
        return MembersToList(self._path, tuple([item.member for item in self._items]))

    def _list_library(self, command: Command) -> MembersToList:
        path, *file = command.operands
        members = self._open_library(path).archive.members
        if command.modules is not None:
            wanted, names = set(command.modules), {member.name for member in members}
            for name in command.modules:
                if name not in names:
                    raise _no_such_member(name, [member.name for member in members], path)
            members = tuple([member for member in members if member.name in wanted])
        return MembersToList(path, members, file[0] if file else None)

    def _toggle(self, _command: Command) -> Reported:
        self.verbose = not self.verbose
        return Reported()

    def _clear(self, _command: Command) -> Reported:
        self._current()
        self._items, self._is_saved = _Items(), False
        return Reported()

    def _save(self, _command: Command) -> ArchiveToSave:
        before = self._current()
        plan, after = self._result()
        is_needed = self._is_new or bool(plan)
        self._base, self._is_saved, self._is_new = after, True, False
        self._items = _Items(_Item(member, position) for position, member in enumerate(after.members))
        return ArchiveToSave(plan, before, after, self._path, is_needed)

    def _result(self) -> tuple[Plan, Archive]:
        """Return the plan and the edited archive."""
        base = self._current()
        plan = Plan(self._path, tuple(_edits(base, self._items)))
        if plan and (trouble := index_trouble(base)):
            plan = replace(plan, edits=(*plan.edits, Reindex(trouble)))
        return plan, apply(base, plan)


def _edits(base: Archive, items: _Items) -> Iterator[Edit]:
    """Yield the edits that turn the archive into `items`; old members keep their order."""
    staying = {item.position for item in items}
    for position, member in enumerate(base.members):
        if position not in staying:
            yield Drop(position, member.name, "")
    following = 0
    for item in items:
        if item.position is None:
            yield Add(following, item.member, item.origin, "", item.entries)
            continue
        following = item.position + 1
        if item.is_replaced:
            yield Replace(item.position, base.members[item.position].name, item.member, item.origin)


def _items(library: OpenArchive, kind: Kind) -> Iterator[_Item]:
    """Yield the members of a library as new members of an archive of that kind; nested archives are opened."""
    for gathered in gather(library, kind).members:
        yield _Item(gathered.member, None, str(gathered.origin), gathered.entries)


def _thin_items(path: str, library: OpenArchive) -> Iterator[_Item]:
    """Yield the members of a library as members of the thin archive at `path`, which refers to them in place.

    Raises:
        EditError: One is an archive, whose members a thin archive cannot refer to.
    """
    archive = library.archive
    for member, written in zip(archive.members, labels(archive), strict=True):
        where = library.where.inside(written)
        if identify(member.data) in _ARCHIVES:
            raise EditError("a thin archive cannot refer to members of an archive inside an archive", where=where)
        new = replace(member, header=new_header(), header_offset=None)
        if member.thin_path is not None:
            stored = path_in_thin(os.path.join(os.path.dirname(library.where.path), member.thin_path), path)  # noqa: PTH118, PTH120
            name = stored if member.thin_origin is None else member.name
            new = replace(new, name=name, thin_path=stored)
        else:
            new = replace(new, thin_path=path_in_thin(library.where.path, path), thin_origin=member.header_offset)
        yield _Item(new, None, str(where))


def _no_such_member(name: str, names: Iterable[str], path: str) -> EditError:
    from difflib import get_close_matches  # noqa: PLC0415 (only a failure pays for it)

    near = get_close_matches(name, list(names), _NEAR_NAMES)
    hint = f"Nearest: {', '.join(near)}." if near else f"{hinted('inspect', (path,))} lists the members."
    return EditError(f"no member is called {name}", where=Where(path), hint=hint)
