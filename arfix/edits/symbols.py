"""Changing the names, visibility and binding of an archive's symbols.

Only symbols that the archive defines are changed: a prefix never renames `malloc`. A rename changes every reference
inside the archive too. `HIDE_ALL_BUT` makes the other symbols of an archive private without merging its members: they
get a name unique to the archive and hidden visibility, so two versions of one library can be linked into one program.
Making them local would not work, because the other members of the archive could no longer refer to them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.source import extent_of
from arfix.edits.plan import DanglingReference, Plan, Replace
from arfix.edits.requests import SymbolEdit, Symbols
from arfix.edits.select import select
from arfix.edits.strip import describe_needs
from arfix.edits.symbol_survey import Survey, survey_symbols
from arfix.errors import ArfixError, EditError, UnsupportedError, Where
from arfix.formats.elf.patch import SymbolPatch
from arfix.formats.model import ELF_CONTENTS, Binding, Content, Visibility
from arfix.symbols.demangled import looks_demangled, mangled_names
from arfix.symbols.member_label import labels
from arfix.symbols.name import satisfied_by, spellings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arfix.archive.model import Archive


#: Prefix of every private name, followed by 8 hexadecimal digits of the content's hash and `_`.
PRIVATE_PREFIX = "__arfix_"


def plan_symbols(archive: Archive, request: Symbols) -> Plan:
    """Return the plan that replaces each member whose symbols the request changes.

    Raises:
        EditError: A pattern matches nothing, a new name is in use, or a reference would dangle (unless forced).
        UnsupportedError: A chosen symbol is in bytecode or in an object that is not ELF, or the archive is thin.
    """
    chosen = frozenset(select(archive, request.members).positions) if request.members else None
    survey = survey_symbols(archive, chosen, with_locals=request.change is SymbolEdit.GLOBALIZE)
    request = _with_mangled_renames(survey, request)
    names = _chosen_names(archive, survey, request)
    renames = _renames(archive, survey, request, names)
    _refuse_taken(archive, survey, renames, force=request.force)
    dangling = _dangling(archive, survey, names) if request.change is SymbolEdit.LOCALIZE else ()
    if dangling and not request.force:
        raise EditError(
            "\n".join(["members need symbols that would become local:", *describe_needs(dangling)]),
            where=archive.where,
            hint="`SymbolEdit.HIDE_ALL_BUT` keeps references inside the archive intact; "
            "`force=True` makes the change anyway.",
        )
    patch = _patch(request, names, renames)
    edits = _replacements(archive, survey, request, patch, names, renames)
    return Plan(archive.where.path if archive.where else "", edits=tuple(edits), dangling=dangling)


def _with_mangled_renames(survey: Survey, request: Symbols) -> Symbols:
    """Return the request with names as objects spell them: `ns::f(int)=g` renames `_ZN2ns1fEi`."""
    written = [old for old, _ in request.renames if looks_demangled(old)]
    if not written:
        return request
    mangled = {old: mangled_names(old, survey.names) for old in written}
    for old, names in mangled.items():
        if len(names) > 1:
            raise EditError(
                f"{old} is {len(names)} symbols: {', '.join(names[:_LISTED])}",
                hint="Name one with its parameters, or as objects spell it.",
            )
    return replace(request, renames=tuple((next(iter(mangled.get(old, ())), old), new) for old, new in request.renames))


def _chosen_names(archive: Archive, survey: Survey, request: Symbols) -> frozenset[str]:
    """Return the defined names to change."""
    if request.change is SymbolEdit.RENAME:
        renamed = [old for old, _ in request.renames]
        _require(archive, survey, renamed)
        return frozenset(renamed)
    if not request.patterns:
        return survey.names
    matched = _match(archive, survey, request.patterns)
    if request.change is SymbolEdit.HIDE_ALL_BUT:
        return frozenset(name for name in survey.names - matched if not _is_private(name, request.prefix))
    return matched


def _match(archive: Archive, survey: Survey, patterns: Sequence[str]) -> frozenset[str]:
    """Return the defined names that names and globs match; each pattern must match one."""
    written = {one: mangled_names(one, survey.names) for one in patterns if looks_demangled(one)}
    patterns = [one for one in patterns if not written.get(one)]
    plain = [pattern for pattern in patterns if not any(character in pattern for character in "*?[")]
    _require(archive, survey, plain)
    matched = {*plain, *(name for names in written.values() for name in names)}
    for pattern in patterns:
        if pattern in matched:
            continue
        import re  # noqa: PLC0415 (globs alone need it)
        from fnmatch import translate  # noqa: PLC0415 (the same)

        fits = re.compile(translate(pattern)).match
        found = {name for name in survey.names if fits(name)}
        if not found:
            raise EditError(f'no symbol that the archive defines matches "{pattern}"', where=archive.where)
        matched |= found
    return frozenset(matched)


#: For how many absent names the nearest ones are looked up, which takes a while for each, and how many are listed.
_LOOKED_UP, _LISTED = 3, 20


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _require(archive: Archive, survey: Survey, names: Iterable[str]) -> None:
    """Check that the archive defines each of the names."""
    absent = [name for name in names if name not in survey.names]
    if not absent:
        return
    from difflib import get_close_matches  # noqa: PLC0415 (only a failure pays for it)

    looked_up = absent[:_LOOKED_UP]
    near = list(dict.fromkeys(near for name in looked_up for near in get_close_matches(name, survey.names, 3)))
    needed = [name for name in absent if name in survey.symbols.referrers]
    message = f"no member defines {_listed(absent)}"
    if needed:
        is_are = "is" if len(needed) == 1 else "are"
        message += (
            f"; {_listed(needed)} {is_are} only needed here, and what the archive takes from elsewhere is left alone"
        )
    hint = f"Nearest: {', '.join(near)}." if near else "`arfix inspect --symbols` lists what it defines."
    raise EditError(message, where=archive.where, hint=hint)


def _is_private(name: str, prefix: str) -> bool:
    """Return whether an earlier run made this name."""
    if prefix:
        return name.startswith(prefix)
    digits, underscore = name[len(PRIVATE_PREFIX) : len(PRIVATE_PREFIX) + 8], name[len(PRIVATE_PREFIX) + 8 :][:1]
    is_made = len(digits) == 8 and not digits.strip("0123456789abcdef") and underscore == "_"
    return name.startswith(PRIVATE_PREFIX) and is_made


def _renames(archive: Archive, survey: Survey, request: Symbols, names: frozenset[str]) -> dict[str, str]:
    """Return old -> new for every spelling that definitions and references use; empty if nothing is renamed."""
    match request.change:
        case SymbolEdit.RENAME:
            return dict(request.renames)
        case SymbolEdit.PREFIX | SymbolEdit.HIDE_ALL_BUT:
            prefix = request.prefix or _prefix_of(archive)
            outside = sorted(name for name in names if not survey.chosen.issuperset(survey.symbols.definers[name]))
            if outside and not request.force:
                raise EditError(
                    f"{outside[0]} is also defined by members that `members=...` leaves out; "
                    "references could mean either",
                    where=archive.where,
                    hint="Choose all members that define it, or `force=True`.",
                )
            return {spelling: prefix + spelling for name in names for spelling in spellings_of(name)}
        case _:
            return {}


def _prefix_of(archive: Archive) -> str:
    """Return a prefix that two archives share only when all their members are equal."""
    from hashlib import sha256  # noqa: PLC0415 (this change alone)

    digest = sha256()
    for member in archive.members:
        digest.update(member.data)
    return f"{PRIVATE_PREFIX}{digest.hexdigest()[:8]}_"


def _refuse_taken(archive: Archive, survey: Survey, renames: Mapping[str, str], *, force: bool) -> None:
    """Check that no new name belongs to another symbol."""
    if len(set(renames.values())) < len(renames):
        counts: dict[str, str] = {}
        old, new = next((old, new) for old, new in renames.items() if counts.setdefault(new, old) != old)
        raise EditError(f"{counts[new]} and {old} would both be called {new}", where=archive.where)
    taken = [new for old, new in renames.items() if new not in renames and _is_another(survey, old, new)]
    if taken and not force:
        raise EditError(
            f"{taken[0]} is already a symbol of {_label_of(archive, survey, taken[0])}",
            where=archive.where,
            hint="Choose another name, or `force=True`.",
        )


def _is_another(survey: Survey, old: str, new: str) -> bool:
    """Return whether the new name belongs to another symbol; references to `f` do not count if `f@@V` is renamed."""
    if not survey.has(new):
        return False
    return bool(survey.symbols.definers.get(new)) or new not in satisfied_by(old)


def _label_of(archive: Archive, survey: Survey, name: str) -> str:
    positions = survey.symbols.definers.get(name) or survey.symbols.referrers.get(name)
    return labels(archive)[positions[0]] if positions else "the archive"


def _dangling(archive: Archive, survey: Survey, names: frozenset[str]) -> tuple[DanglingReference, ...]:
    """Return the references that only definitions about to become local satisfy."""
    names_of_members = labels(archive)
    needs = []
    for name in sorted(names):
        definers = survey.symbols.definers[name]
        if not survey.chosen.issuperset(definers):
            continue
        providers = tuple(names_of_members[position] for position in definers)
        needs += [
            DanglingReference(position, names_of_members[position], spelling, providers)
            for spelling in spellings_of(name)
            for position in survey.symbols.referrers.get(spelling, ())
        ]
    return tuple(needs)


def _patch(request: Symbols, names: frozenset[str], renames: Mapping[str, str]) -> SymbolPatch:
    match request.change:
        case SymbolEdit.LOCALIZE:
            return SymbolPatch(bindings=dict.fromkeys(names, Binding.LOCAL))
        case SymbolEdit.GLOBALIZE:
            return SymbolPatch(bindings=dict.fromkeys(names, Binding.GLOBAL))
        case SymbolEdit.WEAKEN:
            return SymbolPatch(bindings=dict.fromkeys(names, Binding.WEAK))
        case SymbolEdit.HIDE:
            return SymbolPatch(visibilities=dict.fromkeys(names, Visibility.HIDDEN))
        case SymbolEdit.RENAME:
            return SymbolPatch(renames=renames)
        case SymbolEdit.PREFIX | SymbolEdit.HIDE_ALL_BUT:
            prefix = next((new[: -len(old)] for old, new in renames.items()), "")
            hidden = names if request.change is SymbolEdit.HIDE_ALL_BUT else frozenset()
            return SymbolPatch(
                renames=renames, visibilities=dict.fromkeys(hidden, Visibility.HIDDEN), signature_prefix=prefix
            )


def _replacements(  # noqa: PLR0913, PLR0917 (the parts of one plan)
    archive: Archive,
    survey: Survey,
    request: Symbols,
    patch: SymbolPatch,
    names: frozenset[str],
    renames: Mapping[str, str],
) -> list[Replace]:
    """Return an edit for each member that changes."""
    concerned = names | frozenset(renames)
    written = labels(archive)
    edits = []
    for position, content in survey.contents.items():
        facts = survey.symbols.objects[position]
        if not renames and position not in survey.chosen:
            continue
        refers = not concerned.isdisjoint(facts.references)
        if not refers and concerned.isdisjoint(facts.definitions):
            continue
        member = archive.members[position]
        where = (archive.where or Where("<bytes>")).inside(written[position])
        if content not in ELF_CONTENTS or content is Content.LTO_SLIM:
            if not renames and names.isdisjoint(facts.definitions):
                continue  # a reference has no binding or visibility that must follow
            raise _not_patchable(content, where)
        try:
            data = patch.apply(member.data)
        except ArfixError as error:
            offset = None if error.where is None else error.where.offset
            place = where if offset is None else where.at(offset)
            raise type(error)(error.message, where=place, hint=error.hint) from error
        if data is not None:
            if archive.thin:
                raise _thin(archive, written[position])
            count = sum(1 for name in facts.definitions if name in names)
            new = replace(member, content=extent_of(data, where), header_offset=None)
            edits.append(Replace(position, member.name, new, _reason(request.change, count)))
    return edits


def _not_patchable(content: Content, where: Where) -> UnsupportedError:
    """Return the error for a member whose symbols arfix cannot change."""
    match content:
        case Content.LTO_SLIM:
            return UnsupportedError(
                "the member holds GCC bytecode and no machine code; its symbols are named in the bytecode, which only "
                "the compiler can change",
                where=where,
                hint="Build it with -fno-lto, or choose what is exported when it is linked.",
            )
        case Content.BITCODE:
            return UnsupportedError(
                "the member is LLVM bitcode, whose symbols only the compiler can change",
                where=where,
                hint="Build it without -flto, or choose what is exported when it is linked.",
            )
        case _:
            return UnsupportedError(
                f"arfix changes symbols of ELF objects only, and this member is {content.value}", where=where
            )


def _thin(archive: Archive, written: str) -> UnsupportedError:
    """Return the error for a thin archive, whose members are files that others may use."""
    return UnsupportedError(
        f"the archive is thin: {written} is a file beside it, which an edit of the archive does not change",
        where=archive.where,
        hint="Make a regular archive of it first: `arfix convert THIN.a --kind gnu -o REGULAR.a`.",
    )


def _reason(change: SymbolEdit, count: int) -> str:
    if not count:
        return "references follow"
    return f"{count} symbol{'' if count == 1 else 's'} {change.value}"
