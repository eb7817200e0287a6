"""The symbolic links of an overlay: repaired copies get those that lead to the originals in the sysroot."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from arfix.archive.files import explained
from arfix.archive.paths import system_fails
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.archive.confined import Tree
    from arfix.recipe.plan import PlannedFile
    from arfix.recipe.state.journal import FileChange


class OverlayLinks:
    """Makes and removes links in an overlay.

    Args:
        overlay: The overlay.
        sysroot: The sysroot.
    """

    def __init__(self, overlay: Tree, sysroot: Tree) -> None:
        self._overlay = overlay
        self._sysroot = sysroot
        self._made: list[tuple[str, str]] = []

    def mirror(self, files: Iterable[PlannedFile]) -> None:
        """Give each copy the links that lead to its original: otherwise `-lncurses` would find the original."""
        for one in files:
            parent, _, last = one.name.rpartition("/")
            for name in self._links_to(one.name, parent) if one.wanted else ():
                with self._overlay.folder(parent) as folder, explained(Where(folder.path_of(name)), "cannot link"):
                    if folder.status(name) is None:
                        folder.symlink(last, name)
                        self._made.append((parent, name))

    def undo(self) -> None:
        """Remove the links that `mirror` made."""
        for parent, name in self._made:
            with suppress(OSError, AccessError), self._overlay.folder(parent) as folder:
                folder.unlink(name)

    def _links_to(self, target: str, parent: str) -> Iterator[str]:
        """Yield the names of the links in a folder of the sysroot that lead to a file of the sysroot."""
        if parent and self._sysroot.status(parent) is None:
            return  # a file that the recipe makes can be the first in its folder
        with self._sysroot.folder(parent) as folder, explained(Where(folder.path), "cannot read"):
            links = [entry.name for entry in folder.entries() if entry.is_link]
        for name in links:
            try:
                leads_there = self._sysroot.find(f"{parent}/{name}" if parent else name) == target
            except AccessError as error:
                if system_fails(error):
                    raise
            else:
                if leads_there:
                    yield name


def remove_dangling_links(changes: Sequence[FileChange], overlay: Tree) -> None:
    """Remove the links beside removed copies that led to them."""
    for change in changes:
        if change.after:
            continue
        parent, _, last = change.name.rpartition("/")
        with suppress(OSError, AccessError), overlay.folder(parent) as folder:
            for entry in folder.entries():
                if entry.is_link and folder.link_target(entry.name) == last:
                    folder.unlink(entry.name)
