"""What the files of a failed link show, where they are at hand: definitions in vain, and why a member enters.

The link command comes from a log, which may be anybody's: files that it names are read, and nothing is run. A command
that the user gave is completed by its driver (`-###`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from arfix.diagnose.cause import Cure
from arfix.diagnose.cures import Advice, shown_command
from arfix.diagnose.link_line import InputWord, container
from arfix.edits.requests import shell_line
from arfix.errors import ArfixError, MissingPackageError
from arfix.formats.demangled import can_demangle
from arfix.formats.model import Content
from arfix.linkage.model import CandidateKind, InputMode
from arfix.linkage.resolve import resolve
from arfix.linkage.why import LinkStatus, explain_unit
from arfix.linkline.driver import complete
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.read import read_command
from arfix.linkline.tool import ToolKind
from arfix.symbols.demangled import demangle, mangled_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack

    from arfix.diagnose.link_line import LinkLine
    from arfix.diagnose.situation import Situation
    from arfix.linkage.model import Candidate, Input, LinkResult
    from arfix.linkline.inputs import LineFile
    from arfix.linkline.model import LinkCommand

#: Symbols of one cause that are looked up.
_MOST: Final = 200
#: Reasons that are given for one cause.
_REASONS: Final = 3
#: Inputs of a command in a log whose files are looked for. A line of 1 MB can name 300,000, which takes seconds.
_MOST_INPUTS: Final = 5_000

#: What a definition that does not count is worth, by the reason that it does not.
_IN_VAIN: Final = {
    CandidateKind.OTHER_VERSION: "{place} defines {name}, which is another version",
    CandidateKind.OTHER_MACHINE: "{place} defines it, for another machine",
    CandidateKind.LTO_MEMBER: "{place} defines it as intermediate code of a compiler, which needs its plugin",
    CandidateKind.NOT_INDEXED: "{place} defines it, and the symbol index of the archive does not list it",
    CandidateKind.UNREADABLE: "{place} defines it, and is damaged",
    CandidateKind.HIDDEN: "{place} has it, and does not export it",
    CandidateKind.IMPORT_TWIN: "{place} defines {name}: caller and definition differ in __declspec(dllimport)",
}


#: The name of a function, without what it is a member of.
_FUNCTION: Final = re.compile(r"[\w~]+(?=(?:<[^(]*>)?(?:\[abi:\w+\])?\()")
_STRING: Final = re.compile(r"std::basic_string<char, std::char_traits<char>, std::allocator<char> ?>")


def _without_abi(name: str) -> str:
    """Return a demangled name as it is with the old ABI of std::string."""
    plain = name.replace("std::__cxx11::", "std::").replace("[abi:cxx11]", "")
    return _STRING.sub("std::string", plain).replace("> >", ">>")


class LinkAtHand:
    """A link command whose files are open."""

    def __init__(self, line: LinkLine, command: LinkCommand, files: tuple[LineFile, ...], result: LinkResult) -> None:
        """Take over what was read."""
        self.line = line
        self.files = files
        self.result = result
        self.tool_is_linker = command.tool.kind is ToolKind.LINKER
        self._positions = command.words == line.words

    def advise(self, at: Situation) -> Advice:
        """Return what the files show about a cause: reasons, and the cures that follow from them."""
        if at.definitions:
            return Advice(tuple(self._why_both(at.places))[:_REASONS], ())
        reasons: dict[str, None] = {}
        cures: dict[Cure, None] = {}
        for candidate in self._candidates(at):
            reasons.update(dict.fromkeys(self._reason(candidate)))
            cures.update(dict.fromkeys(self._cure(candidate)))
        if not reasons:
            for reason, cure in self._other_language(at.symbols[:_MOST]):
                reasons[reason] = None
                cures[cure] = None
        if not reasons:
            for place in at.places[:4]:
                found = self._unneeded(place)
                reasons.update(dict.fromkeys(found.reasons))
                cures.update(dict.fromkeys(found.cures))
        return Advice(tuple(reasons)[:_REASONS], tuple(cures)[:_REASONS])

    def defines_in_vain(self, at: Situation) -> bool:
        """Return whether files of the link define symbols that are missing all the same."""
        return any(next(self._reason(one), None) is not None for one in self._candidates(at))

    def has_old_abi(self, symbols: Iterable[str]) -> bool:
        """Return whether a file of the link defines one of the symbols with the std::string of the old ABI."""
        if not can_demangle():
            return True
        wanted = {_without_abi(symbol) for symbol in symbols if "(" in symbol}
        words = {found[0] for symbol in wanted if (found := _FUNCTION.search(symbol)) is not None}
        names = (
            name
            for one in self.files
            if not one.item.added
            for unit in one.input.units
            for name in unit.definitions
            if name.startswith("_Z") and "__cxx11" not in name and any(word in name for word in words)
        )
        return any(_without_abi(readable) in wanted for name in names if (readable := demangle(name)) is not None)

    def _candidates(self, at: Situation) -> Iterator[Candidate]:
        undefined = self.result.undefined
        for symbol in at.symbols[:_MOST] if at.definitions == () else ():
            for name in mangled_names(symbol, undefined) if can_demangle() else ({symbol} & {*undefined}):
                yield from undefined[name].candidates

    def _reason(self, candidate: Candidate) -> Iterator[str]:
        if candidate.kind is CandidateKind.TOO_EARLY and candidate.input is not None and candidate.by is not None:
            early, late = self.files[candidate.input], self.files[candidate.by]
            yield f"{candidate.place} defines it, and {early.item.word} comes before {late.item.word}, which needs it"
        elif candidate.kind is CandidateKind.PASSED_OVER and candidate.input is not None and candidate.by is not None:
            early, late = self.files[candidate.input], self.files[candidate.by]
            yield (
                f"{candidate.place} defines it, but --as-needed leaves {early.item.word} out: it comes before "
                f"{late.item.word}, which needs it"
            )
        elif candidate.kind is CandidateKind.NEEDED_LIBRARY:
            yield f"{candidate.place} defines it, and is only there because another library needs it"
        elif candidate.kind in _IN_VAIN:
            yield _IN_VAIN[candidate.kind].format(place=candidate.place, name=candidate.name)

    def _cure(self, candidate: Candidate) -> Iterator[Cure]:
        match candidate.kind:
            case CandidateKind.TOO_EARLY | CandidateKind.PASSED_OVER if (
                candidate.input is not None and candidate.by is not None
            ):
                early, late = self.files[candidate.input].item, self.files[candidate.by].item
                if early.position is None or late.position is None:
                    return
                command = self.line.moved(early.position, late.position) if self._positions else None
                if self._helps(candidate.name, self._moved(candidate.input, candidate.by)):
                    text = f"move {early.word} behind {late.word}"
                    names = [InputWord(one.word, 0).lib_name for one in (late, early)]
                    if self.line.cmake_target and None not in names:
                        text += f"; in CMakeLists.txt: target_link_libraries({names[0]} PUBLIC {names[1]})"
                    yield Cure(text, shown_command(command))
                elif self._helps(candidate.name, self._grouped(candidate.input, candidate.by)):
                    yield self._group(early.position, late.position, early.word, late.word)
            case CandidateKind.NOT_INDEXED if candidate.input is not None:
                path = self.files[candidate.input].path
                yield Cure("rebuild the symbol index of the archive", shell_line(("arfix", "index", path)))
            case CandidateKind.NEEDED_LIBRARY:
                yield Cure(f"name {candidate.place} on the link line")
            case _:
                return

    def _moved(self, early: int, late: int) -> tuple[Input, ...]:
        """Return the inputs with one moved behind a later one."""
        inputs = list(self.result.link.inputs)
        moved = inputs.pop(early)
        return (*inputs[:late], moved, *inputs[late:])

    def _grouped(self, first: int, last: int) -> tuple[Input, ...]:
        """Return the inputs with those from one to another as a group, which is searched until nothing new enters."""
        inputs = self.result.link.inputs
        number = 1 + max((one.group or 0 for one in inputs), default=0)
        inside = [replace(one, group=number) for one in inputs[first : last + 1]]
        return (*inputs[:first], *inside, *inputs[last + 1 :])

    def _helps(self, name: str, inputs: tuple[Input, ...]) -> bool:
        """Return whether the symbol is defined with other inputs, and nothing else is missing then."""
        result = resolve(replace(self.result.link, inputs=inputs), self.result.linker)
        return name not in result.errors and result.errors.keys() <= self.result.errors.keys()

    def _group(self, first: int, last: int, early: str, late: str) -> Cure:
        words = list(self.line.words)
        prefix = "" if self.tool_is_linker else "-Wl,"
        words[first : last + 1] = [f"{prefix}--start-group", *words[first : last + 1], f"{prefix}--end-group"]
        command = self.line.shown(words) if self._positions else None
        return Cure(
            f"put {early} and {late}, which need each other, between {prefix}--start-group and {prefix}--end-group",
            shown_command(command),
        )

    def _other_language(self, symbols: Iterable[str]) -> Iterator[tuple[str, Cure]]:
        """Yield where C++ asks for a function by its mangled name that a file defines as C, or the reverse."""
        defined = {
            name: str(unit.where)
            for one in self.files
            if not one.item.added
            for unit in one.input.units
            for name in unit.definitions
        }
        for symbol in symbols:
            function = symbol.partition("(")[0]
            if "(" in symbol and "::" not in symbol and function in defined:
                cure = Cure(f'declare {function} extern "C" where C++ calls it')
                yield f"{defined[function]} defines {function} as C, and C++ calls it by its C++ name", cure
            elif symbol.isidentifier():
                mangled = f"_Z{len(symbol)}{symbol}"
                found = next((name for name in defined if name.startswith(mangled)), None)
                if found is not None:
                    cure = Cure(f'declare {symbol} extern "C" where it is defined')
                    yield f"{defined[found]} defines {symbol} as a C++ function, and C calls it by its own name", cure

    def _unneeded(self, place: str) -> Advice:
        """Return why a member is in the link that nothing needs: its archive is taken whole."""
        number = self._unit_of(place)
        if number is None:
            return Advice((), ())
        answer = explain_unit(self.result, number)
        unit = self.result.units[number]
        if answer.standing is LinkStatus.PULLED and answer.chain:
            step = answer.chain[-1]
            by = "" if step.by is None else f", which {self.result.units[step.by].where} needs"
            return Advice((f"{place} enters for {step.symbol}{by}",), ())
        if answer.standing is not LinkStatus.WHOLE or not unit.where.members or answer.needed_for:
            return Advice((), ())
        if self.result.link.input_of(number).use is not InputMode.WHOLE or unit.content is Content.ARCHIVE:
            return Advice((), ())
        archive = container(place)
        said = f"{place} enters because {archive} is taken whole, and nothing needs it"
        command = shell_line(("arfix", "strip", self.result.link.input_of(number).where.path, unit.member_name))
        return Advice(
            (said,), (Cure(f"remove {unit.member_name} from {archive}, or do not take the archive whole", command),)
        )

    def _why_both(self, places: Iterable[str]) -> Iterator[str]:
        for place in list(places)[:4]:
            number = self._unit_of(place)
            if number is None or not self.result.units[number].where.members:
                continue
            answer = explain_unit(self.result, number)
            if answer.standing is LinkStatus.WHOLE:
                needed = "" if answer.needed_for else ", and nothing else needs it"
                yield f"{place} enters because {container(place)} is taken whole{needed}"
            elif answer.standing is LinkStatus.PULLED and answer.chain:
                step = answer.chain[-1]
                by = "" if step.by is None else f", which {self.result.units[step.by].where} needs"
                yield f"{place} enters for {step.symbol}{by}"

    def _unit_of(self, place: str) -> int | None:
        """Return the number of the unit that a message names; None where it is not clear which one it is."""
        found = [
            number
            for number, unit in enumerate(self.result.units)
            if str(unit.where).removeprefix("./") == place.removeprefix("./")
        ]
        return found[0] if len(found) == 1 else None


def open_link(line: LinkLine, folder: str, stack: ExitStack, *, is_trusted: bool = False) -> LinkAtHand | None:
    """Return the link of a command whose files are at hand; None where too little of it is.

    Args:
        line: The command.
        folder: Where it ran.
        stack: The files stay open as long as it.
        is_trusted: The user gave the command, so that its driver may be asked what it adds.
    """
    try:
        command = read_command(line.words, folder or ".")
        if not command.links or (len(command.inputs) > _MOST_INPUTS and not is_trusted):
            return None
        if is_trusted:
            pairs = (one.partition("=") for one in line.variables)
            command = complete(command._replace(environment=tuple((name, value) for name, _, value in pairs)))
        opened = open_files(command, stack)
        own = [one for one in opened.files if not one.item.added]
        if not own:
            return None
        result = resolve(link_of(command, opened.files, stack), command.tool.linker)
    except (ArfixError, MissingPackageError, OSError):
        return None
    return LinkAtHand(line, command, opened.files, result)
