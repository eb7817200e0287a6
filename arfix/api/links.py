"""`arfix.link` and `arfix.why`: a link as a linker would make it, and why something is in it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn, Self

from arfix.api.link_settings import link_settings
from arfix.arguments import paths_given, words_given, wrong_argument
from arfix.audit.context import Context
from arfix.audit.open_link import open_link
from arfix.edits.select import names_behind_prefix
from arfix.errors import EditError, UsageError
from arfix.linkage.dead_weight import dead_weight, wanted_names
from arfix.linkage.resolve import resolve
from arfix.linkage.why import LinkStatus, explain_symbol, explain_unit, find_units
from arfix.symbols.demangled import looks_demangled, mangled_names
from arfix.unpicklable import refuse_to_pickle

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from arfix.errors import ArfixError
    from arfix.linkage.model import Target
    from arfix.linkage.why import SymbolAnswer, UnitAnswer

    AnyPath = str | os.PathLike[str]

_IN_LINK = frozenset({LinkStatus.WHOLE, LinkStatus.PULLED})


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """A link as a linker would make it, for questions about it. Use it in a `with` block, or close it.

    Attributes:
        view: The link: its units are members and objects, identified by numbers.
        errors: Why inputs could not be read.
        notes: Remarks on inputs.
    """

    view: Context
    errors: tuple[ArfixError, ...] = ()
    notes: tuple[str, ...] = ()
    _resources: ExitStack = field(default_factory=ExitStack, compare=False, repr=False)

    def __repr__(self) -> str:
        """Return the number of members in and outside the link, on one line."""
        inside, units = len(self.view.result.cause), len(self.view.units)
        return f"<ResolvedLink: {inside:,} of {units:,} members and objects are in the link>"

    def __reduce__(self) -> NoReturn:
        """Refuse: the link is made of open files."""
        refuse_to_pickle(self, "Send the paths, and call `arfix.link` in the other process.")

    def close(self) -> None:
        """Close the files of the link."""
        self._resources.close()

    def __enter__(self) -> Self:
        """Return the link; leaving the block closes it."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the link."""
        self.close()

    def why(self, subject: str) -> Why:
        """Return why a symbol or member is in the link, or why not.

        Args:
            subject: A member (`x.o`, `x.o#2`, `libx.a(x.o)`, or a short name as for `strip`), or a symbol.

        Raises:
            EditError: It is neither a member nor a symbol of the link.
        """
        if not isinstance(subject, str):
            raise wrong_argument("subject", subject, "the name of a member or symbol")
        symbol, members = _answers(self.view, subject)
        return Why(subject, symbol, members, self)

    def dead_weight(self) -> tuple[int, ...]:
        """Return the numbers of members that are in the link only because their archive is linked whole.

        Raises:
            UsageError: Nothing is needed from outside (`roots`, `needed_by`), so that every member would be one.
        """
        view, link = self.view, self.view.result.link
        dead = tuple(number for number in dead_weight(view.result) if view.is_under_test(number))
        # Libraries of the platform need symbols of each other; that they need none of these archives says nothing.
        is_asked = bool(link.roots or view.settings.needed_by) or len(dead) < len(view.under_test)
        if not is_asked or not wanted_names(link):
            raise UsageError(
                "nothing is needed, so every member would be dead weight; name `roots=...` or `needed_by=...`",
                hint="arfix why --help",
            )
        return dead

    def place(self, number: int) -> str:
        """Return where a unit is: `libz.a(inflate.o)`."""
        return str(self.view.units[number].where)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a symbol or member is in a link, or why not. Use it in a `with` block, or close its link.

    Attributes:
        subject: What was asked for.
        symbol: Who defines the symbol and who needs it; None if the subject is a member.
        members: The members of that name, or those that define the symbol: whether each is in the link, and why.
        link: The link; `place(number)` there names the members in the answers.
    """

    subject: str
    symbol: SymbolAnswer | None
    members: tuple[UnitAnswer, ...]
    link: ResolvedLink

    def __repr__(self) -> str:
        """Return the subject and whether it is in the link, on one line."""
        return f"<Why {self.subject[:60]!r}: {'in the link' if self.in_link else 'not in the link'}>"

    def __reduce__(self) -> NoReturn:
        """Refuse: the link is made of open files."""
        refuse_to_pickle(self, "`Why.symbol`, `members` and `chain` can be pickled.")

    def __enter__(self) -> Self:
        """Return the answer; leaving the block closes the link."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the link."""
        self.link.close()

    @property
    def in_link(self) -> bool:
        """Whether a member in question is in the link, or a provider or the linker defines the symbol."""
        symbol = self.symbol
        provided = symbol is not None and (symbol.provided_by is not None or symbol.linker_defined)
        return provided or any(unit.standing in _IN_LINK for unit in self.members)

    @property
    def chain(self) -> tuple[tuple[str | None, str | None, str], ...]:
        """The shortest chain to the first member: who needs which symbol, and the member that defines it.

        Who is None for what the link itself requires, the symbol None for what is in the link by itself.
        """
        steps = self.members[0].chain if self.members else ()
        place = self.link.place
        return tuple((None if one.by is None else place(one.by), one.symbol, place(one.unit)) for one in steps)


def link(  # noqa: PLR0913 (what describes a link)
    archives: AnyPath | Iterable[AnyPath] = (),
    *,
    providers: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    target: Target | None = None,
    on_demand: bool | None = None,
    static: bool = False,
    needed_by: AnyPath | Iterable[AnyPath] = (),
    roots: str | Iterable[str] = (),
    command: Sequence[str] = (),
) -> ResolvedLink:
    """Return the link of these archives as a linker would make it, without linking; the arguments are those of `check`.

    Args:
        archives: Paths of the archives to link.
        providers: Parts of the platform.
        sysroot: The platform.
        target: The kind of output; None: an executable.
        on_demand: Link only the members that are needed; None: only if `roots` or `needed_by` are given.
        static: Take only archives from the sysroot.
        needed_by: Modules that get symbols from the output.
        roots: Symbols that the link must contain.
        command: The words of a link command, instead of archives.

    Raises:
        ArfixError: As for `check`.
    """
    wanted, modules = words_given(roots, "roots"), paths_given(needed_by, "needed_by")
    settings = link_settings(
        archives,
        providers=providers,
        sysroot=sysroot,
        target=target,
        on_demand=bool(wanted or modules) and not command if on_demand is None else on_demand,
        static=static,
        needed_by=modules,
        roots=wanted,
        command=command,
    )
    with ExitStack() as stack:
        opened = stack.enter_context(open_link(settings))
        view = Context(settings, resolve(opened.link, settings.linker, plugins=settings.has_plugins))
        return ResolvedLink(view, opened.errors, opened.notes, stack.pop_all())


def why(  # noqa: PLR0913 (what describes a link)
    archives: AnyPath | Iterable[AnyPath],
    subject: str,
    *,
    providers: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    target: Target | None = None,
    on_demand: bool | None = None,
    static: bool = False,
    needed_by: AnyPath | Iterable[AnyPath] = (),
    roots: str | Iterable[str] = (),
    command: Sequence[str] = (),
) -> Why:
    """Return why a symbol or member is in a link, or why not: what needs it, what pulls it in, what keeps it out.

    For several questions about one link, use `link(...)` and its `why`; the other arguments are those of `link`.

    Args:
        archives: Paths of the archives to link; `()` with a command.
        subject: A member (`x.o`, `x.o#2`, `libx.a(x.o)`), or a symbol.
        providers: Parts of the platform.
        sysroot: The platform.
        target: The kind of output; None: an executable.
        on_demand: Link only the members that are needed; None: only if `roots` or `needed_by` are given.
        static: Take only archives from the sysroot.
        needed_by: Modules that get symbols from the output.
        roots: Symbols that the link must contain.
        command: The words of a link command, instead of archives.

    Raises:
        EditError: The subject is neither a member nor a symbol of the link.
        ArfixError: As for `check`.
    """
    if not isinstance(subject, str):  # before the link is read
        raise wrong_argument("subject", subject, "the name of a member or symbol")
    resolved = link(
        archives,
        providers=providers,
        sysroot=sysroot,
        target=target,
        on_demand=on_demand,
        static=static,
        needed_by=needed_by,
        roots=roots,
        command=command,
    )
    try:
        return resolved.why(subject)
    except BaseException:
        resolved.close()
        raise


def _answers(view: Context, subject: str) -> tuple[SymbolAnswer | None, tuple[UnitAnswer, ...]]:
    """Return the answers for a member of that name if there is one, else for a symbol and the members that define it.

    A short name also finds a member with a build system's prefix, as for `strip`.

    Raises:
        EditError: It is neither a member nor a symbol.
    """
    numbers = find_units(view.result, subject)
    if numbers:
        return None, tuple(explain_unit(view.result, number) for number in numbers)
    symbol = explain_symbol(view.result, subject)
    if not symbol.is_known:
        written = mangled_names(subject, _symbol_names(view)) if looks_demangled(subject) else ()
        if len(written) > 1:
            raise EditError(
                f"{subject} is {len(written)} symbols: {', '.join(written[:4])}", hint="Name one with its parameters."
            )
        if written:
            return _answers(view, written[0])
        long = names_behind_prefix((unit.name for unit in view.units), subject)
        if len(long) == 1:
            return _answers(view, long[0])
        raise EditError(
            f'nothing in the link is called "{subject}", neither a symbol nor a member', hint=_near(view, subject)
        )
    return symbol, tuple(explain_unit(view.result, number) for number in symbol.definers)


def _symbol_names(view: Context) -> set[str]:
    """Return every symbol that a unit defines or refers to."""
    return {name for unit in view.units for name in (*unit.table.definitions, *unit.table.references)}


def _near(view: Context, subject: str) -> str:
    tested = view.under_test
    names = {name for number in tested for name in (view.units[number].name, *view.units[number].definitions)}
    near = get_close_matches(subject, sorted(names), 3) or sorted(name for name in names if name.endswith(subject))[:3]
    return f"nearest: {', '.join(near)}" if near else "`arfix inspect --symbols` lists what an archive defines"
