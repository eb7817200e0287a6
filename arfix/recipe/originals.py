"""The originals of repaired archives, kept below the sysroot by content: equal archives are one file."""

from __future__ import annotations

import os
import shutil
from hashlib import file_digest
from typing import TYPE_CHECKING

from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = "originals"


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror or error}", where=Where(str(path))) from error


class Originals:
    """The store.

    Args:
        state: The folder that holds it.
    """

    def __init__(self, state: Path) -> None:
        self.folder = state / FOLDER

    def path_of(self, sha256: str) -> Path:
        """Return where the original with this hash is, or would be."""
        return self.folder / sha256

    def holds(self, sha256: str) -> bool:
        """Tell whether it is there."""
        return bool(sha256) and self.path_of(sha256).is_file()

    def read_checked(self, sha256: str) -> Path:
        """Return the path of an original after a look at its bytes.

        Raises:
            AccessError: It is not there, or is not what it was.
        """
        path = self.path_of(sha256)
        if not path.is_file() or hash_file(path) != sha256:
            said = "is not there" if not path.exists() else "is not what it was"
            raise AccessError(
                f"the original {said}", where=Where(str(path)), hint="Unpack the archive anew and run `arfix apply`."
            )
        return path

    def keep(self, path: Path, sha256: str) -> None:
        """Put the file at `path`, about to be replaced, into the store.

        It becomes a second name for the same file where that is safe and possible: the rename that replaces it leaves
        the store the only one who has it. A file with other names could be changed through these, so it is copied.
        """
        target = self.path_of(sha256)
        if target.exists() and not target.is_symlink() and hash_file(target) == sha256:
            return
        target.unlink(missing_ok=True)
        self.folder.mkdir(exist_ok=True)
        if path.stat().st_nlink == 1:
            try:
                os.link(path, target)
            except (OSError, AttributeError):
                pass
            else:
                return
        temporary = target.with_name(f"{target.name}.tmp")
        shutil.copyfile(path, temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)

    def sweep(self, needed: Iterable[str]) -> None:
        """Remove originals that nothing was made from."""
        if self.folder.is_dir():
            kept = set(needed)
            for path in self.folder.iterdir():
                if path.name not in kept:
                    path.unlink()
            if not kept:
                self.folder.rmdir()
