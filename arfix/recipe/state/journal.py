"""Transactions: several files are changed, or none, even if the process is killed or the system refuses a call.

First the journal says which files will be made (`staging`). Until the last of them is complete, on the disk and has
the bytes that were planned, nothing has changed, and giving up means removing them. Then the journal says `commit`, and
each new file swaps names with the old one, which is kept until all are done. If one of these steps is refused, the
journal says `back`, and the old files get their names again. Renaming needs no room, so a disk that fills up does so
before anything has changed.

Which way a stopped run went is decided by content: the journal has the hashes of old and new, and files are compared
with these, so that a file that somebody else put there meanwhile is never taken for one of ours.

The journal lies in the sysroot. One that came with it is refused: it cannot know the time at which the lock beside it
was made (`arfix.recipe.state.lock`).
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from arfix.archive.confined import split_inside, write_new
from arfix.archive.files import explained, read_bounded
from arfix.documents.table import parse_json
from arfix.errors import AccessError, ArfixError, EditError, RecipeError, Where
from arfix.recipe.state.lock import anchor_of
from arfix.recipe.state.originals import Originals, hash_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from arfix.archive.chunks import Chunk
    from arfix.archive.confined import Folder, Tree
    from arfix.documents.table import Table

JOURNAL_NAME = "journal"

#: No journal that arfix writes is longer; bytes.
_LONGEST = 64 << 20

_STAGING, _COMMIT, _BACK = "staging", "commit", "back"
_PROGRESS = {one: one for one in (_STAGING, _COMMIT, _BACK)}
_HINT = "Look at it, then remove it."


class ChangedError(EditError):
    """Another process changed a file after it was planned."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file and what becomes of it.

    Attributes:
        name: Its path from the root on, without links.
        before: The SHA-256 of what it holds; empty if there is nothing.
        after: The SHA-256 of what it is to hold; empty if it is to be removed.
        chunks: The new bytes.
        twin: A file whose new file this is to be a further name of; empty for none.
        keep: Put the old file into the store of originals.
    """

    name: str
    before: str
    after: str
    chunks: Sequence[Chunk] = ()
    twin: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What the journal says of a change: `new` and `old` are names beside the file, for the new bytes and the old."""

    name: str
    before: str
    after: str
    new: str
    old: str

    @property
    def parent(self) -> str:
        """The folder, from the root on; empty for the root."""
        return self.name.rpartition("/")[0]

    @property
    def last(self) -> str:
        """The file's own name."""
        return self.name.rpartition("/")[2]

    @staticmethod
    def of(change: FileChange) -> Move:
        """Return the move for a change. Its names cannot be guessed, and do not end as a library does."""
        last = os.fsdecode(os.fsencode(change.name.rpartition("/")[2])[:64])  # a file name has at most 255 bytes
        stem = f".{last}.{os.urandom(8).hex()}"
        return Move(change.name, change.before, change.after, f"{stem}.tmp", f"{stem}.old")


@dataclass(slots=True)
class Transaction:
    """Changes that are made as one.

    Attributes:
        tree: The sysroot or overlay.
        state: Its `.arfix`, locked.
        changes: What is to change.
        notes: What a person should know: what new files could not take over, what could not be cleaned up.
    """

    tree: Tree
    state: Folder
    changes: Sequence[FileChange]
    notes: list[str] = field(default_factory=list)

    def run(self, finish: Callable[[], None]) -> None:
        """Make the changes.

        Args:
            finish: Called when every file has its new bytes; if it raises, they get their old ones again.

        Raises:
            ChangedError: A file is not what it was when it was planned. Everything is as it was, that file as it is.
            AccessError: The system refuses. Nothing has changed, or the next run undoes it; the message says which.
        """
        moves = [Move.of(change) for change in self.changes]
        store = Originals(self.tree)
        kept = store.missing(change.before for change in self.changes if change.keep)
        journal = _Journal(self.tree, self.state, moves, kept)
        try:
            journal.write(_STAGING)
            self._stage(moves, kept, store)
            journal.write(_COMMIT)
            for move in moves:
                with self._parent_folder(move) as folder:
                    _swap(folder, move)
            finish()
        except BaseException as error:
            try:
                journal.go_back()
            except ArfixError as second:
                reason = f"{error.message if isinstance(error, ArfixError) else error}; undoing it failed too: {second}"
                where = error.where if isinstance(error, ArfixError) else None
                raise AccessError(reason, where=where, hint="The next `arfix apply` or `revert` undoes it.") from error
            raise
        try:
            journal.clean_up()
        except ArfixError as error:
            self.notes.append(f"{error}; everything is done, and the next run cleans up")

    def _stage(self, moves: Sequence[Move], kept: Sequence[str], store: Originals) -> None:
        """Write every new file beside the old one, and store originals."""
        news: dict[str, str] = {}
        folders: set[str] = set()
        left = set(kept)
        for change, move in zip(self.changes, moves, strict=True):
            folders.add(move.parent)
            with self._parent_folder(move, make=bool(change.after)) as folder:
                if change.before and hash_in(folder, move.last) != change.before:
                    raise _changed(folder, move)
                if change.after:
                    self._write(folder, change, move, news)
                if change.before in left and change.keep:
                    store.keep(folder, move.last, change.before)
                    left.remove(change.before)
        for parent in folders:
            if self.tree.status(parent) if parent else True:
                with self.tree.folder(parent) as folder, explained(Where(folder.path), "cannot write"):
                    folder.sync()

    def _write(self, folder: Folder, change: FileChange, move: Move, news: dict[str, str]) -> None:
        """Write one new file, and verify that it has the planned hash."""
        twin = news.get(change.twin)
        if twin is not None:  # names of one file stay names of one file, or nothing is done
            with self.tree.folder(change.twin.rpartition("/")[0]) as other:
                other.link(twin, folder, move.new)
            return
        old = folder.open(move.last) if change.before else None
        try:
            self.notes += write_new(folder, move.new, change.chunks, folder.path_of(move.last), old)
        finally:
            if old is not None:
                os.close(old)
        news[change.name] = move.new
        if hash_in(folder, move.new) != change.after:
            raise ChangedError("a file that it is made from changed meanwhile", where=Where(folder.path_of(move.last)))

    @contextmanager
    def _parent_folder(self, move: Move, *, make: bool = False) -> Iterator[Folder]:
        """Open the folder of a file; system errors become an `AccessError` with the file's name."""
        with (
            self.tree.folder(move.parent, make=make) as folder,
            explained(Where(folder.path_of(move.last)), "cannot write"),
        ):
            yield folder


def _swap(folder: Folder, move: Move) -> None:
    """Swap the names of the new and the old file; raises `ChangedError` if the old one is not the planned one.

    Where the system can exchange two names in one step, nothing that another process puts there at the last moment is
    lost. Elsewhere the time between the last look and the renaming remains.
    """
    if move.before and move.after and folder.exchange(move.new, move.last):
        if hash_in(folder, move.new) != move.before:
            folder.exchange(move.new, move.last)
            if hash_in(folder, move.new) != move.after:  # yet another one came in between: that is the newest
                folder.exchange(move.new, move.last)
            raise _changed(folder, move)
        return
    if hash_in(folder, move.last) != move.before:
        raise _changed(folder, move)
    if move.before and not move.after:
        folder.rename(move.last, move.old)
        if hash_in(folder, move.old) != move.before:
            folder.rename(move.old, move.last)
            raise _changed(folder, move)
        return
    if move.before:
        _copy_name(folder, move)
    elif _link_new(folder, move):
        return
    folder.rename(move.new, move.last)


def _link_new(folder: Folder, move: Move) -> bool:
    """Name a file that replaces none, unless the name is taken; return False if the system has no hard links."""
    try:
        folder.link(move.new, folder, move.last)
    except FileExistsError:
        raise _changed(folder, move) from None
    except OSError:
        return False
    return True


def _copy_name(folder: Folder, move: Move) -> None:
    """Keep the old file under its temporary name, as a hard link or else as a copy."""
    from arfix.archive.files import FileSource  # noqa: PLC0415 (rare)
    from arfix.archive.source import Extent  # noqa: PLC0415 (the same)

    try:
        folder.link(move.last, folder, move.old)
    except OSError:
        source = FileSource(folder.open(move.last), Where(folder.path_of(move.last)))
        old = folder.open(move.last)
        try:
            write_new(folder, move.old, [Extent(source, 0, len(source.view))], folder.path_of(move.last), old)
        finally:
            os.close(old)
            source.close()


def _changed(folder: Folder, move: Move) -> ChangedError:
    where = Where(folder.path_of(move.last))
    return ChangedError("another process changed the file meanwhile", where=where, hint="Run it again.")


@dataclass(frozen=True, slots=True)
class _Journal:
    """The journal of a transaction, of this run or an interrupted one."""

    tree: Tree
    state: Folder
    moves: Sequence[Move]
    originals: Sequence[str]

    def write(self, state: str) -> None:
        """Write the journal with this progress."""
        document = {
            "version": 3,
            "anchor": anchor_of(self.state),
            "state": state,
            "moves": [asdict(move) for move in self.moves],
            "originals": list(self.originals),
        }
        replace_file(self.state, JOURNAL_NAME, json.dumps(document).encode())

    def can_go_forward(self) -> bool:
        """Return whether every new file exists, under its final or its temporary name."""
        for move in self.moves:
            with self._parent_folder(move) as folder:
                if folder is None:
                    return False
                now = _hash_or_other(folder, move.last)
                ready = now == move.before and (not move.after or _hash_or_other(folder, move.new) == move.after)
                if now != move.after and not ready:
                    return False
        return True

    def go_forward(self) -> None:
        """Finish a committed transaction."""
        for move in self.moves:
            with self._parent_folder(move) as folder:
                if folder is not None and _hash_or_other(folder, move.last) != move.after:
                    _swap(folder, move)
        self.clean_up()

    def go_back(self) -> None:
        """Restore the old files. Raises the first error after undoing everything else."""
        with suppress(ArfixError, OSError):
            if self.moves:
                self.write(_BACK)
        failed: ArfixError | None = None
        for move in reversed(self.moves):
            try:
                with self._parent_folder(move) as folder:
                    if folder is not None:
                        _restore(folder, move)
            except ArfixError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        with explained(Where(self.state.path), "cannot clean up"):
            Originals(self.tree).drop(self.originals)
        self.clean_up()

    def clean_up(self) -> None:
        """Remove temporary files, then the journal. Raises the first error after everything else."""
        failed: ArfixError | None = None
        for move in self.moves:
            try:
                with self._parent_folder(move) as folder:
                    if folder is not None:
                        folder.unlink(move.new)
                        folder.unlink(move.old)
            except ArfixError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        for parent in dict.fromkeys(move.parent for move in self.moves):
            if not parent or self.tree.status(parent) is not None:
                with self.tree.folder(parent) as folder, explained(Where(folder.path), "cannot write"):
                    folder.sync()
        with explained(Where(self.state.path_of(JOURNAL_NAME)), "cannot remove"):
            self.state.unlink(JOURNAL_NAME)
            self.state.sync()

    @contextmanager
    def _parent_folder(self, move: Move) -> Iterator[Folder | None]:
        """Open the folder of a file; yield None if it does not exist."""
        if move.parent and self.tree.status(move.parent) is None:
            yield None
            return
        with (
            self.tree.folder(move.parent) as folder,
            explained(Where(folder.path_of(move.last)), "cannot write"),
        ):
            yield folder


def _restore(folder: Folder, move: Move) -> None:
    """Restore the old file's name, unless it has it or another process has put a file there."""
    if _hash_or_other(folder, move.last) != move.after:
        return
    if not move.before:
        beside, now = folder.status(move.new), folder.status(move.last)
        if beside is None or now is None or os.path.samestat(beside, now):  # else the name was never given
            folder.unlink(move.last)
        return
    spare = next((one for one in (move.old, move.new) if _hash_or_other(folder, one) == move.before), None)
    if spare is not None:
        folder.rename(spare, move.last)
    elif not move.after or folder.status(move.new) is None:
        raise AccessError("the old file is gone", where=Where(folder.path_of(move.last)))


def _hash_or_other(folder: Folder, name: str) -> str:
    """Return the hash of a file; empty if there is none, and `other` if it is not a regular file."""
    found = folder.status(name)
    if found is not None and not stat.S_ISREG(found.st_mode):
        return "other"
    return hash_in(folder, name)


def replace_file(folder: Folder, name: str, data: bytes) -> None:
    """Replace a small file of arfix's own atomically."""
    temporary = f".{name}.{os.urandom(8).hex()}.tmp"
    with explained(Where(folder.path_of(name)), "cannot write"):
        write_new(folder, temporary, [data], folder.path_of(name))
        try:
            folder.rename(temporary, name)
        except BaseException:
            with suppress(OSError):
                folder.unlink(temporary)
            raise
        folder.sync()


def is_interrupted(state: Folder) -> bool:
    """Return whether a run was interrupted."""
    return state.status(JOURNAL_NAME) is not None


def recover(tree: Tree, state: Folder) -> str:
    """Finish or undo an interrupted run, and return a sentence that says which; empty if there was none.

    Raises:
        RecipeError: The journal is damaged, or came with the sysroot.
        AccessError: The system refuses.
    """
    if not is_interrupted(state):
        return ""
    said, journal = _read(tree, state)
    if said == _COMMIT and journal.can_go_forward():
        try:
            journal.go_forward()
        except ArfixError:
            journal.go_back()
        else:
            return "a run that was stopped is finished"
    else:
        journal.go_back()
    return "a run that was stopped is undone"


def _read(tree: Tree, state: Folder) -> tuple[str, _Journal]:
    path = state.path_of(JOURNAL_NAME)
    with explained(Where(path), "cannot read"):
        data = read_bounded(state.open(JOURNAL_NAME), _LONGEST)
    document = parse_json(data.decode("utf-8", "surrogateescape"), path, _HINT)
    if document.optional_string("anchor") != anchor_of(state):
        raise RecipeError("not written by an arfix that ran here", where=Where(path), hint=_HINT)
    originals = document.strings("originals")
    if not all(one.isalnum() for one in originals):
        raise document.error("originals", "`originals` is not what arfix writes")
    moves = [_move(row) for row in document.tables("moves", required=True)]
    return document.word("state", _PROGRESS, _BACK), _Journal(tree, state, moves, originals)


def _move(row: Table) -> Move:
    """Return a move of the journal; raises `RecipeError` if arfix did not write it, or it leads out of the sysroot."""
    move = Move(*(row.string(one.name) for one in fields(Move)))
    with suppress(AccessError):
        beside = [split_inside(move.new), split_inside(move.old)] == [(move.new,), (move.old,)]
        if beside and "/".join(split_inside(move.name)) == move.name:
            return move
    raise row.error("name", "`moves` is not what arfix writes")
