"""Reads the words of a link command: which inputs it names, in which state, and which options change the result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import UnsupportedError
from arfix.linkage.model import Target
from arfix.linkline.driver_options import user_words
from arfix.linkline.libtool import translate
from arfix.linkline.model import InputState, LineInput, LinkCommand, Unresolved
from arfix.linkline.options import KEYWORDS, Effect, find_option
from arfix.linkline.tool import Flavour, ToolKind, find_tool
from arfix.linkline.words import expand_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.linkline.options import FoundOption
    from arfix.linkline.tool import Tool


class Word(NamedTuple):
    """A word of a linker's line, and its position among the words of the user's command (None: the driver's)."""

    text: str
    position: int | None = None


def read_command(words: Sequence[str], folder: str = ".") -> LinkCommand:
    """Return what a link command says.

    Nothing is run and no input is opened; response files are read. A driver's own additions are missing until
    `arfix.linkline.driver.complete` asks for them.

    Args:
        words: The words of the command, the program first; launchers, assignments and libtool may precede it.
        folder: The directory in which it runs.

    Raises:
        UnsupportedError: The program is no compiler driver or linker that is known, or links another format.
        ArfixError: A response file cannot be read.
    """
    expanded = expand_words(words, folder)
    found = find_tool(expanded)
    if found is None:
        program = expanded[0] if expanded else ""
        raise UnsupportedError(
            f"{program or 'an empty command'} is no compiler driver or linker that arfix knows",
            hint="Give the command that links, as the build prints it: gcc -o app main.o -lz",
        )
    tool, at = found
    own = translate(expanded[at:], folder) if tool.libtool else expanded[at:]
    if tool.flavour not in (Flavour.GNU, Flavour.WASM):
        raise UnsupportedError(f"{tool.program}: the options of this linker are not read yet")
    if tool.kind is ToolKind.DRIVER:
        translated = user_words(own)
        tool = replace(tool, linker=translated.linker)
        command = read_linker_words(tool, own, folder, [Word(*one) for one in translated.words])
        return replace(
            command,
            sources=translated.sources,
            links=translated.links and command.links,
            not_understood=(*translated.not_understood, *command.not_understood),
        )
    return read_linker_words(tool, own, folder, [Word(text, n) for n, text in enumerate(own)][1:])


def read_linker_words(
    tool: Tool, words: tuple[str, ...], folder: str, linker_words: Sequence[Word], *, added: bool = False
) -> LinkCommand:
    """Return what the words of a linker with GNU options say.

    Args:
        tool: The program.
        words: The words of the command as the user gave it.
        folder: The directory in which it runs.
        linker_words: The words that the linker gets, without the program.
        added: Whether inputs without a position were added by the driver.
    """
    reader = _Reader(added=added)
    reader.read(linker_words)
    return reader.command(tool, words, folder)


_TARGETS: Final = {
    Effect.SHARED: Target.SHARED,
    Effect.PIE: Target.PIE,
    Effect.NO_PIE: Target.EXECUTABLE,
    Effect.RELOCATABLE: Target.RELOCATABLE,
}
_STATES: Final[dict[Effect, dict[str, bool]]] = {
    Effect.STATIC: {"static": True},
    Effect.DYNAMIC: {"static": False},
    Effect.WHOLE: {"whole": True},
    Effect.NO_WHOLE: {"whole": False},
    Effect.AS_NEEDED: {"as_needed": True},
    Effect.NO_AS_NEEDED: {"as_needed": False},
    Effect.START_LIB: {"lazy": True},
    Effect.END_LIB: {"lazy": False},
}
_SWITCHES: Final = {
    Effect.EXPORT_DYNAMIC: ("export", True),
    Effect.NO_EXPORT_DYNAMIC: ("export", False),
    Effect.ALLOW_MULTIPLE: ("multiple", True),
    Effect.NO_ALLOW_MULTIPLE: ("multiple", False),
    Effect.GC_SECTIONS: ("gc", True),
    Effect.NO_GC_SECTIONS: ("gc", False),
    Effect.NO_DEFAULT_FOLDERS: ("own folders", True),
    Effect.PRINTS: ("prints", True),
    Effect.UNDEFINED_VERSION: ("undefined version", True),
    Effect.NO_UNDEFINED_VERSION: ("undefined version", False),
    Effect.NOTHING: ("nothing", True),
}
_SYMBOLIC: Final = frozenset({Effect.SYMBOLIC, Effect.SYMBOLIC_FUNCTIONS, Effect.NOT_SYMBOLIC})
_UNRESOLVED: Final = {
    Effect.NO_UNDEFINED: Unresolved.ERROR,
    Effect.ERROR_UNRESOLVED: Unresolved.ERROR,
    Effect.WARN_UNRESOLVED: Unresolved.WARNING,
}


@dataclass(slots=True)
class _Reader:
    """What has been read so far."""

    added: bool = False
    state: InputState = field(default_factory=InputState)
    saved: list[InputState] = field(default_factory=list)
    groups: int = 1  # 1 is the group of providers
    inputs: list[LineInput] = field(default_factory=list)
    values: dict[Effect, list[str]] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)
    target: Target = Target.EXECUTABLE
    unresolved: Unresolved | None = None
    symbolic: Effect = Effect.NOT_SYMBOLIC
    not_modelled: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)

    def read(self, words: Sequence[Word]) -> None:
        """Go through the words."""
        at = 0
        while at < len(words):
            text, position = words[at]
            at += 1
            if not text.startswith("-") or text == "-":
                self._input(text, position, is_library=False)
                continue
            found = find_option(text)
            if found is None:
                self.not_understood.append(text)
                continue
            value = found.value or ""
            shown = text
            if found.takes_next:
                if at >= len(words):
                    self.not_understood.append(text)
                    break
                value = words[at].text
                shown = f"{text} {value}"
                at += 1
            self._apply(found, value, shown, position)

    def _input(self, name: str, position: int | None, *, is_library: bool) -> None:
        if not name:
            return  # an option at the end of the line that lacks its value
        is_added = self.added and position is None
        self.inputs.append(LineInput(name, self.state, is_library, position, is_added))

    def _apply(self, found: FoundOption, value: str, shown: str, position: int | None) -> None:
        effect = found.option.effect
        if effect in _TARGETS:
            self.target = _TARGETS[effect]
        elif effect in _STATES:
            self.state = replace(self.state, **_STATES[effect])
        elif effect in _SWITCHES:
            name, self.switches[name] = _SWITCHES[effect]
        elif effect in _UNRESOLVED:
            self.unresolved = _UNRESOLVED[effect]
        elif effect in _SYMBOLIC:
            self.symbolic = effect
        elif effect is Effect.INPUT_FORMAT:
            self.state = replace(self.state, binary=value == "binary")
        elif effect is Effect.UNRESOLVED:
            ignoring = value in {"ignore-all", "ignore-in-object-files"}
            self.unresolved = Unresolved.IGNORED if ignoring else Unresolved.ERROR
        else:
            self._apply_other(effect, value, shown, position)

    def _apply_other(self, effect: Effect, value: str, shown: str, position: int | None) -> None:
        match effect:
            case Effect.LIBRARY:
                self._input(value, position, is_library=True)
            case Effect.JUST_SYMBOLS:
                self._just_symbols(value, position)
            case Effect.START_GROUP:
                self.groups += 1
                self.state = replace(self.state, group=self.groups)
            case Effect.END_GROUP:
                self.state = replace(self.state, group=None)
            case Effect.PUSH_STATE:
                self.saved.append(self.state)
            case Effect.POP_STATE if self.saved:
                old = self.saved.pop()
                self.state = replace(self.state, whole=old.whole, static=old.static, as_needed=old.as_needed)
            case Effect.KEYWORD:
                self._keyword(value)
            case Effect.DEFINE:
                self.values.setdefault(effect, []).append(value)
                name = value.partition("=")[0].strip()
                self.inputs.append(LineInput(name, self.state, position=position, defines=True))
            case Effect.NOT_MODELLED:
                self.not_modelled.append(shown)
            case _:
                self.values.setdefault(effect, []).append(value)

    def _just_symbols(self, value: str, position: int | None) -> None:
        """Read `-R FILE`; for a folder it is `-rpath`, which shows when files are opened."""
        state, self.state = self.state, replace(self.state, names_only=True)
        self._input(value, position, is_library=False)
        self.state = state

    def _keyword(self, value: str) -> None:
        match KEYWORDS.get(value):
            case Effect.NO_UNDEFINED:
                self.unresolved = Unresolved.ERROR
            case Effect.UNRESOLVED:
                self.unresolved = Unresolved.IGNORED
            case Effect.ALLOW_MULTIPLE:
                self.switches["multiple"] = True
            case _:
                pass

    def command(self, tool: Tool, words: tuple[str, ...], folder: str) -> LinkCommand:
        """Return everything as a value."""

        def all_of(*effects: Effect) -> tuple[str, ...]:
            return tuple(value for effect in effects for value in self.values.get(effect, ()))

        def last_of(effect: Effect) -> str | None:
            return next(reversed(self.values.get(effect, [])), None)

        defined = (one.partition("=") for one in all_of(Effect.DEFINE))
        excluded = (name for one in all_of(Effect.EXCLUDE_LIBS) for name in one.replace(",", ":").split(":") if name)
        default = Unresolved.IGNORED if self.target in (Target.SHARED, Target.RELOCATABLE) else Unresolved.ERROR
        return LinkCommand(
            tool,
            words,
            folder,
            tuple(self.inputs),
            target=self.target,
            folders=all_of(Effect.FOLDER),
            sysroot=last_of(Effect.SYSROOT),
            output=last_of(Effect.OUTPUT),
            emulation=last_of(Effect.EMULATION),
            static=bool(self.inputs) and all(one.state.static for one in self.inputs),
            roots=tuple(dict.fromkeys(all_of(Effect.ROOT, Effect.REQUIRED_ROOT))),
            required=tuple(dict.fromkeys(all_of(Effect.REQUIRED_ROOT))),
            entry=last_of(Effect.ENTRY),
            defined=tuple((name, value) for name, _, value in defined),
            wrapped=tuple(dict.fromkeys(all_of(Effect.WRAP))),
            export_dynamic=self.switches.get("export", False),
            exported=all_of(Effect.EXPORT_SYMBOL),
            dynamic_lists=all_of(Effect.DYNAMIC_LIST),
            version_scripts=all_of(Effect.VERSION_SCRIPT),
            excluded_libraries=tuple(dict.fromkeys(excluded)),
            scripts=all_of(Effect.SCRIPT),
            unresolved=default if self.unresolved is None else self.unresolved,
            may_stay_unresolved=all_of(Effect.IGNORE_UNRESOLVED),
            allow_multiple=self.switches.get("multiple", False),
            gc_sections=self.switches.get("gc", False),
            undefined_version=self.switches.get("undefined version"),
            symbolic=self.symbolic is Effect.SYMBOLIC,
            symbolic_functions=self.symbolic is Effect.SYMBOLIC_FUNCTIONS,
            uses_default_folders="own folders" not in self.switches,
            not_modelled=tuple(dict.fromkeys(self.not_modelled)),
            not_understood=tuple(dict.fromkeys(self.not_understood)),
            links="prints" not in self.switches,
        )
