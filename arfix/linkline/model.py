"""Models the command line of a link: plain values, without the content of any file."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.linkage.model import Target

if TYPE_CHECKING:
    from arfix.linkage.layout_script import LayoutScript
    from arfix.linkage.version_script import VersionScript
    from arfix.linkline.tool import Tool


class Unresolved(Enum):
    """What the linker does about symbols that objects need and nobody defines."""

    ERROR = "error"
    WARNING = "warning"
    """`--warn-unresolved-symbols`, `--noinhibit-exec`: the link succeeds."""
    IGNORED = "ignored"
    """`--unresolved-symbols=ignore-all`, or a shared object without `-z defs`: left to the loader."""


class InputState(NamedTuple):
    """The state of the options that apply to inputs from their place on.

    Attributes:
        whole: `--whole-archive` is on.
        static: `-Bstatic` is on: `-l` finds archives only.
        as_needed: `--as-needed` is on: a shared object counts only where it is needed.
        group: Number of the `--start-group` around the input; None outside of groups.
        lazy: The input is between `--start-lib` and `--end-lib`: an object is read as a member of an archive.
        latest_group: Number of the last `--start-lib` or `--start-group`; None if there is none so far.
        names_only: `--just-symbols`: nothing enters, only the values of symbols are read.
        binary: `-b binary`: the file is data and not an object.
        hidden: `-load_hidden`: the output does not export what the archive defines.
    """

    whole: bool = False
    static: bool = False
    as_needed: bool = False
    group: int | None = None
    lazy: bool = False
    latest_group: int | None = None
    names_only: bool = False
    binary: bool = False
    hidden: bool = False


class LineInput(NamedTuple):
    """One input as the line names it.

    Attributes:
        name: A path, or for `-lNAME` the name; `:FILE` is a file name to look for.
        state: The options that apply at its place.
        is_library: Whether it was named with `-l`.
        position: Position among the words of the command, response files expanded; None for what the driver added.
        added: Whether the driver added it (start files, libgcc, libc).
        defines: `name` is a symbol that `--defsym` defines here, and no file.
        is_framework: Whether it was named with `-framework`.
        is_default: Whether it is a default library: an object or `/defaultlib` names it, and it may be named twice.
    """

    name: str
    state: InputState = InputState()
    is_library: bool = False
    position: int | None = None
    added: bool = False
    defines: bool = False
    is_framework: bool = False
    is_default: bool = False

    @property
    def word(self) -> str:
        """The input as it is written on a command line: `-lz`, `libx.a`."""
        if self.defines:
            return f"--defsym={self.name}"
        if self.is_framework:
            return f"-framework {self.name}"
        return f"-l{self.name}" if self.is_library else self.name


class DarwinOptions(NamedTuple):
    """Options that only linkers for Mach-O have.

    Attributes:
        takes_all: `-all_load`: every archive is taken whole.
        takes_objc: `-ObjC`: members with classes and categories of Objective-C are taken.
        framework_folders: `-F`, in order, as written.
        shared_first: `-search_dylibs_first`.
        aliases: `-alias`: pairs of a symbol and another name for it.
        export_lists: Files of `-exported_symbols_list`.
        ignores_auto_link: `-ignore_auto_link`: objects name no libraries.
    """

    takes_all: bool = False
    takes_objc: bool = False
    framework_folders: tuple[str, ...] = ()
    shared_first: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    export_lists: tuple[str, ...] = ()
    ignores_auto_link: bool = False


class WindowsOptions(NamedTuple):
    """Options that only linkers for Windows have, also where an object gives them (`.drectve`).

    Attributes:
        takes_all: `/wholearchive`: every archive is taken whole.
        no_defaults: `/nodefaultlib`: no default library is linked.
        without: Default libraries that are not linked, as `/nodefaultlib:` names them.
        exports: Values of `/export:`.
        definition_files: Files of `/def:`.
        optional_roots: Symbols of `/includeoptional:`.
        alternates: `/alternatename:FROM=TO`: pairs of a symbol and what it means if nothing defines it.
        no_entry: `/noentry`.
        subsystem: `/subsystem:`, lower case, without a version; None without.
        delays: Whether `/delayload:` is given, so that the helper is needed.
        uses_environment: Whether `LIB` names folders.
    """

    takes_all: bool = False
    no_defaults: bool = False
    without: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    definition_files: tuple[str, ...] = ()
    optional_roots: tuple[str, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()
    no_entry: bool = False
    subsystem: str | None = None
    delays: bool = False
    uses_environment: bool = True


class LinkCommand(NamedTuple):
    """A command that links.

    Attributes:
        tool: The program: a compiler driver or a linker.
        words: The words of the command, the program first, response files expanded.
        folder: The directory in which it runs; relative paths start there.
        inputs: In order. For a driver those of the line alone, until `driver.complete` adds its own.
        target: The kind of output. A driver's default is unknown until `driver.complete`, and counts as `EXECUTABLE`.
        folders: `-L`, in order, as written; `=` and `$SYSROOT` begin a path below the sysroot.
        sysroot: `--sysroot`; None without.
        output: `-o`; None without.
        emulation: `-m` of a linker, `elf_x86_64`; None without.
        static: No shared object may be used.
        roots: Symbols of `-u`, `--undefined` and `--require-defined`.
        required: Those of `--require-defined`.
        entry: The entry symbol of `-e`; None for the default.
        defined: Symbols of `--defsym`, each with its expression.
        wrapped: Symbols of `--wrap`.
        export_dynamic: Whether an executable exports its symbols.
        exported: Symbols or patterns of `--export-dynamic-symbol`.
        dynamic_lists: Files of `--dynamic-list` and `--export-dynamic-symbol-list`.
        version_scripts: Files of `--version-script`.
        excluded_libraries: Names of `--exclude-libs`; `ALL` for all archives.
        scripts: Files of `-T`.
        layouts: What those of them say that could be read.
        versions: What the version scripts say that could be read; None if there is none.
        dynamic_list: The same of the dynamic lists, and of the symbols that are exported one by one.
        unread: Options whose files could not be read, and scripts that name files.
        unresolved: What happens to undefined symbols.
        may_stay_unresolved: Symbols of `--ignore-unresolved-symbol`.
        allow_multiple: Whether the first of several definitions counts, without an error.
        gc_sections: Whether sections that nothing reaches are removed.
        undefined_version: Whether a version script may name undefined symbols; None for the linker's default.
        text_relocations: True for `-z notext`, False for `-z text`.
        loader_folders: The folders of `-rpath-link` and `-rpath`, in which needed libraries are looked for.
        shared_may_lack: Whether shared objects may lack symbols; None for the linker's default.
        symbolic: `-Bsymbolic`.
        symbolic_functions: `-Bsymbolic-functions`.
        uses_default_folders: False with the linker's own `-nostdlib`.
        environment: Variables that are set in front of the program; None for one that is removed.
        sources: Source files that the driver compiles first, which are inputs too, and cannot be read.
        darwin: Options of linkers for Mach-O alone.
        windows: Options of linkers for Windows alone.
        refused: Why the linker refuses the line as it is, for each reason.
        not_modelled: Options that can change the result in ways that the link model does not follow, as written.
        not_understood: Words that are no option of the tool that arfix knows, as written.
        notes: Remarks on how the command was completed.
        links: False where the command compiles or prints only (`-c`, `-E`, `--version`).
    """

    tool: Tool
    words: tuple[str, ...]
    folder: str
    inputs: tuple[LineInput, ...] = ()
    target: Target = Target.EXECUTABLE
    folders: tuple[str, ...] = ()
    sysroot: str | None = None
    output: str | None = None
    emulation: str | None = None
    static: bool = False
    roots: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    entry: str | None = None
    defined: tuple[tuple[str, str], ...] = ()
    wrapped: tuple[str, ...] = ()
    export_dynamic: bool = False
    exported: tuple[str, ...] = ()
    dynamic_lists: tuple[str, ...] = ()
    version_scripts: tuple[str, ...] = ()
    excluded_libraries: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    layouts: tuple[LayoutScript, ...] = ()
    versions: VersionScript | None = None
    dynamic_list: VersionScript | None = None
    unread: tuple[str, ...] = ()
    unresolved: Unresolved = Unresolved.ERROR
    may_stay_unresolved: tuple[str, ...] = ()
    allow_multiple: bool = False
    gc_sections: bool = False
    undefined_version: bool | None = None
    text_relocations: bool | None = None
    loader_folders: tuple[str, ...] = ()
    shared_may_lack: bool | None = None
    symbolic: bool = False
    symbolic_functions: bool = False
    uses_default_folders: bool = True
    environment: tuple[tuple[str, str | None], ...] = ()
    sources: tuple[str, ...] = ()
    darwin: DarwinOptions = DarwinOptions()
    windows: WindowsOptions = WindowsOptions()
    refused: tuple[str, ...] = ()
    not_modelled: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    links: bool = True

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks for people on words and options that were not followed."""
        remarks = list(self.notes)
        if self.not_understood:
            remarks.append(f"not understood, and passed over: {' '.join(self.not_understood)}")
        not_followed = (*self.not_modelled, *self.unread)
        if not_followed:
            remarks.append(f"understood, but not followed: {' '.join(not_followed)}")
        return tuple(remarks)
