"""`arfix.ar`: MRI librarian scripts, as `ar -M` runs them."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, assert_never

from arfix.api.extract import write_members
from arfix.archive.files import open_archive, open_source, opener_beside, save, save_chunks
from arfix.edits.extract import plan_extraction
from arfix.edits.mri import read_script
from arfix.edits.mri_session import ArchiveToSave, MembersToExtract, MembersToList, Reported, Session
from arfix.edits.nested_archives import OpenArchive, outermost
from arfix.errors import Where
from arfix.report.mri import render_listing
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.archive.model import Archive, Member
    from arfix.edits.extract import Extraction
    from arfix.edits.plan import Plan


@dataclass(frozen=True, slots=True)
class MriMessage:
    """What a command that writes nothing reports.

    Attributes:
        sentences: What it did, for `VERBOSE`.
        warnings: What looks wrong.
        verbose: The script has asked for the sentences.
    """

    sentences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    verbose: bool = False

    def __repr__(self) -> str:
        """Return what was reported, on one line."""
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class MriSave:
    """`SAVE`: an archive that was written.

    Attributes:
        path: Its path.
        before: The archive as it was opened or created.
        archive: The archive as it is now.
        plan: The edits between the two.
        needed: Whether there was anything to write.
        notes: Sentences to show even if all is well.
    """

    path: str
    before: Archive
    archive: Archive
    plan: Plan
    needed: bool
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the path and the archive, on one line."""
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class MriListing:
    """`LIST` or `DIRECTORY`: the members of an archive.

    Attributes:
        path: The archive.
        members: Its members, in order, or those that the script names.
        file: The file that their names were written to; None for a list on standard output.
        verbose: The script has asked for sizes.
    """

    path: str
    members: tuple[Member, ...]
    file: str | None = None
    verbose: bool = False

    def __repr__(self) -> str:
        """Return the archive and the number of members, on one line."""
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class MriExtraction:
    """`EXTRACT`: members that were written as files.

    Attributes:
        archive: The archive.
        files: A position and a file name for each member.
    """

    archive: Archive
    files: tuple[Extraction, ...]

    def __repr__(self) -> str:
        """Return the archive and the number of files, on one line."""
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class MriRun:
    """What a script did. Use it in a `with` block, or close it: it holds the archives of the script open.

    Attributes:
        steps: The result of each command, in order: `MriSave`, `MriListing`, `MriExtraction` or `MriMessage`.
        unsaved: The path of an archive that was changed and not saved; None if there is none.
    """

    steps: tuple[MriSave | MriListing | MriExtraction | MriMessage, ...]
    unsaved: str | None = None
    _resources: ExitStack = field(default_factory=ExitStack, compare=False, repr=False)

    def __repr__(self) -> str:
        """Return the number of commands and of saved archives, on one line."""
        unsaved = f", {self.unsaved[-40:]} not saved" if self.unsaved else ""
        return f"<MriRun: {len(self.steps)} commands, {len(self.saved)} archives saved{unsaved}>"

    def __reduce__(self) -> tuple[type[MriRun], tuple[object, ...]]:
        """Return what `pickle` keeps: archives as bytes."""
        return MriRun, (self.steps, self.unsaved)

    @property
    def saved(self) -> tuple[MriSave, ...]:
        """The archives that were saved, in order."""
        return tuple(step for step in self.steps if isinstance(step, MriSave))

    def close(self) -> None:
        """Close the archives."""
        self._resources.close()

    def __enter__(self) -> Self:
        """Return the result; leaving the block closes the archives."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the archives."""
        self.close()


def ar(
    script: str,
    *,
    dry_run: bool = False,
    name: str = "<script>",
    tell: Callable[[MriSave | MriListing | MriExtraction | MriMessage], object] = lambda _: None,
) -> MriRun:
    r"""Run an MRI librarian script, as `ar -M` does, and return what each command did.

    `arfix.ar("OPEN lib/libz.a\nADDMOD extra.o\nSAVE\n")` adds a member. Paths are relative to the current folder.

    Args:
        script: The text of the script.
        dry_run: Write nothing.
        name: What the script is called in messages, for example its path.
        tell: Called with the result of each command when it is done.

    Raises:
        FormatError: A line is no command. Nothing was run then.
        ArfixError: A command fails; the message names its line. What was saved before stays saved.
    """
    commands = read_script(script, Where(name))
    steps: list[MriSave | MriListing | MriExtraction | MriMessage] = []
    with ExitStack() as stack:

        def open_library(path: str) -> OpenArchive:
            return outermost(stack.enter_context(open_archive(path)), opener_beside(path))

        session = Session(open_library, _read)
        for command in commands:
            step = _carry_out(session.run(command), verbose=session.verbose, dry_run=dry_run)
            steps.append(step)
            tell(step)
        return MriRun(tuple(steps), session.unsaved, stack.pop_all())


def _read(path: str) -> bytes:
    with closing(open_source(path)) as source:
        return bytes(source.view)


def _carry_out(
    outcome: Reported | ArchiveToSave | MembersToList | MembersToExtract, *, verbose: bool, dry_run: bool
) -> MriSave | MriListing | MriExtraction | MriMessage:
    """Write what a command wants written, and return its result."""
    match outcome:
        case Reported(said, warnings):
            return MriMessage(said, warnings, verbose)
        case ArchiveToSave(plan, before, after, path, is_needed):
            notes = save(after, path).notes if is_needed and not dry_run else ()
            return MriSave(path, before, after, plan, is_needed, notes)
        case MembersToList(path, members, file):
            if file is not None and not dry_run:
                text = render_listing(members, verbose=verbose)
                save_chunks([text.encode("utf-8", "surrogateescape")], file)
            return MriListing(path, members, file, verbose)
        case MembersToExtract(archive, positions):
            files = plan_extraction(archive, positions, windows=os.name == "nt")
            if not dry_run:
                write_members(archive, files, ".", overwrite=True)
            return MriExtraction(archive, files)
        case _:
            assert_never(outcome)
