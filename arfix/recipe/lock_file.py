"""The lock file `arfix.lock` beside a recipe: what `apply` did to each archive, for the project's version control."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.confined import Folder, read_regular, write_new
from arfix.archive.files import explained
from arfix.archive.paths import real_path
from arfix.errors import AccessError, RecipeError, Where
from arfix.recipe.state.record import LONGEST, decode_lock

if TYPE_CHECKING:
    from arfix.recipe.state.record import ArchiveRecord


def lock_path(recipe: str) -> Path:
    """Return the lock file beside a recipe: `arfix.lock` for `arfix.toml`."""
    return Path(recipe).with_suffix(".lock")


def read_lock(path: Path) -> dict[str, ArchiveRecord]:
    """Return the records of a lock file, by archive; none if there is no such file."""
    text = read_lock_text(path)
    return {} if text is None else decode_lock(text, str(path))


def read_lock_text(path: Path) -> str | None:
    """Return the text of a lock file; None if there is no such file."""
    try:
        return read_regular(str(path), LONGEST).decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise RecipeError("not text in UTF-8", where=Where(str(path))) from None
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror}", where=Where(str(path))) from error


class LockFileWriter:
    """Replaces a lock file in one step.

    Args:
        path: The lock file.
        root: The sysroot or overlay. Several can share a lock file; each has its own temporary file.
    """

    def __init__(self, path: Path, root: str) -> None:
        self.path = Path(real_path(path))
        mark = sha256(os.fsencode(root)).hexdigest()[:16]
        self._temporary = f".{self.path.name[:64]}.{mark}.tmp"

    def prepare(self, data: bytes) -> None:
        """Write the new file beside the old one."""
        with explained(Where(str(self.path)), "cannot write"), self._folder() as folder:
            folder.unlink(self._temporary)  # left by a killed run
            status = folder.status(self.path.name)
            old = None if status is None else folder.open(self.path.name)
            try:
                write_new(folder, self._temporary, [data], str(self.path), old)
            finally:
                if old is not None:
                    os.close(old)

    def replace(self) -> None:
        """Rename the new file to the old one's name."""
        with explained(Where(str(self.path)), "cannot write"), self._folder() as folder:
            folder.rename(self._temporary, self.path.name)

    def discard(self) -> None:
        """Remove the new file if it was not renamed."""
        with suppress(OSError), self._folder() as folder:
            folder.unlink(self._temporary)

    def _folder(self) -> Folder:
        return Folder.at(str(self.path.parent))
