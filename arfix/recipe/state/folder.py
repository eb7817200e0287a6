"""The state of one sysroot or overlay: all access to its `.arfix` folder goes through `State`.

The folder may have come with the sysroot, so its content is verified: state file and journal must have been written
beside the present lock file (`arfix.recipe.state.lock`), and an original must have the hash that is its name.
"""

from __future__ import annotations

import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.archive.confined import Tree
from arfix.archive.files import explained, read_bounded
from arfix.errors import AccessError, ArfixError, RecipeError, Where
from arfix.recipe.state.journal import FileChange, Transaction, is_interrupted, recover, replace_file
from arfix.recipe.state.lock import LOCK_NAME, STATE_NAME, anchor_of, exclusive
from arfix.recipe.state.originals import Originals, hash_in
from arfix.recipe.state.record import LONGEST, StateDocument, decode_state, encode_state
from arfix.recipe.state.stamp import STAMP_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from arfix.archive.confined import Folder
    from arfix.recipe.state.record import StateEntry

STATE_FILE = "state.json"
#: The state file, from the sysroot on.
STATE_PATH = f"{STATE_NAME}/{STATE_FILE}"


@dataclass(slots=True)
class State:
    """The state of a sysroot or overlay.

    Attributes:
        tree: The sysroot or overlay.
        known: What was done to its archives, if the state was written here.
        claimed: The same, if the state came with the sysroot or a copy of it; not trusted.
        interrupted: A run was stopped half way and has not been finished or undone.
        originals: The store of replaced archives.
    """

    tree: Tree
    known: Mapping[str, StateEntry] = field(default_factory=dict)
    claimed: Mapping[str, StateEntry] = field(default_factory=dict)
    interrupted: bool = False
    originals: Originals = field(init=False)
    _folder: Folder | None = None

    def __post_init__(self) -> None:
        self.originals = Originals(self.tree)

    @staticmethod
    def look(root: str) -> State:
        """Return the state without a lock, for runs that write nothing.

        Raises:
            ArfixError: The state file cannot be read.
        """
        state = State(Tree.at(root))
        found = state.tree.status(STATE_NAME)
        if found is not None and stat.S_ISDIR(found.st_mode):
            with state.tree.folder(STATE_NAME) as folder:
                state._read(folder)
        return state

    @staticmethod
    @contextmanager
    def hold(root: str, *, wait: bool, tell: Callable[[str], None]) -> Iterator[State]:
        """Lock the state during the block, after recovering an interrupted run.

        Args:
            root: The sysroot or overlay.
            wait: Wait for another run.
            tell: Called with messages for the user.

        Raises:
            EditError: Another run is at work, and `wait` is false.
            RecipeError: A file in the folder was not written by arfix.
            AccessError: The system refuses, or the folder contains links.
        """
        state = State(Tree.at(root))
        with exclusive(state.tree, wait=wait, tell=tell) as folder:
            _refuse_links(folder)
            try:
                said = recover(state.tree, folder)
                _tidy(folder)
                if said:
                    tell(said)
                state._read(folder)
                state._folder = folder
                yield state
            finally:
                state._folder = None
                state._leave_nothing(folder)

    def commit(
        self,
        changes: Sequence[FileChange],
        known: Mapping[str, StateEntry],
        finish: Callable[[], None] = lambda: None,
    ) -> list[str]:
        """Change files and the state together, all or nothing; return notes for the user.

        Args:
            changes: The files.
            known: The new entries of the state; none for an empty state.
            finish: Called after all files have changed; if it raises, they are changed back.

        Raises:
            ChangedError: A file is not what it was when it was planned.
            ArfixError: The system refuses. Everything is as it was, or the message says that the next run sees to it.
        """
        folder = self._held_folder()
        with explained(Where(folder.path_of(STATE_FILE)), "cannot read"):
            before = hash_in(folder, STATE_FILE)
        wanted = encode_state(known, anchor_of(folder)) if known else b""
        if len(wanted) > LONGEST:
            raise RecipeError(f"would have more than {LONGEST >> 20} MiB", where=Where(folder.path_of(STATE_FILE)))
        own = _own_change(before, wanted)
        everything = [*changes, *([own] if own is not None else [])]
        if changes:
            with explained(Where(folder.path_of(STAMP_NAME)), "cannot remove"):
                folder.unlink(STAMP_NAME)
        transaction = Transaction(self.tree, folder, everything)
        if everything:
            transaction.run(finish)
        else:
            finish()
        self.known, self.claimed = known, {}
        needed = (one.record.input for one in known.values() if one.record.input != one.record.output)
        try:
            with explained(Where(self.tree.path_of(STATE_NAME)), "cannot clean up"):
                self.originals.sweep(needed)
        except ArfixError as error:
            transaction.notes.append(str(error))
        return transaction.notes

    def stamp(self, text: str) -> None:
        """Write a stamp for the next run. Failure is not an error, since the stamp only saves time."""
        with suppress(ArfixError):
            replace_file(self._held_folder(), STAMP_NAME, text.encode("utf-8", "surrogateescape"))

    def _leave_nothing(self, folder: Folder) -> None:
        """Remove the folder if it has nothing that a later run needs."""
        with suppress(OSError, ArfixError):
            if not self.known and {entry.name for entry in folder.entries()} <= {LOCK_NAME, STAMP_NAME}:
                folder.unlink(STAMP_NAME)
                folder.unlink(LOCK_NAME)
                with self.tree.folder() as root:
                    root.rmdir(STATE_NAME)

    def _held_folder(self) -> Folder:
        if self._folder is None:
            raise TypeError("only a state that is held can be written")
        return self._folder

    def _read(self, folder: Folder) -> None:
        self.interrupted = is_interrupted(folder)
        if folder.status(STATE_FILE) is None:
            return
        path = folder.path_of(STATE_FILE)
        with explained(Where(path), "cannot read"):
            data = read_bounded(folder.open(STATE_FILE), LONGEST)
        try:
            found: StateDocument = decode_state(data.decode(), path)
        except UnicodeDecodeError:
            raise RecipeError("not text in UTF-8", where=Where(path)) from None
        if found.anchor and found.anchor == anchor_of(folder):
            self.known = found.known
        else:
            self.claimed = found.known


def _own_change(before: str, wanted: bytes) -> FileChange | None:
    """Return the change of the state file; None if it stays the same."""
    from hashlib import sha256  # noqa: PLC0415 (start-up)

    after = sha256(wanted).hexdigest() if wanted else ""
    return None if before == after else FileChange(STATE_PATH, before, after, [wanted])


def _refuse_links(folder: Folder) -> None:
    """Raise `AccessError` for a link among arfix's own files: arfix creates none, so it is an attack."""
    for entry in folder.entries():
        if entry.is_link:
            raise AccessError(
                "a link, where arfix keeps what it must remember", where=Where(folder.path_of(entry.name))
            )


def _tidy(folder: Folder) -> None:
    """Remove temporary files of a killed run."""
    with suppress(OSError):
        for entry in folder.entries():
            if entry.name.startswith(".") and entry.name.endswith(".tmp"):
                folder.unlink(entry.name)
