"""The originals brought back, as one change: what was repaired, and what was made is removed."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.archive.files import open_source, save_chunks
from arfix.archive.source import Extent
from arfix.errors import EditError, Where
from arfix.recipe.apply import STATE_FILE, read_state, working, write_files
from arfix.recipe.fresh import STAMP_NAME
from arfix.recipe.originals import Originals, hash_file
from arfix.recipe.planning import Planned
from arfix.recipe.record import Record, encode_state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from arfix.recipe.apply import Request
    from arfix.recipe.record import Known


@dataclass(frozen=True, slots=True)
class Reverted:
    """What was brought back (`restored`), what arfix had made and is gone (`removed`), and what is to be said."""

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    notes: tuple[str, ...] = ()


def revert_files(request: Request, names: Sequence[str], tell: Callable[[str], None], *, force: bool) -> Reverted:
    """Bring originals back.

    Args:
        request: The sysroot or overlay, and whether to wait.
        names: Which archives, from the sysroot on; none for all.
        tell: Is told what a person should know while the run goes on.
        force: Overwrite archives that have changed since they were repaired.

    Raises:
        EditError: A name is not known, or an archive has changed since.
        AccessError: An original is not there any more, or something cannot be written.
    """
    with working(request.root, wait=request.wait, tell=tell) as state, ExitStack() as stack:
        known = read_state(state)
        chosen = _choose(known, names, request)
        changing: list[Planned] = []
        removals: list[Path] = []
        store = Originals(state)
        for name in chosen:
            path, record = request.root / name, known[name].record
            current = hash_file(path) if path.is_file() else ""
            if current in {"", record.input}:
                continue
            if current != record.output and not force:
                hint = "--force throws that away; `arfix revert` with names leaves this one alone."
                raise EditError("changed since it was repaired", where=Where(str(path)), hint=hint)
            if not record.input or request.overlay is not None:
                removals.append(path)
            elif record.input != record.output:
                source = open_source(store.read_checked(record.input))
                stack.callback(source.close)
                chunks = [Extent(source, 0, len(source.view))]
                back = Record(record.output, record.input)
                also = tuple(request.root / other for other in known[name].also)
                changing.append(Planned(name, path, path, current, back, chunks=chunks, also=also))
        left = {name: one for name, one in known.items() if name not in chosen}
        transaction = write_files(request, changing, removals, encode_state(left), originals=False)
        _forget(state, left)
        restored = tuple(one.name for one in changing)
        removed = tuple(path.relative_to(request.root).as_posix() for path in removals)
    with suppress(OSError):
        state.rmdir()
    return Reverted(restored, removed, tuple(transaction.notes))


def _choose(known: dict[str, Known], names: Sequence[str], request: Request) -> list[str]:
    """Return the names to revert; raises `EditError` for one that arfix did not touch."""
    for name in names:
        if name not in known:
            from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

            near = get_close_matches(name, known, 3)
            hint = f"Nearest: {', '.join(near)}." if near else "`arfix status` lists what is repaired."
            raise EditError(f"{name} is none of the archives repaired here", where=Where(str(request.root)), hint=hint)
    return list(names) or list(known)


def _forget(state: Path, known: dict[str, Known]) -> None:
    """Write what is still known; where that is nothing, leave nothing behind."""
    (state / STAMP_NAME).unlink(missing_ok=True)
    if known:
        save_chunks([encode_state(known).encode()], state / STATE_FILE)
        Originals(state).sweep(one.record.input for one in known.values())
    else:
        (state / STATE_FILE).unlink(missing_ok=True)
        shutil.rmtree(Originals(state).folder, ignore_errors=True)
