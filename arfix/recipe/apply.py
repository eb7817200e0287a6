"""A recipe carried out over a sysroot: plan all, look at what must hold, and write all or nothing."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.files import save_chunks
from arfix.errors import AccessError, EditError, RecipeError, Where
from arfix.recipe.exclusive import exclusive, is_stale
from arfix.recipe.fresh import JOURNAL_NAME, STAMP_NAME, TICK_NS, encode_stamp, signature, state_folder
from arfix.recipe.journal import Transaction, recover
from arfix.recipe.load import read_recipe
from arfix.recipe.originals import Originals
from arfix.recipe.planning import Planned, Planner, Prospect
from arfix.recipe.record import Known, decode_lock, decode_state, encode_lock, encode_state
from arfix.recipe.sysroot import Sysroot
from arfix.recipe.wholes import Held, check_wholes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arfix.errors import ArfixError
    from arfix.recipe.model import Recipe
    from arfix.recipe.record import Record

STATE_FILE = "state.json"
LOCK_FILE = "lock"


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked.

    Attributes:
        recipe: The recipe's file.
        sysroot: The folder it is about.
        overlay: Where repaired copies go; None for in place.
        jobs: How many processes and threads may work; 0 for as many as there are processors.
        check: Write nothing.
        frozen: Refuse any change of the lock.
        wait: Wait for another run.
        originals: Keep what is replaced.
        key: What a stamp of this run is found by; empty for no stamp.
    """

    recipe: str
    sysroot: str
    overlay: str | None = None
    jobs: int = 1
    check: bool = False
    frozen: bool = False
    wait: bool = True
    originals: bool = True
    key: str = ""

    @property
    def root(self) -> Path:
        """The folder that is written to."""
        return Path(self.overlay or self.sysroot).resolve()

    @property
    def state(self) -> Path:
        """The folder for what must be remembered."""
        return Path(state_folder(str(self.root)))

    @property
    def lock(self) -> Path:
        """The lock beside the recipe: `arfix.lock` for `arfix.toml`."""
        return Path(self.recipe).with_suffix(".lock")


@dataclass(slots=True)
class Applied:
    """What a run did, or would do.

    Attributes:
        request: What was asked.
        recipe: The recipe.
        prospect: What it comes to.
        held: What must hold, and whether it does.
        written: Files were written.
        stale: Files of an earlier run that the recipe no longer leads to.
        lock_changes: The lock was not what it should be.
        notes: What a person should know.
    """

    request: Request
    recipe: Recipe
    prospect: Prospect
    held: tuple[Held, ...] = ()
    written: bool = False
    stale: tuple[str, ...] = ()
    lock_changes: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[ArfixError]:
        """Why it cannot be carried out."""
        return self.prospect.errors

    @property
    def holds(self) -> bool:
        """Whether everything that must hold does."""
        return all(one.holds for one in self.held)


def apply_recipe(request: Request, tell: Callable[[str], None]) -> Applied:
    """Carry a recipe out, unless it cannot be or what must hold would not; then nothing is written.

    Args:
        request: What is asked.
        tell: Is told what a person should know while the run goes on.

    Raises:
        ArfixError: The recipe, the sysroot, the state or the lock cannot be read; or writing fails, and then everything
            is as it was.
    """
    started = time.time_ns()
    recipe = read_recipe(request.recipe)
    with ExitStack() as stack:
        sysroot = Sysroot(request.sysroot)
        if request.check:
            if (request.state / JOURNAL_NAME).exists():
                tell("a run was stopped half way; the next `arfix apply` finishes it")
        else:
            stack.enter_context(working(request.root, wait=request.wait, tell=tell))
        known = read_state(request.state)
        locked = read_lock(request.lock)
        planner = Planner(
            recipe, sysroot, known, locked, Originals(request.state), stack, _overlay(request), request.jobs
        )
        applied = Applied(request, recipe, planner.plan())
        if not applied.errors:
            applied.held = check_wholes(recipe.wholes, sysroot, applied.prospect.files, request.jobs)
            applied.stale = tuple(sorted(known.keys() - applied.prospect.files.keys()))
            _write(applied, known)
        if not request.check and not applied.errors and applied.holds and request.key:
            _stamp(applied, sysroot, started)
        return applied


@contextmanager
def working(root: Path, *, wait: bool, tell: Callable[[str], None]) -> Iterator[Path]:
    """Have the folder's state for oneself, after finishing what a stopped run left; yields the state folder."""
    state = Path(state_folder(str(root)))
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "--overlay DIR leaves a read-only sysroot alone."
        raise AccessError(f"cannot make: {error.strerror}", where=Where(str(state)), hint=hint) from error
    if state.is_symlink():
        raise AccessError("a link, where arfix keeps what it must remember", where=Where(str(state)))
    with exclusive(state / LOCK_FILE, wait=wait, tell=tell):
        _refuse_links(state)
        said = recover(root, state)
        _tidy(state)
        if said:
            tell(said)
        yield state


def _refuse_links(state: Path) -> None:
    """Raise `AccessError` for a link among arfix's own files: a sysroot from elsewhere could lead writes out by it."""
    for path in state.iterdir():
        if path.is_symlink():
            raise AccessError("a link, where arfix keeps what it must remember", where=Where(str(path)))


def _tidy(state: Path) -> None:
    """Remove files that a killed run was writing, or had taken the lock by."""
    for path in state.iterdir():
        halves = path.name.startswith(".") and path.name.endswith(".tmp")
        with suppress(OSError):
            if halves or (path.name.startswith(f"{LOCK_FILE}.") and is_stale(path.read_text("utf-8", "replace"))):
                path.unlink()


def read_state(state: Path) -> dict[str, Known]:
    """Return what the state knows; nothing where there is none."""
    path = state / STATE_FILE
    text = _read(path)
    if text is None:
        return {}
    known = decode_state(text, str(path))
    sysroot = Sysroot(str(state.parent))
    for name, one in known.items():
        for inside in (name, *one.also):
            sysroot.locate(inside, Where(str(path)))
    return known


def read_lock(path: Path) -> dict[str, Record]:
    """Return the records of the lock; none where there is none."""
    text = _read(path)
    return {} if text is None else decode_lock(text, str(path))


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise RecipeError("not text in UTF-8", where=Where(str(path))) from None
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror}", where=Where(str(path))) from error


def _overlay(request: Request) -> Path | None:
    return None if request.overlay is None else request.root


def _write(applied: Applied, known: dict[str, Known]) -> None:
    """Write what changes, if everything holds and it is to be written at all."""
    request, files = applied.request, applied.prospect.files
    old_lock = _read(request.lock)
    lock = encode_lock({name: one.record for name, one in files.items()}, old_lock)
    applied.lock_changes = lock != old_lock
    if request.frozen and applied.lock_changes and applied.holds:
        old = read_lock(request.lock)
        names = sorted(name for name in {*old, *files} if name not in files or old.get(name) != files[name].record)
        said = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        raise EditError(
            f"the lock would change: {said}", where=Where(str(request.lock)), hint="Run it without --frozen."
        )
    if request.check or not applied.holds:
        return
    temporary = request.lock.with_name(f".{request.lock.name}.tmp")
    if applied.lock_changes:  # written now, so that a full disk shows while nothing has changed yet
        save_chunks([lock.encode()], temporary)
    keep = {name: one for name, one in known.items() if name in applied.stale and request.overlay is None}
    files = applied.prospect.files
    unseen = {name: replace(_known(one, request.root), seen="-") for name, one in files.items()} | keep
    removals = _removable(applied)
    transaction = write_files(
        request, applied.prospect.changing, removals, encode_state(unseen), originals=request.originals
    )
    applied.notes += transaction.notes
    if request.overlay is not None:
        _mirror_links(applied)
    applied.written = bool(applied.prospect.changing)
    if applied.lock_changes:
        temporary.replace(request.lock)
    _write_state(applied, known, keep)


def _removable(applied: Applied) -> list[Path]:
    """Return the files of an overlay that the recipe no longer leads to, or that differ from the sysroot no more."""
    if applied.request.overlay is None:
        return []
    gone = [applied.request.root / name for name in applied.stale]
    same = [one.target for one in applied.prospect.files.values() if one.changes and not one.wanted]
    return [path for path in (*gone, *same) if path.exists()]


def write_files(
    request: Request, changing: list[Planned], removals: list[Path], state: str, *, originals: bool
) -> Transaction:
    """Write files as one; raises `ArfixError` when that fails, and then everything is as it was."""
    transaction = Transaction(request.root, request.state)
    writing = [one for one in changing if one.wanted]
    if not writing and not removals:
        return transaction
    (request.state / STAMP_NAME).unlink(missing_ok=True)
    store = Originals(request.state)
    keep = originals and request.overlay is None
    kept = [one for one in writing if keep and one.record.input and one.before == one.record.input]
    for one in writing:
        for target in (one.target, *_linked(one)):
            transaction.plan(target)
    for path in removals:
        transaction.remove(path)
    remembered = request.state / STATE_FILE  # what is known changes with the files, or a kill could part the two
    transaction.plan(remembered)
    new = {one.before for one in kept if not store.holds(one.before)}
    transaction.originals += [store.path_of(sha256) for sha256 in sorted(new)]
    try:
        transaction.begin()
        transaction.stage(remembered, [state.encode()])
        for one in writing:
            transaction.stage(one.target, one.chunks)
            for other in _linked(one):
                transaction.stage_link(other, one.target)
        for one in kept:
            store.keep(one.target, one.before)
        transaction.commit()
    except BaseException:
        if not transaction.is_committed:
            transaction.roll_back()
        raise
    _remove_dangling(removals)
    return transaction


def _mirror_links(applied: Applied) -> None:
    """Give copies in an overlay the links that stand beside the sysroot's: else `-lncurses` would find the old one."""
    for one in applied.prospect.files.values():
        if one.wanted and one.path.parent.is_dir():
            for path in one.path.parent.iterdir():
                link = one.target.with_name(path.name)
                if path.is_symlink() and path.resolve() == one.path and not link.is_symlink() and not link.exists():
                    link.symlink_to(one.target.name)


def _remove_dangling(gone: list[Path]) -> None:
    """Remove the links beside removed copies that led to them."""
    for one in gone:
        for path in one.parent.iterdir():
            if path.is_symlink() and path.readlink() == Path(one.name):
                path.unlink()


def _linked(one: Planned) -> tuple[Path, ...]:
    return one.also if one.target == one.path else ()


def _write_state(applied: Applied, known: dict[str, Known], keep: dict[str, Known]) -> None:
    """Write what is known now, where that is something new, and forget originals that nothing was made from."""
    state, files = applied.request.state, applied.prospect.files
    now = {name: _known(one, applied.request.root) for name, one in files.items()} | keep
    if now == known and (state / STATE_FILE).exists():
        return
    save_chunks([encode_state(now).encode()], state / STATE_FILE)
    Originals(state).sweep(one.record.input for one in now.values() if one.record.input != one.record.output)


def _known(one: Planned, root: Path) -> Known:
    also = tuple(path.relative_to(root).as_posix() for path in _linked(one))
    return Known(one.record, signature(str(one.target)), also)


def _stamp(applied: Applied, sysroot: Sysroot, started: int) -> None:
    """Leave a stamp, unless something changed so shortly before that another change would not show."""
    request = applied.request
    targets = [str(one.target) for one in applied.prospect.files.values()]
    ours = {*targets, *(str(Path(one).parent) for one in targets), str(request.root), str(request.lock.parent)}
    ours |= {str(request.lock), str(request.state / STATE_FILE)}
    paths = dict.fromkeys([*applied.recipe.files, *sysroot.looked_at, *sorted(ours - {str(request.lock.parent)})])
    if applied.written or applied.lock_changes:
        time.sleep(TICK_NS / 1e9)
    for path in paths:
        if path not in ours and _changed_at(path) > started - TICK_NS:
            return
    stamp = encode_stamp(request.key, _sentence(applied), paths)
    save_chunks([stamp.encode("utf-8", "surrogateescape")], request.state / STAMP_NAME)


def _sentence(applied: Applied) -> str:
    count = len(applied.prospect.files)
    said = f"{count} archives are" if count != 1 else "1 archive is"
    recipe = applied.request.recipe
    return f"nothing to do: {said} as {recipe if recipe.isascii() and recipe.isprintable() else ascii(recipe)} wants"


def _changed_at(path: str) -> int:
    said = signature(path)
    return 0 if said == "-" else int(said.rpartition(":")[2])
