"""What repairs a cause: the change of the link line or a command. Where nothing is certain, nothing is said."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.diagnose.cause import Cure
from arfix.diagnose.link_line import container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arfix.diagnose.link_line import LinkLine
    from arfix.diagnose.situation import Situation

#: A changed link command that is longer is not printed; characters.
_LONGEST: Final = 600

#: How a compiler's runtime is linked by the driver, where that is better than `-l`.
_DRIVER_OPTIONS: Final = {
    "libgomp": "-fopenmp",
    "libomp": "-fopenmp",
    "libgcov": "--coverage",
    "libasan": "-fsanitize=address",
    "libubsan": "-fsanitize=undefined",
    "libtsan": "-fsanitize=thread",
    "libpthread": "-pthread",
}
_CXX_LIBRARIES: Final = frozenset({"libstdc++", "libc++", "libc++abi"})
_CXX_DRIVER: Final = re.compile(r"(?P<before>.*?)(?P<name>gcc|clang|cc)(?P<after>(?:-[\d.]+)?(?:\.exe)?)")
#: Libraries of the compiler and the C library: a package is missing, not an option.
_PLATFORM_LIBRARIES: Final = frozenset({"c", "gcc", "gcc_s", "m", "stdc++", "pthread", "atomic"})

#: Where Debian and Fedora have a library's development files, by the word behind `-l`. Source: their package lists.
_PACKAGES: Final = {
    "z": ("zlib1g-dev", "zlib-devel"),
    "ssl": ("libssl-dev", "openssl-devel"),
    "crypto": ("libssl-dev", "openssl-devel"),
    "curl": ("libcurl4-openssl-dev", "libcurl-devel"),
    "sqlite3": ("libsqlite3-dev", "sqlite-devel"),
    "pq": ("libpq-dev", "libpq-devel"),
    "xml2": ("libxml2-dev", "libxml2-devel"),
    "ffi": ("libffi-dev", "libffi-devel"),
    "bz2": ("libbz2-dev", "bzip2-devel"),
    "lzma": ("liblzma-dev", "xz-devel"),
    "zstd": ("libzstd-dev", "libzstd-devel"),
    "X11": ("libx11-dev", "libX11-devel"),
    "GL": ("libgl-dev", "mesa-libGL-devel"),
    "asound": ("libasound2-dev", "alsa-lib-devel"),
    "udev": ("libudev-dev", "systemd-devel"),
    "dbus-1": ("libdbus-1-dev", "dbus-devel"),
    "ldap": ("libldap-dev", "openldap-devel"),
    "readline": ("libreadline-dev", "readline-devel"),
    "ncurses": ("libncurses-dev", "ncurses-devel"),
    "tinfo": ("libncurses-dev", "ncurses-devel"),
    "png": ("libpng-dev", "libpng-devel"),
    "jpeg": ("libjpeg-dev", "libjpeg-turbo-devel"),
    "gmp": ("libgmp-dev", "gmp-devel"),
    "uuid": ("uuid-dev", "libuuid-devel"),
    "expat": ("libexpat1-dev", "expat-devel"),
}


#: Variants of Microsoft's C runtime, of which a program has one.
_MSVC_RUNTIME: Final = re.compile(r"(?:LIBCMTD?|MSVCRTD?|LIBCPMTD?|MSVCPRTD?|LIBUCRTD?|UCRTD?)\.LIB", re.IGNORECASE)
#: Libraries that a compiler driver adds itself.
_COMPILER_LIBRARY: Final = re.compile(r"(?:^|/)lib(?:gcc|gcc_eh|c|m|pthread|stdc\+\+|c_nonshared)\.a$")
#: The file in which programs start.
_START_FILE: Final = re.compile(r"crt[01]\.o$")
#: Libraries that are named in one cure.
_MOST_OPTIONS: Final = 12
#: Libraries that come with Visual C++ and the Windows SDK.
_VISUAL: Final = re.compile(
    r"(?:kernel32|user32|ucrtd?|vcruntimed?|oldnames|uuid|advapi32|shell32)\.lib", re.IGNORECASE
)
#: A shared library, which is named where a relocation refers to one of its symbols.
_SHARED: Final = re.compile(r"\.so(?:\.[\d.]+)?$")
#: CMake's folder of the objects of a target.
_CMAKE: Final = re.compile(r"CMakeFiles/([\w.+-]{1,200})\.dir/")


class Advice(NamedTuple):
    """Why a cause exists, and what repairs it."""

    reasons: tuple[str, ...]
    cures: tuple[Cure, ...]


def cures_of(at: Situation) -> Advice:
    """Return what is certain about a cause: reasons from the link command, and cures, the best first."""
    cure = _CURES.get(at.family.id)
    return Advice((), ()) if cure is None else cure(at)


def _is_msvc(at: Situation) -> bool:
    """Return whether Microsoft's linker, or lld in its place, printed the messages."""
    return "LNK" in at.text or "lld-link" in at.text[:200]


def _base(path: str) -> str:
    return path.rpartition("/")[2].rpartition("\\")[2]


def shown_command(command: str | None) -> str | None:
    """Return a command if it is short enough to be printed."""
    return command if command is not None and len(command) <= _LONGEST else None


def _only(text: str, command: str | None = None) -> Advice:
    return Advice((), (Cure(text, command),))


def _undefined(at: Situation) -> Advice:  # noqa: PLR0911 (one for each kind of evidence)
    """Advise on undefined symbols of a library that is known by name."""
    origin = at.origin
    if origin is None or not origin.name:
        return _unknown(at)
    if origin.name in _CXX_LIBRARIES:
        return _cxx(at)
    if origin.name == "libc":
        return _c_library(at)
    if at.own_library:
        said = (
            f"{at.own_library} is in the link: it was built without what defines them, or is mixed with another version"
        )
        return Advice((said,), ())
    option = _DRIVER_OPTIONS.get(origin.name, origin.option)
    if _is_msvc(at):
        windows = at.family.id == "import-symbol" and not origin.name.startswith("lib")
        named = f"{origin.name}.lib" if windows else f"the .lib file of {origin.name}"
        return _only(f"add {named} to the link line")
    reasons = (origin.evidence,) if origin.evidence else ()
    if at.is_cargo and not origin.is_runtime:
        name = option.removeprefix("-l")
        return Advice(
            reasons,
            (
                Cure(
                    f'add the library: println!("cargo:rustc-link-lib={name}") in build.rs, or #[link(name = "{name}")]'
                ),
            ),
        )
    if at.line is None:
        target = next((found[1] for place in at.places if (found := _CMAKE.search(place[:4096]))), None)
        if target is not None:
            return Advice(
                reasons,
                (Cure(f"add to CMakeLists.txt: target_link_libraries({target} PRIVATE {origin.option[2:]})"),),
            )
        return Advice(reasons, (Cure(f"add {option} to the link line, behind {_behind(at)}"),))
    return _on_line(at, at.line, option, reasons)


def _on_line(at: Situation, line: LinkLine, option: str, reasons: tuple[str, ...]) -> Advice:
    """Advise to add an option, or to move it behind what needs it."""
    name = (at.origin.name if at.origin is not None else "").removeprefix("lib")
    needing = [where for place in at.places if (where := line.position_of(place)) is not None]
    present = line.positions(name)
    last = max(needing, default=None)
    if option in {"-pthread", "-fopenmp", "--coverage"} or option.startswith("-fsanitize"):
        if option in line.words:
            return Advice(reasons, ())
        return Advice(
            reasons, (Cure(f"add {option} to the link line", shown_command(line.with_word(option, 0)), option),)
        )
    if not present:
        at_word = last if last is not None else max((one.at for one in line.inputs), default=len(line.words) - 1)
        behind = line.words[at_word]
        target = line.cmake_target
        in_file = f"; in CMakeLists.txt: target_link_libraries({target} PRIVATE {option[2:]})" if target else ""
        return Advice(
            reasons,
            (
                Cure(
                    f"add {option} behind {behind}{in_file}",
                    shown_command(line.with_word(option, at_word)),
                    option,
                    at_word,
                ),
            ),
        )
    if last is not None and all(where < last for where in present):
        word, target = line.words[present[-1]], line.words[last]
        said = f"{word} comes before {target}, which needs it: a library gives what is needed at that point"
        return Advice(
            (*reasons, said), (Cure(f"move {word} behind {target}", shown_command(line.moved(present[-1], last))),)
        )
    word = line.words[present[-1]]
    return Advice(
        (
            *reasons,
            f"{word} is on the link line, and what the linker found there does not define them",
        ),
        (),
    )


def _behind(at: Situation) -> str:
    files = list(dict.fromkeys(container(place) for place in at.places))
    archives = [file for file in files if file.endswith((".a", ".lib"))]
    if len(archives) == 1:
        return _base(archives[0])
    return "the files that need it" if at.symbol_count == 1 else "the files that need them"


#: What compilers call by themselves, also in code that has no C library.
_CALLED_BY_COMPILERS: Final = frozenset({"memcpy", "memmove", "memset", "memcmp", "abort"})
_LEAVES_LIBC_OUT: Final = frozenset({"-nostdlib", "-nodefaultlibs", "-nolibc"})


def _c_library(at: Situation) -> Advice:
    """Advise on functions of the C library, which drivers add at the end unless they are told not to."""
    line = at.line
    if line is not None and line.positions("c"):
        return _on_line(at, line, "-lc", ())
    define = ", or define them: compilers call them by themselves" if {*at.symbols} <= _CALLED_BY_COMPILERS else ""
    if line is None:
        return _only(
            f"link through the compiler, which adds the C library; with -nostdlib, add -lc behind {_behind(at)}{define}"
        )
    left_out = next((word for word in line.words if word in _LEAVES_LIBC_OUT), None)
    if left_out is not None:
        at_word = max((one.at for one in line.inputs), default=len(line.words) - 1)
        return _only(
            f"add -lc behind {line.words[at_word]}: {left_out} leaves the C library out{define}",
            shown_command(line.with_word("-lc", at_word)),
        )
    if line.is_linker:
        return _only(f"link through the compiler, which adds the C library and its start files{define}")
    return Advice((), ())


def _cxx(at: Situation) -> Advice:
    option = at.origin.option if at.origin is not None else "-lstdc++"
    if at.is_cargo:
        return _only(f'add println!("cargo:rustc-link-lib={option[2:]}") to build.rs')
    driver = None if at.line is None else _CXX_DRIVER.fullmatch(at.line.program)
    if at.line is not None and driver is not None:
        name = {"gcc": "g++", "clang": "clang++", "cc": "c++"}[driver["name"]]
        program = f"{driver['before']}{name}{driver['after']}"
        return _only(f"link with {program} instead of {at.line.program}", shown_command(at.line.with_program(program)))
    if at.line is not None and "++" in at.line.program:
        if "-nodefaultlibs" in at.line.words or "-nostdlib" in at.line.words:
            return _only(f"add {option}: -nostdlib leaves it out")
        return Advice(
            (f"{at.line.program} links {'libc++' if option == '-lstdc++' else 'libstdc++'} or an older one by itself",),
            (),
        )
    return _only(f"link with the C++ compiler (g++ or clang++), or add {option}")


def _unknown(at: Situation) -> Advice:
    """Advise on symbols of no known library: only where they have a version, of which a library has none or another."""
    versions = {version for symbol in at.symbols if (version := symbol.partition("@")[2].lstrip("@"))}
    if len(versions) == 1 and all("@" in symbol for symbol in at.symbols) and not _is_msvc(at):
        (version,) = versions
        if not version.isdigit():  # stdcall: the bytes of the arguments
            return _only(
                f"link the release of the library that has the version {version}, or compile against the one here"
            )
    return Advice((), ())


def _import(at: Situation) -> Advice:
    if at.origin is not None and at.origin.name:
        return _undefined(at)
    return Advice((), ())


def _duplicates(at: Situation) -> Advice:  # noqa: C901, PLR0911 (one for each kind of evidence)
    files = list(dict.fromkeys(container(place) for place in at.places))
    line = at.line
    if len(files) == 1 and len(at.places) == 1 and not at.places[0].endswith(")"):
        if line is not None and len(found := [one.at for one in line.inputs if one.text == files[0]]) > 1:
            return _only(f"name {files[0]} once", shown_command(line.without(found[-1])))
        return _only(f"name {files[0]} once on the link line")
    archives = [file for file in files if file.endswith((".a", ".lib"))]
    if len([file for file in files if _MSVC_RUNTIME.fullmatch(_base(file))]) > 1:
        return _only("compile all objects and libraries with the same one of /MD, /MDd, /MT and /MTd")
    if len(files) > 1 and all(file.endswith(".lib") for file in files):
        return _only(f"link only one of {' and '.join(archives[:4])}")
    if archives and all(_COMPILER_LIBRARY.search(file) for file in archives):
        return _unclosed(at)
    if files and len(archives) == len(files):
        names = shlex.join(archives[:4])
        if len(files) == 1:
            return _only("see which members define it, and repair the archive", f"arfix fix {names}")
        return _only(
            f"link only one of {' and '.join(archives[:4])}, or let arfix make one of the copies weak",
            f"arfix fix {names}",
        )
    if at.sections and all(section.startswith((".bss", "COMMON")) for section in at.sections) and not archives:
        return _only("if a header defines the variable: declare it extern there, and define it in one source file")
    if "_start" in at.symbols and any(_START_FILE.search(file) for file in files):
        return _only("link with -nostartfiles, so that the compiler leaves out its own start files")
    is_code = all(section.startswith(".text") for section in at.sections)
    if is_code and len(files) > 1 and not archives and all("(" in symbol.partition('" (')[0] for symbol in at.symbols):
        return _only("if a header defines the functions: make them inline there, or define them in one source file")
    return Advice((), ())


def _unclosed(at: Situation) -> Advice:
    """Advise where the libraries that the compiler adds at the end were taken whole."""
    reasons = ("--whole-archive is still on where the compiler adds its own libraries",)
    line = at.line
    if line is None or not line.inputs:
        return Advice(reasons, (Cure("put -Wl,--no-whole-archive behind the archives that are taken whole"),))
    last = line.inputs[-1].at
    command = line.with_word("-Wl,--no-whole-archive", last)
    return Advice(reasons, (Cure(f"put -Wl,--no-whole-archive behind {line.words[last]}", shown_command(command)),))


def _not_found(at: Situation) -> Advice:  # noqa: PLR0911 (one for each kind of evidence)
    name = at.subject.removesuffix(".lib")
    if at.places and _base(at.places[0]).startswith(name):
        found = _base(at.places[0])
        return _only(f"write -l:{found} in place of -l{name}: {at.places[0]} has that name")
    if name in _PLATFORM_LIBRARIES and at.line is not None and "-m32" in at.line.words:
        return _only("install the 32-bit libraries of the compiler (Debian: gcc-multilib g++-multilib)")
    if name in _PLATFORM_LIBRARIES and at.line is not None and at.line.is_static:
        return _only(f"install the static lib{name}.a (Fedora: glibc-static, libstdc++-static), or drop -static")
    if at.line is not None and at.line.is_static and not at.subject.endswith((".a", ".lib")):
        return _only(
            f"install the static lib{name}.a, name its folder with -L DIR in front of -l{name}, or drop -static"
        )
    if name in _PACKAGES:
        debian, fedora = _PACKAGES[name]
        return _only(f"install the library's development files: {debian} (Debian), {fedora} (Fedora)")
    if _VISUAL.fullmatch(at.subject) or _MSVC_RUNTIME.fullmatch(at.subject):
        return _only("link in a developer command prompt of Visual Studio, which knows the folders of its libraries")
    if at.subject.endswith(".a"):
        return _only(f"install or build {at.subject}, and name its folder: -L DIR")
    if at.subject.endswith(".lib"):
        return _only(f"install or build {at.subject}, and name its folder with /LIBPATH:DIR")
    return _only(
        f"install the package with lib{name}.so or lib{name}.a, or name its folder: -L DIR in front of -l{name}"
    )


def _file_missing(at: Situation) -> Advice:
    if re.fullmatch(r"[\w-]+", at.subject):
        return _only(f"quote the path if it has a blank in it; a library is named with -l{at.subject}")
    return Advice((), ())


def _start_files(at: Situation) -> Advice:
    if "-lcrt" in at.text or "System" in at.text:
        return _only("install Apple's command line tools, or name the SDK", "xcode-select --install")
    if at.line is not None and "-m32" in at.line.words:
        return _only("install the 32-bit C library and compiler files (Debian: gcc-multilib)")
    return _only(
        "install the development files of the C library for this machine (Debian: libc6-dev, or libc6-dev-ARCH-cross)"
    )


def _arfix(verb: str, text: str) -> Callable[[Situation], Advice]:
    def advise(at: Situation) -> Advice:
        files = list(dict.fromkeys(container(place) for place in at.places))
        if not files or not files[0].endswith((".a", ".lib")):
            return Advice((), ())
        return _only(text.format(_base(files[0])), f"arfix {verb} {shlex.quote(files[0])}")

    return advise


def _nested(at: Situation) -> Advice:
    for place in at.places:
        archive, member = container(place), place.partition("(")[2].removesuffix(")")
        if not archive or archive == place:
            continue
        if member.endswith((".a", ".lib")):
            return _only(
                f"replace the archives inside {_base(archive)} by their members",
                f"arfix flatten {shlex.quote(archive)}",
            )
        if member.endswith((".o", ".obj")):  # an object of another format, perhaps
            return _only("see what the member is", f"arfix inspect {shlex.quote(archive)}")
        return _only(
            f"remove what is no object from {_base(archive)}",
            f"arfix strip {shlex.quote(archive)} {shlex.quote(_base(member))}",
        )
    return Advice((), ())


def _damaged(at: Situation) -> Advice:
    files = list(dict.fromkeys(container(place) for place in at.places))
    if not files:
        return Advice((), ())
    cures = [Cure(f"build or fetch {files[0]} again")]
    if files[0].endswith((".a", ".lib")):
        cures.append(Cure("see where it is damaged", f"arfix check {shlex.quote(files[0])}"))
    return Advice((), tuple(cures))


def _pic(at: Situation) -> Advice:
    pie = "PIE object" in at.text
    option = "-fPIE" if pie else "-fPIC"
    files = [file for file in dict.fromkeys(at.places) if not _SHARED.search(file)]
    what = files[0] if len(files) == 1 else f"these {len(files):,} files" if files else "the files"
    archives = [file for file in files if file.endswith(")")]
    if archives:
        what = f"the library {_base(container(archives[0]))}"
        option = "-fPIC"
    cures = [Cure(f"compile {what} with {option}")]
    line = at.line
    is_program = line is not None and not line.is_shared and "-pie" not in line.words
    if (pie or is_program) and line is not None and not line.is_shared:
        cures.append(
            Cure("or link a program at a fixed address, with -no-pie", shown_command(line.with_word("-no-pie", 0)))
        )
    elif pie:
        cures.append(Cure("or link a program at a fixed address, with -no-pie"))
    return Advice((), tuple(cures))


def _machine(at: Situation) -> Advice:
    files = list(dict.fromkeys(container(place) for place in at.places))
    if files and files[0].endswith((".a", ".o", ".lib", ".obj")):
        return _only(
            f"link the build of {_base(files[0])} for this machine; its machine is shown by",
            f"arfix inspect {shlex.quote(files[0])}",
        )
    return Advice((), ())


def _dso(at: Situation) -> Advice:
    names = [re.sub(r"\.so(?:\.[\w.]+)?$", "", _base(place)) for place in at.places if ".so" in place]
    options = list(dict.fromkeys({"libpthread": "-pthread"}.get(name, f"-l{name[3:]}") for name in names))
    if not options or len(options) > _MOST_OPTIONS:
        return Advice((), ())
    text = f"add {' '.join(options)} to the link line"
    line = at.line
    if line is None or not line.inputs:
        return _only(text)
    last = line.inputs[-1].at
    words = (*line.words[: last + 1], *options, *line.words[last + 1 :])
    return _only(text, shown_command(line.shown(words)))


def _shared_missing(at: Situation) -> Advice:
    return _only(f"name the folder of {at.subject}: -Wl,-rpath-link,DIR")


def _executable(at: Situation) -> Advice:
    if not at.places:
        return Advice((), ())
    return _only(f"name the objects that {at.places[0]} is made of, or build it with -c if it should be an object")


def _static(at: Situation) -> Advice:
    if not at.places:
        return Advice((), ())
    return _only(f"name the static library instead of {_base(at.places[0])}, or drop -static")


def _hidden(at: Situation) -> Advice:
    if at.symbol_count != 1:
        return _only("give the symbols default visibility where they are defined (no -fvisibility=hidden, no local: *)")
    return _only(f"give {at.symbols[0]} default visibility where it is defined (no -fvisibility=hidden, no local: *)")


def _conflict(at: Situation) -> Advice:
    if at.subject == "-r and -pie":
        return _only("give -r to the compiler itself (not -Wl,-r), which leaves -pie out then")
    return _only(f"drop one of {at.subject}" if at.subject else "drop one of the options")


def _wasm_memory(at: Situation) -> Advice:
    if not at.amount:
        return _only("raise --initial-memory and --max-memory, in multiples of 65536")
    pages = -(-at.amount // 65536) * 65536
    option = "--max-memory" if "maximum" in at.text else "--initial-memory"
    return _only(f"raise it: {option}={pages}")


def _say(text: str) -> Callable[[Situation], Advice]:
    return lambda _: _only(text)


def _main(at: Situation) -> Advice:
    if "subsystem must be defined" in at.text or "LNK1221" in at.text:
        return _only("link the object that defines main, or say what the program is: /SUBSYSTEM:CONSOLE or WINDOWS")
    if any("WinMain" in symbol for symbol in at.symbols) or "LNK1561" in at.text:
        unicode = "; MinGW needs -municode for wmain and wWinMain" if "undefined reference" in at.text else ""
        return _only(f"link the object that defines main (or WinMain for a program without a console){unicode}")
    if at.line is not None and re.search(r"(?:^|/)lib[^/]*\.so", " ".join(_after_o(at.line))):
        return _only("add -shared to build a shared library", shown_command(at.line.with_word("-shared", 0)))
    return _only("link the object that defines main; for a shared library link with -shared, to compile only use -c")


def _after_o(line: LinkLine) -> Iterator[str]:
    for at, word in enumerate(line.words[:-1]):
        if word == "-o":
            yield line.words[at + 1]


def _memory(at: Situation) -> Advice:
    if re.search(r"signal (?:2|15)\b", at.text):  # somebody stopped it
        return Advice((), ())
    return _only("run fewer links at once, or add memory")


def _vtable(at: Situation) -> Advice:
    if not any(symbol.startswith(("vtable for ", "_ZTV", "__ZTV")) for symbol in at.symbols):
        return _only(
            "link the file that defines the first virtual function of the class, or compile all files with -frtti"
        )
    return _only(
        "link the source file or library that defines the first virtual function of the class that is not inline"
    )


def _region(at: Situation) -> Advice:
    by = f" {at.amount:,} bytes" if at.amount else ""
    return _only(
        f"make the program{by} smaller (-Os, -ffunction-sections with -Wl,--gc-sections),"
        f" or correct the length of {at.subject} in the linker script"
    )


def _linker(at: Situation) -> Advice:
    name = at.subject
    packages = {
        "ld": "binutils",
        "gold": "binutils",
        "bfd": "binutils",
        "cc": "gcc or clang",
        "link.exe": "the Visual C++ build tools",
    }
    return _only(f"install {packages.get(name, name)}, or choose another linker") if name else Advice((), ())


def _option(at: Situation) -> Advice:
    option = f"-z {at.subject}" if re.search(r"-z (?:option|value|\S+ ignored)", at.text) else at.subject
    return _only(f"drop {option}, or choose a linker that knows it with -fuse-ld=")


_CURES: Final[dict[str, Callable[[Situation], Advice]]] = {
    "undefined-symbol": _undefined,
    "undefined-in-shared-library": _undefined,
    "import-symbol": _import,
    "duplicate-symbol": _duplicates,
    "library-not-found": _not_found,
    "start-files-not-found": _start_files,
    "no-index": _arfix("index", "add the symbol index to {}"),
    "nested-archive": _nested,
    "damaged-file": _damaged,
    "not-position-independent": _pic,
    "wrong-machine": _machine,
    "dso-missing": _dso,
    "shared-library-not-found": _shared_missing,
    "static-shared": _static,
    "missing-main": _main,
    "no-input": _say("name the objects: a variable of the makefile that should hold them may be empty"),
    "wasm-memory": _wasm_memory,
    "thread-local-access": _say("rebuild the object with the compiler and the options of the others"),
    "two-library-versions": _say("link libraries that were built against one version"),
    "option-conflict": _conflict,
    "file-not-found": _file_missing,
    "hidden-symbol": _hidden,
    "location-counter": _say("make the sections in front of that address smaller, or move the address in the script"),
    "executable-input": _executable,
    "multiple-main": _say("link only one of the objects that define main"),
    "missing-vtable": _vtable,
    "region-overflow": _region,
    "unknown-option": _option,
    "stack-protector": _say(
        "compile the objects with -fno-stack-protector, or link the library that has the functions (-lssp)"
    ),
    "bare-metal-system-calls": _say("link with --specs=nosys.specs, or define the functions for the board"),
    "lto-object": _say(
        "link through the compiler with -flto, make archives with gcc-ar, or compile with -ffat-lto-objects"
    ),
    "lto-version": _say("rebuild the object with the compiler that links, or without -flto"),
    "float-abi": _say("compile all objects and libraries for one ABI: the same -mfloat-abi=, -mabi= and -march="),
    "runtime-mismatch": _say("compile all objects and libraries with the same one of /MD, /MDd, /MT and /MTd"),
    "default-library-conflict": _say("compile all objects and libraries with the same one of /MD, /MDd, /MT and /MTd"),
    "thread-local-mismatch": _say("declare the variable thread-local everywhere or nowhere, and rebuild both sides"),
    "executable-stack": _say(
        'add .section .note.GNU-stack,"",%progbits to the assembly file, or assemble it with -Wa,--noexecstack'
    ),
    "version-script-symbol": _say("remove the symbol from the version script, or link with -Wl,--undefined-version"),
    "linker-not-found": _linker,
    "safe-exceptions": _say("link with /SAFESEH:NO, or assemble the object with /safeseh"),
    "no-space": _say("free space on the disk of the output and of TMPDIR"),
    "out-of-memory": _memory,
}
