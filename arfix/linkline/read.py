"""Reads the words of a link command: which inputs it names, in which state, and which options change the result."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import UnsupportedError
from arfix.linkage.model import Linker, Target
from arfix.linkline.darwin_options import find_darwin_option
from arfix.linkline.driver_options import user_words
from arfix.linkline.libtool import translate
from arfix.linkline.model import DarwinOptions, InputState, LineInput, LinkCommand, Unresolved, WindowsOptions
from arfix.linkline.options import KEYWORDS, Effect, find_option
from arfix.linkline.tool import Flavour, ToolKind, find_launch, find_tool, flavour_of_words, makes_pe
from arfix.linkline.windows_options import find_windows_option, is_file_word
from arfix.linkline.words import ResponseStyle, expand_words, read_response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        UnsupportedError: The program is no compiler driver or linker that is known.
        ArfixError: A response file cannot be read.
    """
    expanded = expand_words(words, folder, style=_style_of(words))
    launch = find_launch(expanded)
    if launch is None:
        program = expanded[0] if expanded else ""
        raise UnsupportedError(
            f"{program or 'an empty command'} is no compiler driver or linker that arfix knows",
            hint="Give the command that links, as the build prints it: gcc -o app main.o -lz",
        )
    tool = launch.tool
    folder = os.path.normpath(os.path.join(folder, launch.folder)) if launch.folder != "." else folder  # noqa: PTH118
    own = launch.words if launch.before else expand_words(launch.words, folder, style=_style_of(launch.words))
    own = translate(own, folder) if tool.libtool else own
    tool = tool._replace(flavour=flavour_of_words(tool, own[1:]))
    if tool.kind is ToolKind.DRIVER:
        translated = user_words(own, tool.flavour, is_cl=tool.is_cl)
        tool = tool._replace(linker=translated.linker)
        command = read_linker_words(tool, own, folder, [Word(*one) for one in translated.words])
        return command._replace(
            sources=translated.sources,
            environment=launch.environment,
            links=translated.links and command.links,
            not_understood=(*translated.not_understood, *command.not_understood),
        )
    command = read_linker_words(tool, own, folder, [Word(text, n) for n, text in enumerate(own)][1:])
    return command._replace(environment=launch.environment)


def _style_of(words: Sequence[str]) -> ResponseStyle:
    """Return how the program of a command reads response files."""
    found = find_tool(words)
    is_windows = found is not None and (found[0].flavour is Flavour.WINDOWS or found[0].is_cl)
    return ResponseStyle.WINDOWS if is_windows else ResponseStyle.GNU


def read_linker_words(
    tool: Tool, words: tuple[str, ...], folder: str, linker_words: Sequence[Word], *, added: bool = False
) -> LinkCommand:
    """Return what the words of a linker say, by the options of its flavour.

    Args:
        tool: The program.
        words: The words of the command as the user gave it.
        folder: The directory in which it runs.
        linker_words: The words that the linker gets, without the program.
        added: Whether inputs without a position were added by the driver.
    """
    reader = _Reader(GRAMMARS[tool.flavour], folder, added=added)
    reader.read(linker_words)
    command = reader.command(tool, words, folder)
    if tool.flavour not in (Flavour.DARWIN, Flavour.WINDOWS):
        return command
    # lld's rules are known, and those of the makers' own linkers are close.
    judged = "ld64.lld" if tool.flavour is Flavour.DARWIN else "lld-link"
    is_lld = tool.kind is ToolKind.DRIVER or tool.name in ("ld64.lld", "lld-link")
    note = () if is_lld else (f"the rules of {judged} are taken for those of {tool.name}",)
    return command._replace(tool=tool._replace(linker=Linker.LLD), notes=(*command.notes, *note))


class Grammar(NamedTuple):
    """How a linker's words are told apart.

    Attributes:
        find: Returns the option that a word is.
        is_file: Returns whether a word that is no option is a file.
    """

    find: Callable[[str], FoundOption | None]
    is_file: Callable[[str], bool]


def _is_no_dash_word(word: str) -> bool:
    return not word.startswith("-") or word == "-"


def _find_gnu(word: str) -> FoundOption | None:
    return None if _is_no_dash_word(word) else find_option(word)


def _find_darwin(word: str) -> FoundOption | None:
    return None if _is_no_dash_word(word) else find_darwin_option(word)


#: The words of each family.
GRAMMARS: Final = {
    Flavour.GNU: Grammar(_find_gnu, _is_no_dash_word),
    Flavour.WASM: Grammar(_find_gnu, _is_no_dash_word),
    Flavour.DARWIN: Grammar(_find_darwin, _is_no_dash_word),
    Flavour.WINDOWS: Grammar(find_windows_option, is_file_word),
}


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
    Effect.LIBRARY_UNDEFINED: ("library undefined", True),
    Effect.NO_LIBRARY_UNDEFINED: ("library undefined", False),
    Effect.NOTHING: ("nothing", True),
    Effect.WHOLE_ALL: ("whole", True),
    Effect.NO_WHOLE_ALL: ("whole", False),
    Effect.OBJC: ("objc", True),
    Effect.SHARED_FIRST: ("shared first", True),
    Effect.FOLDER_FIRST: ("shared first", False),
    Effect.FLAT: ("flat", True),
    Effect.NOT_FLAT: ("flat", False),
    Effect.IGNORE_AUTO_LINK: ("no auto link", True),
    Effect.NO_ENTRY: ("no entry", True),
    Effect.NO_ENVIRONMENT: ("no environment", True),
    Effect.DELAY_LOAD: ("delays", True),
}
_SYMBOLIC: Final = frozenset({Effect.SYMBOLIC, Effect.SYMBOLIC_FUNCTIONS, Effect.NOT_SYMBOLIC})
_UNRESOLVED: Final = {
    Effect.NO_UNDEFINED: Unresolved.ERROR,
    Effect.ERROR_UNRESOLVED: Unresolved.ERROR,
    Effect.WARN_UNRESOLVED: Unresolved.WARNING,
}


class _InputKind(NamedTuple):
    """How an option names an input."""

    is_library: bool = False
    is_framework: bool = False
    is_default: bool = False
    is_hidden: bool = False


_INPUTS: Final = {
    Effect.FILE: _InputKind(),
    Effect.HIDDEN_FILE: _InputKind(is_hidden=True),
    Effect.HIDDEN_LIBRARY: _InputKind(is_library=True, is_hidden=True),
    Effect.FRAMEWORK: _InputKind(is_framework=True),
    Effect.DEFAULT_LIBRARY: _InputKind(is_default=True),
}
#: Values of `--unresolved-symbols`, and of `-undefined` for Mach-O.
_TREATMENTS: Final = {
    "ignore-all": Unresolved.IGNORED,
    "ignore-in-object-files": Unresolved.IGNORED,
    "dynamic_lookup": Unresolved.IGNORED,
    "suppress": Unresolved.IGNORED,
    "warning": Unresolved.WARNING,
}
#: Whether `--unresolved-symbols` lets shared objects lack symbols, for GNU ld and lld; gold and mold do not ask it.
_ALLOWS_LIBRARIES: Final = {
    "ignore-all": True,
    "ignore-in-shared-libs": True,
    "ignore-in-object-files": False,
    "report-all": False,
}


@dataclass(slots=True)
class _Reader:
    """What has been read so far."""

    grammar: Grammar
    folder: str
    added: bool = False
    state: InputState = field(default_factory=InputState)
    saved: list[InputState] = field(default_factory=list)
    groups: int = 1  # 1 is the group of providers
    inputs: list[LineInput] = field(default_factory=list)
    values: dict[Effect, list[str]] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)
    target: Target = Target.EXECUTABLE
    unresolved: Unresolved | None = None
    treatment: str = ""
    symbolic: Effect = Effect.NOT_SYMBOLIC
    not_modelled: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)

    def read(self, words: Sequence[Word]) -> None:
        """Go through the words."""
        at = 0
        while at < len(words):
            text, position = words[at]
            at += 1
            found = self.grammar.find(text)
            if found is None:
                if self.grammar.is_file(text):
                    self._input(text, position, is_library=False)
                else:
                    self.not_understood.append(text)
                continue
            value = found.value or ""
            shown = text
            if found.takes_next:
                values = [word.text for word in words[at : at + found.option.value_words]]
                if len(values) < found.option.value_words:
                    self.not_understood.append(text)
                    break
                value = " ".join(values)
                shown = f"{text} {value}"
                at += found.option.value_words
            self._apply(found, value, shown, position)

    def _is_added(self, position: int | None) -> bool:
        return self.added and position is None

    def _input(self, name: str, position: int | None, *, is_library: bool, state: InputState | None = None) -> None:
        if name:  # empty at the end of a line, for an option that lacks its value
            self.inputs.append(LineInput(name, state or self.state, is_library, position, self._is_added(position)))

    def _apply(self, found: FoundOption, value: str, shown: str, position: int | None) -> None:
        effect = found.option.effect
        if effect in _TARGETS:
            self.target = _TARGETS[effect]
        elif effect in _STATES:
            self.state = self.state._replace(**_STATES[effect])
        elif effect in _SWITCHES:
            name, self.switches[name] = _SWITCHES[effect]
            if name == "library undefined":
                self.switches.pop("treats libraries", None)
        elif effect in _UNRESOLVED:
            self.treatment = found.option.names[0]
            self.unresolved = _UNRESOLVED[effect]
        elif effect in _SYMBOLIC:
            self.symbolic = effect
        elif effect is Effect.INPUT_FORMAT:
            self.state = self.state._replace(binary=value == "binary")
        elif effect is Effect.UNRESOLVED:
            self.treatment = value
            self.unresolved = _TREATMENTS.get(value, Unresolved.ERROR)
            if value in _ALLOWS_LIBRARIES:
                self.switches["treats libraries"] = _ALLOWS_LIBRARIES[value]
        else:
            self._apply_other(effect, value, shown, position)

    def _apply_other(self, effect: Effect, value: str, shown: str, position: int | None) -> None:
        match effect:
            case Effect.LIBRARY:
                self._input(value, position, is_library=True)
            case Effect.JUST_SYMBOLS:
                self._just_symbols(value, position)
            case Effect.START_GROUP | Effect.START_LIB:
                self.groups += 1
                group = self.groups if effect is Effect.START_GROUP else self.state.group
                is_lib = effect is Effect.START_LIB
                self.state = self.state._replace(group=group, lazy=is_lib or self.state.lazy, latest_group=self.groups)
            case Effect.END_GROUP:
                self.state = self.state._replace(group=None)
            case Effect.PUSH_STATE:
                self.saved.append(self.state)
            case Effect.POP_STATE if self.saved:
                old = self.saved.pop()
                self.state = self.state._replace(whole=old.whole, static=old.static, as_needed=old.as_needed)
            case Effect.KEYWORD:
                self._keyword(value)
            case Effect.DEFINE:
                self.values.setdefault(effect, []).append(value)
                name = value.partition("=")[0].strip()
                self.inputs.append(LineInput(name, self.state, position=position, defines=True))
            case Effect.NOT_MODELLED:
                self.not_modelled.append(shown)
            case _:
                self._apply_foreign(effect, value, shown, position)

    def _apply_foreign(self, effect: Effect, value: str, shown: str, position: int | None) -> None:
        """Follow an option that only linkers for Mach-O or Windows have; keep the value of any other one."""
        if effect in _INPUTS:
            self._foreign_input(effect, value, position)
            return
        match effect:
            case Effect.WHOLE_FILE | Effect.NO_DEFAULT_LIBRARY if not value:
                self.switches["whole" if effect is Effect.WHOLE_FILE else "no defaults"] = True
            case Effect.WHOLE_FILE:
                self._input(value, position, is_library=False, state=self.state._replace(whole=True))
            case Effect.FILE_LIST:
                self._file_list(value, position)
            case Effect.FORCE:
                self.switches["multiple"] = self.switches.get("multiple", False) or value.lower() != "unresolved"
                self.unresolved = self.unresolved if value.lower() == "multiple" else Unresolved.WARNING
            case Effect.ALIAS if "=" not in value and " " not in value:
                self.not_understood.append(shown)
            case _:
                self.values.setdefault(effect, []).append(value)

    def _foreign_input(self, effect: Effect, value: str, position: int | None) -> None:
        kind = _INPUTS[effect]
        state = InputState() if kind.is_default else self.state._replace(hidden=kind.is_hidden)
        added = self._is_added(position)
        self.inputs.append(
            LineInput(
                value,
                state,
                kind.is_library,
                position,
                added,
                is_framework=kind.is_framework,
                is_default=kind.is_default,
            )
        )

    def _file_list(self, value: str, position: int | None) -> None:
        """Read `-filelist FILE[,FOLDER]`: a file on each line."""
        path, _, folder = value.partition(",")
        for line in read_response(os.path.join(self.folder, path)).splitlines():  # noqa: PTH118 (any bytes)
            name = line.strip()
            if name:
                self._input(f"{folder}/{name}" if folder else name, position, is_library=False)

    def _just_symbols(self, value: str, position: int | None) -> None:
        """Read `-R FILE`; for a folder it is `-rpath`, which shows when files are opened."""
        state, self.state = self.state, self.state._replace(names_only=True)
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
            case Effect.TEXT_RELOCATIONS:
                self.switches["text"] = True
            case Effect.NO_TEXT_RELOCATIONS:
                self.switches["text"] = False
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
        # A shared library leaves symbols to the loader in ELF and WebAssembly alone.
        is_pe = makes_pe(tool, last_of(Effect.EMULATION))
        is_strict = is_pe or tool.flavour in (Flavour.DARWIN, Flavour.WINDOWS)
        lenient = (Target.RELOCATABLE,) if is_strict else (Target.SHARED, Target.RELOCATABLE)
        default = Unresolved.IGNORED if self.target in lenient else Unresolved.ERROR
        if is_pe and self.treatment != "noinhibit-exec":  # GNU ld does not follow the other options for PE
            self.unresolved = None
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
            shared_may_lack=self._shared_may_lack(tool),
            loader_folders=tuple(one for value in all_of(Effect.LOADER_FOLDER) for one in value.split(":") if one),
            text_relocations=self.switches.get("text"),
            symbolic=self.symbolic is Effect.SYMBOLIC,
            symbolic_functions=self.symbolic is Effect.SYMBOLIC_FUNCTIONS,
            uses_default_folders="own folders" not in self.switches,
            darwin=self._darwin(all_of),
            windows=self._windows(all_of),
            refused=self._refused(tool),
            not_modelled=tuple(dict.fromkeys(self.not_modelled)),
            not_understood=tuple(dict.fromkeys(self.not_understood)),
            links="prints" not in self.switches,
        )

    def _shared_may_lack(self, tool: Tool) -> bool | None:
        allowed = self.switches.get("library undefined")
        if tool.linker is Linker.MOLD:
            return allowed
        if self.unresolved is Unresolved.WARNING:
            return True
        return allowed if tool.linker is Linker.GOLD else self.switches.get("treats libraries", allowed)

    def _darwin(self, all_of: Callable[..., tuple[str, ...]]) -> DarwinOptions:
        aliases = (tuple(value.split(" ", 1)) for value in all_of(Effect.ALIAS) if " " in value)
        return DarwinOptions(
            takes_all=self.switches.get("whole", False),
            takes_objc="objc" in self.switches,
            framework_folders=all_of(Effect.FRAMEWORK_FOLDER),
            shared_first=self.switches.get("shared first", False),
            aliases=tuple((base, name) for base, name in aliases),
            export_lists=all_of(Effect.EXPORT_LIST),
            ignores_auto_link="no auto link" in self.switches,
        )

    def _windows(self, all_of: Callable[..., tuple[str, ...]]) -> WindowsOptions:
        subsystems = all_of(Effect.SUBSYSTEM)
        pairs = (value.partition("=") for value in all_of(Effect.ALIAS))
        return WindowsOptions(
            takes_all=self.switches.get("whole", False),
            no_defaults="no defaults" in self.switches,
            without=all_of(Effect.NO_DEFAULT_LIBRARY),
            exports=all_of(Effect.EXPORT_SYMBOL),
            definition_files=all_of(Effect.DEFINITION_FILE),
            optional_roots=all_of(Effect.OPTIONAL_ROOT),
            alternates=tuple((name, other) for name, equals, other in pairs if equals),
            no_entry="no entry" in self.switches,
            subsystem=subsystems[-1].partition(",")[0].lower() if subsystems else None,
            delays="delays" in self.switches,
            uses_environment="no environment" not in self.switches,
        )

    def _refused(self, tool: Tool) -> tuple[str, ...]:
        """Return why a linker refuses the options, as far as that is known."""
        is_flat = self.switches.get("flat", False)
        if tool.flavour is Flavour.DARWIN and self.treatment in ("suppress", "warning") and not is_flat:
            return (f"-undefined {self.treatment} is only allowed with -flat_namespace",)
        return ()
