"""The store of original archives in `.arfix/originals`, named by their SHA-256: equal archives are one file."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import file_digest
from hashlib import sha256 as _digest
from typing import TYPE_CHECKING

from arfix.archive.confined import write_new
from arfix.archive.files import FileSource, explained
from arfix.archive.source import Extent
from arfix.errors import AccessError, Where
from arfix.recipe.state.lock import STATE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from arfix.archive.confined import Folder, Tree
    from arfix.archive.source import Source

FOLDER = f"{STATE_NAME}/originals"


def hash_of(tree: Tree, name: str) -> str:
    """Return the SHA-256 of a file of a tree, in hexadecimal, links inside followed; empty if there is none."""
    if tree.status(name) is None:
        return ""
    descriptor = tree.open(name)
    with explained(Where(tree.path_of(name)), "cannot read"), os.fdopen(descriptor, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def hash_in(folder: Folder, name: str) -> str:
    """Return the SHA-256 of a file of a folder; empty if there is none. Raises the system's `OSError`."""
    try:
        descriptor = folder.open(name)
    except FileNotFoundError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


class Originals:
    """The store of originals. Files in it are verified by their hash, since they may have come with the sysroot.

    Args:
        tree: The sysroot.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def holds(self, sha256: str) -> bool:
        """Return whether there is a file of this name; its content is not verified."""
        return bool(sha256) and self._tree.status(f"{FOLDER}/{sha256}") is not None

    def open(self, sha256: str) -> Source:
        """Return an original after verifying its hash.

        Raises:
            AccessError: It is missing, or has another hash.
        """
        name = f"{FOLDER}/{sha256}"
        where = Where(self._tree.path_of(name))
        hint = "Unpack the archive again and run `arfix apply`."
        if not self.holds(sha256):
            raise AccessError("the original is not there", where=where, hint=hint)
        with self._tree.folder(FOLDER) as folder, explained(where, "cannot read"):
            source = FileSource(folder.open(sha256), where)
        if _digest(source.view).hexdigest() != sha256:
            source.close()
            raise AccessError("the original is not what it was", where=where, hint=hint)
        return source

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Return the hashes whose originals are not in the store."""
        found = sorted(set(wanted))
        if self._tree.status(FOLDER) is None:
            return found
        with self._tree.folder(FOLDER) as store:
            return [sha256 for sha256 in found if _hash_or_nothing(store, sha256) != sha256]

    def keep(self, folder: Folder, name: str, sha256: str) -> None:
        """Store a file that is about to be replaced. Raises the system's `OSError`.

        It becomes a second name for the same file if that is safe and possible. A file with other names could be
        changed through these, so it is copied.
        """
        with self._tree.folder(FOLDER, make=True) as store:
            store.unlink(sha256)
            found = folder.status(name)
            if found is not None and found.st_nlink == 1:
                try:
                    folder.link(name, store, sha256)
                except OSError:
                    pass  # another file system, or one without links
                else:
                    return
            source = FileSource(folder.open(name), Where(folder.path_of(name)))
            temporary = f".{os.urandom(8).hex()}.tmp"
            try:
                write_new(store, temporary, [Extent(source, 0, len(source.view))], folder.path_of(name))
                store.rename(temporary, sha256)
            finally:
                source.close()
                with suppress(OSError):
                    store.unlink(temporary)

    def drop(self, hashes: Iterable[str]) -> None:
        """Remove some originals. Raises the system's `OSError`."""
        gone = set(hashes)
        self._remove(lambda name: name in gone)

    def sweep(self, needed: Iterable[str]) -> None:
        """Remove all originals except the needed ones. Raises the system's `OSError`."""
        kept = set(needed)
        self._remove(lambda name: name not in kept)

    def _remove(self, unwanted: Callable[[str], bool]) -> None:
        """Remove unwanted files, and the folder if it is empty then."""
        if self._tree.status(FOLDER) is None:
            return
        with self._tree.folder(FOLDER) as store:
            for entry in store.entries():
                if unwanted(entry.name):
                    store.unlink(entry.name)
            left = bool(store.entries())
        if not left:
            with self._tree.folder(STATE_NAME) as state:
                state.rmdir(FOLDER.rpartition("/")[2])


def _hash_or_nothing(store: Folder, name: str) -> str:
    try:
        return hash_in(store, name)
    except OSError:
        return ""
