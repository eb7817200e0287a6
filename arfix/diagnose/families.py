"""The table of message families. A new family is one more row; its documentation is written from the row.

Rows are tried in order, so that a row whose shapes are narrow is above one whose shapes are wide. Groups in the
patterns: `symbol`; `place`, the file or member that is at fault; `subject`, whatever else the message is about (a
library, a region, an option); `by`, who asked for it. Sources: messages of GNU ld and gold 2.40, lld 14 and 19, mold
1.10, recorded by `tests/diagnose/record.py`; Apple's `ld` and Microsoft's "Linker tools errors and warnings" for theirs.
"""

# ruff: noqa: E501, RUF001 (messages stand as they are printed; linkers print curly quotes in UTF-8 locales)

from __future__ import annotations

from typing import Final

from arfix.diagnose.family import Family, Fold
from arfix.linkage.message_shape import QUOTED, Shape
from arfix.linkage.messages import MessageKind

#: A quoted text that is no symbol.
_WORD: Final = r"[`'‘\"](?P<subject>[^`'’\"]+)[`'’\"]"
_PLACE: Final = r"(?<![^\s'\"])(?P<place>[^\s'\"]++)$"
#: The file at the start of the text before the anchor; a path may contain blanks.
_START: Final = r"^(?P<place>.+)$"
#: `parcel.lib(box.obj) : ` in front of an error of Microsoft's linker; a path may contain blanks.
_MSVC: Final = r"^(?:(?P<place>(?!LINK )(?:[A-Za-z]:)?[^:]{1,1000}) : |LINK : )?(?:fatal |\w+ )?"

FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        "out-of-memory",
        "linker killed or out of memory",
        "The linker did not finish: the system ran out of memory, or something killed it; the input files are not the"
        " reason.",
        "Run fewer links at once (`ninja -j1`, `make -j1`, CMake's `JOB_POOL_LINK`), link with less debug information"
        " (`-g1`, `-gsplit-dwarf`), use lld or mold, which need less memory than GNU ld, or add memory or swap.",
        (
            "collect2: fatal error: ld terminated with signal 9 [Killed]",
            "ld: out of memory allocating 25165824 bytes after a total of 1048576 bytes",
            "LLVM ERROR: out of memory",
            "fatal error LNK1102: out of memory",
        ),
        (
            Shape("terminated with signal ", r"(?:2|9|15)\b"),
            Shape("unable to execute command: Killed"),
            Shape("(signal: 9, SIGKILL"),
            Shape("ld: out of memory"),
            Shape(": memory exhausted", head=r"(?:ld|gold|lld)\S*(?:: final link failed)?$"),
            Shape("final link failed: memory exhausted"),
            Shape("LLVM ERROR: out of memory"),
            Shape("error LNK1102"),
            Shape("error LNK1171"),
            Shape("linker command failed due to signal 9"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "no-space",
        "no space left on the device",
        "The file system of the output or of the temporary files is full; the input files are not the reason.",
        "Free space in the build folder and in the folder of temporary files (`TMPDIR`), then link again. `df -h` shows"
        " which of them is full.",
        (
            "/usr/bin/ld: final link failed: No space left on device",
            "ld.lld: error: failed to write output 'app': No space left on device",
        ),
        (
            Shape("final link failed: No space left on device"),
            Shape(
                ": No space left on device",
                head=r"(?:\bld\b|lld|mold|gold|collect2|\bcc1|\bas\b|ar:|ranlib|write|output)",
            ),
            Shape("error LNK1180"),
            Shape("error LNK1140"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "output-not-written",
        "output file that cannot be written",
        "The linker cannot write its output: the folder does not exist, permission is missing, or the program is running.",
        "Create the folder of the output, or end the program that still runs from it, then link again.",
        (
            "/usr/bin/ld: cannot open output file build/app: No such file or directory",
            "ld.lld: error: cannot open output file build/app: Permission denied",
            "LINK : fatal error LNK1168: cannot open app.exe for writing",
        ),
        (
            Shape("cannot open output file ", r"(?P<subject>[^:]+)"),
            Shape("failed to open output file ", r"[`'‘]?(?P<subject>[^:'`’]+)"),
            Shape("failed to write output ", r"[`'‘](?P<subject>[^'`’]+)"),
            Shape("error LNK1168: cannot open ", r"(?P<subject>.+) for writing"),
            Shape("error LNK1104: cannot open file ", r"'(?P<subject>[^']+\.(?:exe|dll|pdb|pyd|EXE|DLL))'"),
            Shape("error LNK1201: error writing to program database ", r"'(?P<subject>[^']+)'"),
            Shape("/.mold-", r"\w+: ", r"cannot open (?P<subject>\S+)$"),
            Shape(
                ": open: ",
                r"(?:No such file or directory|Permission denied|Text file busy)",
                r"fatal error: (?P<subject>\S+)$",
            ),
            Shape("can't open output file for writing: ", r"(?P<subject>[^,]+)"),
            Shape("can't write output file: ", r"(?P<subject>\S+)"),
            Shape(": open() failed, errno=", "", r"ld: (?P<subject>\S+)$"),
        ),
    ),
    Family(
        "linker-not-found",
        "linker that is not installed",
        "The compiler driver did not find the linker that it was told to run.",
        "Install the linker that is named (`binutils`, `lld`, `mold`), or drop the option that asks for it"
        " (`-fuse-ld=...`, Rust's `linker = ...` in `.cargo/config.toml`).",
        (
            "collect2: fatal error: cannot find 'ld'",
            "clang: error: invalid linker name in argument '-fuse-ld=mold'",
            "error: linker `cc` not found",
        ),
        (
            Shape("collect2: fatal error: cannot find ", _WORD),
            Shape("collect2: cannot find ", _WORD),
            Shape("fatal error LNK1158: cannot run ", r"'(?P<subject>[^']+)'"),
            Shape("invalid linker name in argument '-fuse-ld=", r"(?P<subject>[^']+)"),
            Shape("invalid linker name in '-fuse-ld=", r"(?P<subject>[^']+)"),
            Shape("invalid linker name in argument ", _WORD),
            Shape("error: linker ", rf"{_WORD} not found"),
            Shape("unrecognized command-line option '-fuse-ld=", r"(?P<subject>[^']+)"),
            Shape("unrecognized command line option ", r"[`'‘\"]-fuse-ld=(?P<subject>[^'’\"]+)"),
            Shape('error: unable to execute command: Executable "', r"(?P<subject>[^\"]+)\" doesn't exist"),
            Shape("error trying to exec 'ld", r"(?P<subject>[^']*)'"),
        ),
    ),
    Family(
        "linker-crash",
        "linker that crashed",
        "The linker itself failed, by a signal or an internal error; a damaged input or a fault of the linker is the"
        " reason.",
        "Link with another linker (`-fuse-ld=bfd`, `lld`, `mold`): its message often names the damaged input. Check the"
        " archives with `arfix check`. If they are sound, report the fault to the authors of the linker.",
        (
            "collect2: fatal error: ld terminated with signal 11 [Segmentation fault], core dumped",
            "/usr/bin/ld.gold: internal error in find_view, at ../../gold/fileread.cc:338",
            "LINK : fatal error LNK1000: Internal error during IMAGE::BuildImage",
        ),
        (
            Shape("terminated with signal ", r"(?P<subject>\d+)"),
            Shape("internal error in ", r"(?!find_view)(?P<subject>\w+), at \S+gold"),
            Shape("BFD (", r"[^)]*\).* internal error, aborting"),
            Shape(": internal error: ", "", r"(?:^|[/ ])(?:ld|gold|ld\.\w+|lld|mold)\S*$"),
            Shape("error LNK1000"),
            Shape("linker command failed due to signal"),
            Shape(": assertion fail ", r"\S+bfd/", r"BFD "),
            Shape("internal error ", r"\S*ld/\w+\.c", r"\bld\S*: $"),
            Shape("LLVM ERROR: ", r"(?!IO failure|out of memory)", r"^$"),
            Shape("ld: Assertion failed"),
            Shape("PLEASE submit a bug report to https://github.com/llvm", r".*lld"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "no-input",
        "no input files",
        "The linker got options and not a single file.",
        "Name the objects. A variable of the makefile or script that should hold them is empty, or a pattern matched nothing.",
        (
            "/usr/bin/ld: no input files",
            "ld.lld: error: no input files",
        ),
        (
            Shape(": no input files", r"$", r"(?:ld|gold|lld|mold|link)\S*(?:: error|: fatal error|: fatal)?$"),
            Shape("mold: fatal: -m option is missing"),
            Shape("target emulation unknown: -m or at least one .o file required"),
            Shape("ld: no object files specified"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "unknown-option",
        "option that the linker does not know",
        "The linker does not know an option on its command line: it belongs to another linker, or to another release.",
        "Drop the option, or choose the linker that it is for with `-fuse-ld=`. An option for the linker needs `-Wl,` in"
        " front of it when a compiler driver links.",
        (
            "/usr/bin/ld: unrecognized option '--no-such-option'",
            "ld.lld: error: unknown argument '--no-such-option'",
            "ld: unknown option: --start-group",
            "LINK : warning LNK4044: unrecognized option '/Wl,--as-needed'; ignored",
        ),
        (
            Shape(" unrecognized option ", _WORD, r"(?:^|[/ ])\S*ld\S*:$"),
            Shape("unrecognised emulation mode: ", r"(?P<subject>\S+)"),
            Shape("unrecognized emulation mode: ", r"(?P<subject>\S+)"),
            Shape("unknown emulation: ", r"(?P<subject>\S+)"),
            Shape("unrecognised emulation: ", r"(?P<subject>\S+)"),
            Shape("invalid BFD target ", _WORD),
            Shape("cannot represent machine ", _WORD),
            Shape("unknown architecture: ", r"(?P<subject>\S+)", r"\bld\S*: $"),
            Shape("error LNK1117: syntax error in option ", _WORD),
            Shape("error LNK1146: no argument specified with option ", _WORD),
            Shape("lld: error: unknown argument ", _WORD),
            Shape("ld: error: unknown argument ", _WORD),
            Shape("error: unknown argument: ", _WORD, r"(?:ld|lld|link)\S*: $"),
            Shape("Error: unable to disambiguate: ", r"(?P<subject>\S+)"),
            Shape("unknown command line option: ", r"(?P<subject>-z \S+|\S+)", "mold"),
            Shape(": unknown option", r"$", r"gold: (?P<subject>\S+)$"),
            Shape(": unknown -z option", r"$", r"gold: (?P<subject>\S+)$"),
            Shape(
                "could not open ", r"'(?P<subject>/[A-Za-z]+(?::[^'/\\]*)?)': [Nn]o such file", r"lld-link\S*: error: $"
            ),
            Shape("warning: -z ", r"(?P<subject>\S+) ignored", r"(?:^|[/ ])\S*ld\S*: $"),
            Shape("unknown option: ", r"(?P<subject>\S+)", r"\bld: "),
            Shape("unknown options: ", r"(?P<subject>\S+)", r"\bld: "),
            Shape("unrecognized -z option: ", r"(?P<subject>\S+)"),
            Shape("unknown -z value: ", r"(?P<subject>\S+)"),
        ),
    ),
    Family(
        "option-conflict",
        "options that exclude each other",
        "Two options on the command line exclude each other.",
        "Drop one of them. GCC and Clang on most systems add `-pie` by themselves: the driver's own `-r`, `-shared` or"
        " `-no-pie` replaces it, and `-Wl,-r` does not.",
        (
            "/usr/bin/ld: -r and -pie may not be used together",
            "ld.lld: error: -shared and -pie may not be used together",
        ),
        (
            Shape(" may not be used together", head=r"(?P<subject>-\S+ and -\S+)$"),
            Shape(" may not be used without ", r"(?P<by>-\S+)", r"(?P<subject>-\S+)$"),
            Shape("-shared not supported"),
            Shape("-pie not supported"),
            Shape(".gnu.hash is incompatible with the MIPS ABI"),
            Shape(
                " are incompatible",
                head=r"(?:ld|gold|lld|mold)\S*: (?:fatal error: |fatal: |error: )?(?P<subject>-\S+ and -\S+)$",
            ),
            Shape(
                " is incompatible with ",
                r"(?P<by>-\S+)$",
                r"(?:ld|gold|lld|mold)\S*: (?:fatal error: |fatal: |error: )?(?P<subject>-\S+)$",
            ),
        ),
    ),
    Family(
        "two-library-versions",
        "two versions of one shared library",
        "Libraries of the link need two versions of one shared library, and the program would load both.",
        "Link libraries that were built against one version: rebuild the older one, or take all of them from one release of the system.",
        ("/usr/bin/ld: warning: libparcel.so.1, needed by libouter.so, may conflict with libparcel.so.2",),
        (Shape(", needed by ", r"(?P<by>.+?), may conflict with ", r"(?<![^\s:])(?P<subject>[^\s:]++)$"),),
        fold=Fold.SUBJECT,
        warning=True,
    ),
    Family(
        "shared-library-not-found",
        "shared library that another one needs",
        "A shared library on the link line needs another shared library, and the linker did not find that one.",
        "Add the folder that holds it: `-Wl,-rpath-link,DIR` for the link alone, `-Wl,-rpath,DIR` if the program is to"
        " find it there too; or name the library itself on the link line.",
        (
            "/usr/bin/ld: warning: libinner.so, needed by libouter.so, not found (try using -rpath or -rpath-link)",
            "ld: warning: could not find or use auto-linked library 'swiftCore'",
        ),
        (Shape(", needed by ", r"(?P<by>.+?), not found", r"(?<![^\s:])(?P<subject>[^\s:]++)$"),),
        warning=True,
        blocks=True,
    ),
    Family(
        "dso-missing",
        "shared library that is needed but not named",
        "A shared library that the linker only met as a dependency defines the symbol, and it must be named itself.",
        "Add the library to the link line, behind the files that need it. (`--copy-dt-needed-entries` was the default"
        " before binutils 2.22.)",
        (
            "/usr/bin/ld: main.o: undefined reference to symbol 'pthread_create@@GLIBC_2.2.5'",
            "/lib/x86_64-linux-gnu/libpthread.so.0: error adding symbols: DSO missing from command line",
            "/usr/bin/ld: note: 'dlopen' is defined in DSO /lib64/libdl.so.2 so try adding it to the linker command line",
        ),
        (
            Shape(": error adding symbols: DSO missing from command line", head=_PLACE),
            Shape(": could not read symbols: Invalid operation", head=r"(?P<place>\S+\.so\S*)$"),
            Shape(" is defined in DSO ", r"(?P<place>\S+)", rf"{QUOTED}$"),
            Shape("undefined reference to symbol ", QUOTED),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "undefined-in-shared-library",
        "shared library with undefined symbols",
        "A shared library on the link line needs symbols that nothing in the link defines.",
        "Add the library that defines them behind it, or link that shared library with what it needs. To accept it for"
        " a library that finds them later: `-Wl,--allow-shlib-undefined`.",
        (
            "/usr/bin/ld: libloose.so: undefined reference to `inner'",
            "ld.lld: error: undefined reference due to --no-allow-shlib-undefined: inner",
            "ld.lld: error: libloose.so: undefined reference to inner [--no-allow-shlib-undefined]",
        ),
        (
            Shape("undefined reference due to --no-allow-shlib-undefined: ", r"(?P<symbol>\S.*)$"),
            Shape(
                ": undefined reference to ",
                r"(?P<symbol>\S.*) \[--no-allow-shlib-undefined\]",
                r"(?<!\S)(?P<place>\S++)$",
            ),
            Shape("undefined reference: ", r"(?P<symbol>\S.*)$"),
            Shape("undefined reference to ", QUOTED, r"(?:^|[\s:])(?P<place>[^\s:]+\.so(?:\.[\d.]+)?): (?:error: )?$"),
        ),
        fold=Fold.LIBRARY,
    ),
    Family(
        "missing-main",
        "program without main",
        "The start code calls main, and no object or archive member in the link defines it.",
        "Link the object with `main`. Use `-shared` to build a shared library, `-c` to compile only. Where an archive has"
        " `main`, its member must be asked for: name the object, or `-Wl,-u,main`. For Windows programs without a console,"
        " `WinMain` is wanted: drop `-mwindows` or `/SUBSYSTEM:WINDOWS`, or define it.",
        (
            "/usr/bin/ld: /usr/lib/x86_64-linux-gnu/crt1.o: in function `_start':\n(.text+0x17): undefined reference to `main'",
            'Undefined symbols for architecture arm64:\n  "_main", referenced from:\n     implicit entry/start for main executable',
            "LIBCMT.lib(exe_main.obj) : error LNK2019: unresolved external symbol main",
            "error LNK1561: entry point must be defined",
        ),
        (
            Shape("error LNK1561"),
            Shape("entry point (_main) undefined"),
            Shape("error LNK1221"),
            Shape("error: subsystem must be defined"),
            Shape("referenced by the entry point"),
        ),
        fold=Fold.FAMILY,
        refines="undefined-symbol",
        symbols=r"_?(?:main|WinMain(?:@16)?|wmain|wWinMain(?:@16)?|invoke_main|__main_argc_argv|__main_void)|int __cdecl invoke_main\(void\)",
    ),
    Family(
        "older-platform",
        "platform library that is older than the one of the build",
        "A library was linked on a system with a newer C or C++ library, and refers to versions of symbols that this one"
        " does not have.",
        "Build that library on this system or an older one, or link with the newer C or C++ library (another sysroot, a"
        " newer distribution or container, a newer compiler for `GLIBCXX_` and `CXXABI_`).",
        ("/usr/bin/ld: libparcel.so: undefined reference to `pthread_create@GLIBC_2.34'",),
        refines="undefined-in-shared-library undefined-symbol",
        symbols=r"(?:[\w.]+@)?(?:GLIBC|GLIBCXX|CXXABI|GCC)_[\d.]+",
        fold=Fold.FAMILY,
    ),
    Family(
        "missing-vtable",
        "class without its vtable or type information",
        "The compiler puts the vtable and type information of a class beside its first virtual function that is not"
        " inline, and that function is not in the link.",
        "Define that function (often the destructor: `virtual ~T() = default;`), or add the source file or library that"
        " defines it. A Qt class with `Q_OBJECT` needs the output of `moc`. Where only `typeinfo for` is missing, one side"
        " was compiled with `-fno-rtti`.",
        (
            "main.cc:(.text+0xc): undefined reference to `vtable for Shape'",
            "ld.lld: error: undefined symbol: typeinfo for Shape",
            '"vtable for Shape", referenced from:',
        ),
        refines="undefined-symbol",
        # Those of the built-in types are in the C++ runtime.
        symbols=(
            r"(?:vtable|typeinfo|typeinfo name|VTT|construction vtable) for (?!__cxxabiv1::|std::|(?:(?:unsigned |signed |long )*"
            r"(?:void|bool|char|wchar_t|char8_t|char16_t|char32_t|short|int|long|float|double|__float128|__int128)(?: const)?\*{0,2}"
            r"|decltype\(nullptr\))$).*|__?ZT[VIST](?!N10__cxxabiv1|S[tasido]|NSt|(?:PK?)*[a-z]$|(?:PK?)*D[a-z]$)\w+"
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "stack-protector",
        "stack protector without its functions",
        "Objects were compiled with -fstack-protector, and the C library of this link has no __stack_chk_fail.",
        "Compile them with `-fno-stack-protector`, or link the library that has the functions (`-lssp` with MinGW and"
        " newlib, the system's own libc elsewhere).",
        ("main.c:(.text+0x2c): undefined reference to `__stack_chk_fail'",),
        refines="undefined-symbol",
        symbols=r"__?_?stack_chk_(?:fail|guard|fail_local)",
        fold=Fold.FAMILY,
    ),
    Family(
        "import-symbol",
        "function that is expected in a DLL",
        "The caller was compiled for a DLL (__declspec(dllimport)), and no import library in the link has the function.",
        "Add the import library of the DLL. Where the library is linked statically, compile the caller with the macro that"
        " its headers have for that (such as `CURL_STATICLIB`, `LIBXML_STATIC`, `ZMQ_STATIC`).",
        (
            "main.obj:main.c:(.text+0x24): undefined reference to `__imp_WSAStartup'",
            "lld-link: error: undefined symbol: __declspec(dllimport) api",
            "error LNK2019: unresolved external symbol __imp_curl_easy_init referenced in function main",
        ),
        refines="undefined-symbol",
        symbols=r"_?_imp_.+|__declspec\(dllimport\) .+|\"?__declspec\(dllimport\).*",
        fold=Fold.LIBRARY,
    ),
    Family(
        "bare-metal-system-calls",
        "C library without system calls",
        "newlib's functions call the system through stubs such as _write and _sbrk, and nothing in the link defines them.",
        "Define them for the board, or link stubs: `--specs=nosys.specs` (they fail), `--specs=rdimon.specs`"
        " (semihosting). `arfix stub` writes stubs that fail in the way each function is documented to fail.",
        ("libc.a(lib_a-sbrkr.o): in function `_sbrk_r':\nsbrkr.c:51: undefined reference to `_sbrk'",),
        refines="undefined-symbol",
        symbols=r"_(?:exit|sbrk|write|read|close|fstat|isatty|lseek|kill|getpid|open|unlink|link|stat|times|gettimeofday|fork|execve|wait)",
        fold=Fold.FAMILY,
    ),
    Family(
        "cxx11-abi",
        "C++ library with another std::string",
        "All symbols that are missing have std::string or std::list of the new ABI (__cxx11) in their names, as when a"
        " library was built with the old ABI.",
        "Build the library and its users with one value of `-D_GLIBCXX_USE_CXX11_ABI=` (1 is the default). `nm -C LIB.a |"
        " grep NAME` shows whether the library has the function with a `std::string` that is not in `std::__cxx11`. If it"
        " has no such function at all, another library is missing.",
        ("main.cc:(.text+0x2f): undefined reference to `geo::parse(std::__cxx11::basic_string<char> const&)'",),
        fold=Fold.FAMILY,
    ),
    Family(
        "undefined-symbol",
        "symbol that nothing defines",
        "The objects refer to symbols that no file in the link defines, or that only stand in an archive before the file"
        " that needs them.",
        "Add the library that defines the symbol, behind the files that need it: linkers read archives in order and take"
        " only members that are needed at that point. Archives that need each other go between `-Wl,--start-group` and"
        " `-Wl,--end-group`. `arfix why LIB.a SYMBOL` shows who defines and who needs it; a C function that is called from"
        ' C++ needs `extern "C"`.',
        (
            "main.c:(.text+0x14): undefined reference to `deflate'",
            "ld.lld: error: undefined symbol: deflate",
            'Undefined symbols for architecture arm64:\n  "_deflate", referenced from:\n      _main in main.o',
            "main.obj : error LNK2019: unresolved external symbol deflate referenced in function main",
        ),
        (
            Shape(", referenced from:", head=r"^\s*\"(?P<symbol>.+)\"$"),
            Shape(", referenced from:", head=r"^\s*(?P<symbol>[^\s\"].*)$"),
            Shape("undefined symbol: ", r"(?P<symbol>\S+) \(referenced by "),
            Shape(": relocation target ", r"(?P<symbol>\S+) not defined"),
            Shape(
                " referenced in function ",
                r"(?P<function>.*)",
                rf"{_MSVC}error LNK2019: unresolved external symbol (?P<symbol>.+)$",
            ),
            Shape("error LNK2019: unresolved external symbol ", r"(?P<symbol>.+)$", rf"{_MSVC}$"),
            Shape("error LNK2001: unresolved external symbol ", r"(?P<symbol>.+)$", rf"{_MSVC}$"),
            Shape("error LNK2001: ", r"[^ ]+ [^ ]+ [^ ]+ (?P<symbol>\S.*)$", rf"{_MSVC}$"),
            Shape("symbol exported via --export not found: ", r"(?P<symbol>\S+)"),
            Shape("undefined reference to ", r"(?:symbol )?" + QUOTED),
            Shape("nicht definierter Verweis auf ", QUOTED),
            Shape("référence indéfinie vers ", QUOTED),
            Shape("référence à ", QUOTED + " non définie"),
            Shape("referencia a ", QUOTED + " sin definir"),
            Shape("неопределённая ссылка на ", QUOTED),
            Shape("неопределенная ссылка на ", QUOTED),
            Shape("未定义的引用", head=rf"对\s*{QUOTED}\s*$"),
            Shape("に対する定義されていない参照", head=rf"{QUOTED}\s*$"),
        ),
        kinds=(MessageKind.UNDEFINED,),
        fold=Fold.LIBRARY,
    ),
    Family(
        "multiple-main",
        "more than one main",
        "Two objects in the link define main.",
        "Link only one of them: leave out the object of the other program or test, or name it in another program. A"
        " library of a test framework may bring its own `main` (`gtest_main`, `Catch2Main`).",
        (
            "b.o: in function `main':\nb.c:(.text+0x0): multiple definition of `main'; a.o:a.c:(.text+0x0): first defined here",
        ),
        refines="duplicate-symbol",
        symbols=r"_?(?:w?main|w?WinMain)",
        fold=Fold.FAMILY,
    ),
    Family(
        "duplicate-symbol",
        "symbol that is defined twice",
        "Two files in the link define the same symbols.",
        "Name each object and whole archive once. Of two libraries that hold the same code, link one; `arfix check A.a"
        " B.a` shows what they share and `arfix fix` repairs it. A variable that a header defines needs `extern` there and"
        " one definition (GCC 10 and later no longer merge them); a function in a header needs `inline`.",
        (
            "b.o: multiple definition of `counter'; a.o:(.bss+0x0): first defined here",
            "ld.lld: error: duplicate symbol: counter",
            "duplicate symbol '_counter' in:",
            "b.obj : error LNK2005: counter already defined in a.obj",
        ),
        (
            Shape("error LNK2005: ", r"(?P<symbol>.+) already defined in (?P<second>.+)$", rf"{_MSVC}$"),
            Shape(
                "LNK4006: ",
                r"(?P<symbol>.+) already defined in (?P<second>.+?)(?:; second definition ignored)?$",
                rf"{_MSVC}$",
            ),
            Shape("duplicate symbol ", rf"{QUOTED} in:"),
            Shape("duplicate symbol ", r"(?P<symbol>\S.*) in:$"),
            Shape("multiple definition of ", QUOTED),
            Shape("Mehrfachdefinition von ", QUOTED),
            Shape("définitions multiples de ", QUOTED),
            Shape("redefinition of ", r"", r"^mold: $"),
        ),
        kinds=(MessageKind.DUPLICATE,),
        fold=Fold.PLACES,
    ),
    Family(
        "framework-not-found",
        "framework that was not found",
        "No folder that the linker searches holds the framework.",
        "Add its folder with `-F DIR`, or install the framework or the SDK that has it (`xcrun --show-sdk-path`).",
        ("ld: framework not found Metalworks", "ld: framework 'Metalworks' not found"),
        (
            Shape("framework not found ", r"(?:for -framework )?(?P<subject>\S+)"),
            Shape(" not found", head=r"ld: framework '(?P<subject>[^']+)'$"),
        ),
        blocks=True,
    ),
    Family(
        "start-files-not-found",
        "start files of the C library that were not found",
        "The files that every program begins with (crt1.o, crti.o) were not found for the machine of this link.",
        "Install the development files of the C library for it: Debian `libc6-dev`, for `-m32` `gcc-multilib` and"
        " `g++-multilib`, for another machine `libc6-dev-ARCH-cross`; Fedora `glibc-devel`, `glibc-devel.i686`. A cross"
        " compiler may need `--sysroot=`.",
        (
            "/usr/bin/ld: cannot find Scrt1.o: No such file or directory",
            "/usr/bin/ld: cannot find crti.o: No such file or directory",
        ),
        (
            Shape("cannot find ", r"(?P<subject>(?:[SMgr]?crt[1in]|crtbegin[ST]?|crtendS?|crt2|dllcrt2)\.o)\b"),
            Shape("cannot open ", r"(?P<subject>(?:[SMgr]?crt[1in]|crtbegin[ST]?|crtendS?|crt2|dllcrt2)\.o)\b"),
            Shape("library not found for -lcrt"),
            Shape("dynamic main executables must link with libSystem.dylib"),
            Shape("library not found for -lSystem"),
            Shape("library 'System' not found"),
        ),
        fold=Fold.FAMILY,
        blocks=True,
    ),
    Family(
        "library-not-found",
        "library that was not found",
        "No folder that the linker searches holds the library.",
        "Install the package that has the library (for development: `-dev` or `-devel`), or add its folder with `-L DIR`"
        " in front of the option. With `-static` or `-l:NAME.a` only the `.a` file counts; a file `libfoo.so.1` without a"
        " link `libfoo.so` is not found.",
        (
            "/usr/bin/ld: cannot find -lparcel: No such file or directory",
            "ld.lld: error: unable to find library -lparcel",
            "mold: fatal: library not found: parcel",
            "ld: library 'parcel' not found",
            "LINK : fatal error LNK1104: cannot open file 'parcel.lib'",
        ),
        (
            Shape("cannot find -l", r"(?P<subject>[^\s:]*:?[^\s:]+)"),
            Shape("unable to find library -l", r"(?P<subject>\S+)"),
            Shape("unable to find library from dependent library specifier: ", r"(?P<subject>\S+)"),
            Shape("library not found for -l", r"(?P<subject>\S+)"),
            Shape("library not found: ", r"(?P<subject>\S+)", r"mold"),
            Shape(" not found", r"$", r"ld: library '(?P<subject>[^']+)'$"),
            Shape("error LNK1104: cannot open file ", r"'(?P<subject>[^']+\.(?:lib|LIB|Lib))'"),
            Shape("error LNK1181: cannot open input file ", r"'(?P<subject>[^']+\.(?:lib|LIB|Lib))'"),
            Shape("could not open ", r"'(?P<subject>[^']+\.(?:lib|LIB))': [Nn]o such file"),
            Shape("error: could not find native static library ", _WORD),
            Shape("kann -l", r"(?P<subject>\S+) nicht finden"),
            Shape("impossible de trouver -l", r"(?P<subject>[^\s:]+)"),
            Shape("no se puede encontrar -l", r"(?P<subject>[^\s:]+)"),
            Shape("找不到 -l", r"(?P<subject>[^\s:：]+)"),
        ),
        blocks=True,
    ),
    Family(
        "file-not-found",
        "input file that does not exist",
        "A file on the link line does not exist at that path.",
        "Build the file first (a missing dependency in the build is usual with `make -j`), or correct its path. Paths are"
        " relative to the folder in which the link runs.",
        (
            "/usr/bin/ld: cannot find missing.o: No such file or directory",
            "ld.lld: error: cannot open missing.o: No such file or directory",
            "clang: error: no such file or directory: 'missing.o'",
            "ninja: error: 'libparcel.a', needed by 'app', missing and no known rule to make it",
        ),
        (
            Shape(": error opening thin archive member", head=_PLACE),
            Shape("could not get the buffer for ", r"(?:a child of|the member defining) [^']*'(?P<subject>[^']+)'"),
            Shape(
                "cannot find ",
                r"(?P<subject>[^\s:]+\.(?:o|obj|a|lo|la|ld|lds|so)\b[^\s:]*)(?!: file format not recognized)(?:[\s:]|$)",
            ),
            Shape("cannot find ", r"(?P<subject>[^\s:]+): No such file or directory", r"ld\S*: (?:error: )?$"),
            Shape(
                "cannot open ",
                r"(?P<subject>[^\s:]+): No such file",
                r"(?:ld|gold|lld|mold)\S*: (?:fatal: |error: |fatal error: )?$",
            ),
            Shape(
                "could not open ",
                r"'?(?P<subject>[^':]+)'?: [Nn]o such file",
                r"(?:ld|lld|link)\S*: (?:fatal: |error: )?$",
            ),
            Shape("error: no such file or directory: ", r"'(?P<subject>[^']+\.(?:o|obj|a|so|dylib|lib|tbd)[^']*)'"),
            Shape(
                ": No such file or directory",
                r"$",
                r"(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+)?: error: (?P<subject>\S+\.(?:o|obj|a|so)\S*)$",
            ),
            Shape("cannot read spec file ", r"[`'‘](?P<subject>[^'’]+)['’]"),
            Shape("cannot find linker script ", r"(?P<subject>[^\s:]+)"),
            Shape("cannot find version script ", r"(?P<subject>[^\s:]+)"),
            Shape("cannot find the library ", _WORD),
            Shape("cannot open linker script file ", r"(?P<subject>[^\s:]+)"),
            Shape("error LNK1104: cannot open file ", r"'(?P<subject>[^']+)'"),
            Shape("error LNK1181: cannot open input file ", r"'(?P<subject>[^']+)'"),
            Shape("ld: file not found: ", r"(?P<subject>\S+)"),
            Shape("ld: no such file or directory: ", r"'(?P<subject>[^']+)'"),
            Shape(
                ", missing and no known rule to make it",
                head=r"error: '(?P<subject>[^']+\.(?:a|o|so|lib|dylib|obj)[^']*)', needed by",
            ),
            Shape("No rule to make target ", r"[`'‘](?P<subject>[^'’]+\.(?:a|o|so|lib|dylib|lo|la))['’]"),
        ),
        blocks=True,
    ),
    Family(
        "float-abi",
        "objects of two calling conventions",
        "Objects were compiled for different calling conventions (float ABI, e_flags), and their functions cannot call"
        " each other.",
        "Compile everything, libraries included, for one ABI: `-mfloat-abi=hard` or `softfp` on Arm, `-mabi=` on RISC-V,"
        " MIPS and PowerPC; choose the multilib or the cross compiler that fits (`arm-linux-gnueabihf` is hard). `arfix"
        " inspect` shows the machine and ABI of each member.",
        (
            "ld: error: app uses VFP register arguments, legacy.o does not",
            "ld: legacy.o: can't link hard-float modules with soft-float modules",
            "ld: failed to merge target specific data of file legacy.o",
        ),
        (
            Shape(" uses VFP register arguments, ", r"(?P<place>\S+) does not"),
            Shape(" does not use VFP register arguments"),
            Shape("failed to merge target specific data of file ", r"(?P<place>\S+)"),
            Shape("can't link hard-float modules with soft-float modules", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("can't link double-float modules with ", r"\S+ modules", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("can't link soft-float modules with ", r"\S+ modules", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape(
                "cannot link object files with different floating-point ABI",
                r".*",
                r"(?<![^\s:])(?P<place>[^\s:]++): (?:error: )?$",
            ),
            Shape("cannot link object files with different EF_RISCV_RVE"),
            Shape(" uses hard float, ", r"(?P<place>\S+) uses soft float"),
            Shape("uses different e_flags ", r".*", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("ABI is incompatible with that of the selected emulation", r".*"),
            Shape("ABI version ", r"\d+ is not compatible with ABI version", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("incompatible with target ABI"),
            Shape(" uses hard-float, ", r"(?P<place>\S+) uses soft-float"),
            Shape(" uses soft-float, ", r"(?P<place>\S+) uses hard-float"),
            Shape(": conflicting CPU architectures ", head=_PLACE),
            Shape(": conflicting architecture profiles ", head=_PLACE),
            Shape(": Conflicting architecture profiles ", head=_PLACE),
            Shape(": can't link RVE with other target", head=_PLACE),
            Shape(": conflicting priv spec version", head=_PLACE),
            Shape(": cannot link object files with incompatible target ISA", head=_PLACE),
            Shape("uses EABI version", r".*"),
            Shape("Source object ", r"(?P<place>\S+) has EABI version"),
            Shape("linking ", r"\S+ module with previous \S+ modules", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("mis-matched ISA", "", r"(?P<place>[^\s:]+)"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "runtime-mismatch",
        "objects of two C runtimes",
        "Objects were compiled for different variants of Microsoft's C runtime (/MD, /MDd, /MT, /MTd), compilers or"
        " iterator debug levels.",
        "Compile everything with one of `/MD`, `/MDd`, `/MT`, `/MTd` (CMake: `CMAKE_MSVC_RUNTIME_LIBRARY`), and link debug"
        " libraries into debug programs only.",
        (
            "error LNK2038: mismatch detected for 'RuntimeLibrary': value 'MD_DynamicRelease' doesn't match value 'MT_StaticRelease' in main.obj",
            "LINK : warning LNK4098: defaultlib 'LIBCMT' conflicts with use of other libs; use /NODEFAULTLIB:library",
            "lld-link: error: /failifmismatch: mismatch detected for '_ITERATOR_DEBUG_LEVEL':",
        ),
        (
            Shape(
                "LNK2038",
                r"(?:: |\t)mismatch detected for '(?P<subject>[^']+)'",
                rf"{_MSVC}error $",
            ),
            Shape("LNK2038", r"(?:: |\t)mismatch detected for '(?P<subject>[^']+)'"),
            Shape("/failifmismatch: mismatch detected for ", r"'(?P<subject>[^']+)'"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "safe-exceptions",
        "object without a table of safe exception handlers",
        "A 32-bit program is linked with /SAFESEH, and an object has no table of its exception handlers, so that the"
        " linker cannot make the table of the program.",
        "Assemble the object with `/safeseh` (NASM: `safeseh` for each handler, or an absolute symbol `@feat.00` with the"
        " value 1), or link with `/SAFESEH:NO`. Only 32-bit x86 programs have the table.",
        (
            "main.obj : error LNK2026: module unsafe for SAFESEH image.",
            "app.exe : fatal error LNK1281: Unable to generate SAFESEH image.",
        ),
        (
            Shape("error LNK2026", head=rf"{_MSVC}$"),
            Shape("error LNK2026"),
            Shape("error LNK1281"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "default-library-conflict",
        "two C runtimes in one program",
        "Objects ask for different variants of Microsoft's C runtime, and the program would hold both.",
        "Compile everything with one of `/MD`, `/MDd`, `/MT`, `/MTd`. `/NODEFAULTLIB:LIBCMT` hides the warning and keeps"
        " the mixture.",
        ("LINK : warning LNK4098: defaultlib 'LIBCMT' conflicts with use of other libs; use /NODEFAULTLIB:library",),
        (Shape("warning LNK4098: defaultlib ", r"'(?P<subject>[^']+)'"),),
        warning=True,
    ),
    Family(
        "platform-mismatch",
        "object for another platform or a newer version of it",
        "An object was built for another platform of Apple's (macOS, iOS, simulator, Catalyst), or for a newer version"
        " than the link's.",
        "Build the object or library for the platform of the link, or take the slice of the right platform from its"
        " `.xcframework`. For versions: one `-mmacosx-version-min=`/`MACOSX_DEPLOYMENT_TARGET` for everything.",
        (
            "ld: building for macOS, but linking in object file built for iOS Simulator, file 'libparcel.a'",
            "ld: building for 'iOS-simulator', but linking in object file (libparcel.a[3](box.o)) built for 'iOS'",
            "ld: warning: object file (box.o) was built for newer 'macOS' version (14.0) than being linked (13.0)",
            "ld64.lld: error: box.o has platform iOS, which is different from target platform macOS",
        ),
        (
            Shape("but linking in object file (", r"(?P<place>.+?)\) built for", "building for "),
            Shape("but linking in dylib (", r"(?P<place>[^)]+)\) built for", "building for "),
            Shape(
                "but linking ",
                r"(?:in object file|in dylib|against dylib) built for [^,']+(?:, file '(?P<place>[^']+)')?",
                "building for ",
            ),
            Shape(" has platform ", r".+, which is different from target platform", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape("which was built for ", r"(?:\w+[ -])+\w+", r"in (?P<place>\S+), $"),
        ),
        fold=Fold.FAMILY,
        blocks=True,
    ),
    Family(
        "newer-platform",
        "object for a newer version of the platform",
        "An object was compiled for a newer version of macOS or iOS than the program is linked for.",
        "Use one deployment target for everything: `MACOSX_DEPLOYMENT_TARGET`, `-mmacosx-version-min=`, CMake's"
        " `CMAKE_OSX_DEPLOYMENT_TARGET`.",
        ("ld: warning: object file (box.o) was built for newer 'macOS' version (14.0) than being linked (13.0)",),
        (
            Shape(
                "was built for newer ", r"(?:'?\w+'? version|\w+ version)", r"\((?P<place>[^()]+(?:\([^()]*\))?)\) $"
            ),
            Shape(" has version ", r"[\d.]+, which is newer than target minimum", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "wrong-machine",
        "file for another machine",
        "A file on the link line is for another machine, word size or file format than the output.",
        "Link the build of the library for this machine, or correct the `-L` folders, the cross compiler or `-m32`/`-m64`."
        " `arfix inspect LIB.a` shows the machine of each member, `file` that of an object.",
        (
            "/usr/bin/ld: skipping incompatible lib/libparcel.a when searching for -lparcel",
            "/usr/bin/ld: lib/libparcel.a: error adding symbols: file in wrong format",
            "/usr/bin/ld: i386 architecture of input file `box.o' is incompatible with i386:x86-64 output",
            "ld.lld: error: lib/libparcel.a(box.o) is incompatible with elf64-x86-64",
            "ld: warning: ignoring file libparcel.a, building for macOS-arm64 but attempting to link with file built for macOS-x86_64",
            "error LNK1112: module machine type 'x86' conflicts with target machine type 'x64'",
        ),
        (
            Shape(": skipping incompatible file", r"", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape("skipping incompatible ", r"(?:file )?(?P<place>\S+)(?: when searching for (?P<by>\S+))?"),
            Shape("überspringe inkompatibles ", r"(?P<place>\S+)"),
            Shape("file in wrong format", r"", r"(?<![^\s:])(?P<place>[^\s:]++): (?:error adding symbols: )?$"),
            Shape("architecture of input file ", r"[`'‘](?P<place>[^'’]+)['’] is incompatible"),
            Shape(" is incompatible with ", r"(?P<subject>elf\S+|\S+)$", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": compiled for a ", r"(?P<subject>big|little) endian system and target is", _PLACE),
            Shape(": endianness incompatible with that of the selected emulation", head=_PLACE),
            Shape(": incompatible target", head=_PLACE),
            Shape(": incompatible file type: ", r"(?P<subject>.+)", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": unsupported ELF machine number ", r"(?P<subject>\d+)", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape("Relocations in generic ELF (EM: ", r"(?P<subject>\d+)\)", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape(": file class ELFCLASS", r"\d+ incompatible with ELFCLASS", _PLACE),
            Shape(": linking 32-bit module with ", r".*64-bit", _PLACE),
            Shape(": linking 64-bit module with ", r".*32-bit", _PLACE),
            Shape(": wrong ELF class: ", r"(?P<subject>\S+)", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(
                "ignoring file ",
                r"(?P<place>[^\s,]+), (?:building for \S+ but attempting to link with file built for|file (?:was|is) (?:built|universal)|missing required architecture|.*not the architecture)",
            ),
            Shape("ignoring file ", r"'(?P<place>[^']+)': (?:found architecture|fat file missing arch)"),
            Shape("found architecture ", r"'(?P<subject>[^']+)', required architecture"),
            Shape("missing required architecture ", r"(?P<subject>\S+) in file (?P<place>\S+)"),
            Shape(
                " has architecture ",
                r"(?P<subject>\S+) which is incompatible with target architecture",
                r"(?<![^\s:])(?P<place>[^\s:]++)$",
            ),
            Shape("error LNK1112: module machine type ", r"'(?P<subject>[^']+)'", rf"{_MSVC}$"),
            Shape("error LNK1113: ", r"", rf"{_MSVC}$"),
            Shape(
                "LNK4272: library machine type ",
                r"'(?P<subject>[^']+)'",
                rf"{_MSVC}(?:warning|error) $",
            ),
            Shape(": machine type ", r"(?P<subject>\w+) conflicts with", r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape("wasm-ld", r"\S*: error: (?P<place>\S+): wasm(?:32|64) object file can't be linked in"),
            Shape("Relink/rebuild for ", r"(?P<subject>\S+)"),
        ),
        blocks=True,
    ),
    Family(
        "lto-failed",
        "failure of link-time optimization",
        "The compiler that runs inside of the link, on the intermediate code of all objects, failed; the linker only passes that on.",
        "Read the first error of the compiler above (`lto1: ...`, an error with a source line). For an internal error or lack of memory, link without `-flto`, with `-flto=1`, or with `-flto-partition=none`; rebuild all objects with one compiler.",
        (
            "lto-wrapper: fatal error: gcc returned 1 exit status",
            "/usr/bin/ld: error: lto-wrapper failed",
            "lto1: internal compiler error: in lto_read_decls, at lto/lto-common.cc:2014",
            "LINK : fatal error LNK1257: code generation failed",
        ),
        (
            Shape("lto-wrapper: fatal error: "),
            Shape("lto-wrapper failed"),
            Shape("lto-wrapper: failed"),
            Shape("lto1: internal compiler error"),
            Shape("error LNK1257"),
            Shape("lto1: fatal error: ", r"(?!bytecode stream|error writing)"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "lto-version",
        "LTO objects of another compiler",
        "An object holds the intermediate code of another compiler, or of another release of it, than the one that links.",
        "Rebuild the object or library with the compiler that links, or without `-flto`. `arfix inspect` marks LTO members.",
        (
            "lto1: fatal error: bytecode stream in file 'box.o' generated with LTO version 11.3 instead of the expected 12.0",
            "ld.lld: error: box.o: Unknown attribute kind (86) (Producer: 'LLVM17.0.1' Reader: 'LLVM 14.0.6')",
            "mold: fatal: box.o: not claimed by the LTO plugin",
        ),
        (
            Shape("bytecode stream in file ", r"[`'‘](?P<place>[^'’]+)['’] generated with"),
            Shape("(Producer: ", r"'[^']*' Reader: ", r"(?<![^\s:])(?P<place>[^\s:]++): [^:]*$"),
            Shape(": not claimed by the LTO plugin", head=_PLACE),
            Shape("could not parse bitcode object file ", r"(?P<place>\S+)"),
            Shape("Invalid bitcode signature", head=r"(?<![^\s:])(?P<place>[^\s:]++): (?:error: )?$"),
            Shape("could not load plugin library '", r"(?P<subject>[^']+)'"),
            Shape(": could not load plugin library", head=_PLACE),
            Shape(
                "bitcode bundle could not be generated because ", r"'(?P<place>[^']+)' was built without full bitcode"
            ),
            Shape("error loading plugin: ", r"(?P<subject>[^:]+)"),
        ),
        fold=Fold.FAMILY,
        blocks=True,
    ),
    Family(
        "lto-object",
        "LTO objects and no plugin for them",
        "An object holds only the compiler's intermediate code (slim LTO), and the linker or archiver runs without the"
        " plugin that reads it.",
        "Link through the compiler that made the objects, with `-flto`, and make archives with its own tools (`gcc-ar`,"
        " `gcc-ranlib`, `llvm-ar`). Or compile with `-ffat-lto-objects`, or without `-flto`. `arfix inspect` marks LTO"
        " members.",
        (
            "/usr/bin/ld: libparcel.a(box.o): plugin needed to handle lto object",
            "mold: fatal: box.o: don't know how to handle this LTO object file because no -plugin option was given.",
            "ld.lld: error: undefined symbol: __gnu_lto_slim",
        ),
        (
            Shape(": plugin needed to handle lto object", head=_PLACE),
            Shape(": don't know how to handle this LTO object file", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape("undefined reference to `__gnu_lto_slim'"),
            Shape("undefined symbol: __gnu_lto_slim"),
            Shape("recompile with -ffat-lto-objects"),
        ),
        fold=Fold.FAMILY,
        blocks=True,
    ),
    Family(
        "no-index",
        "archive without a symbol index",
        "GNU ld, gold and Apple's ld take members from an archive by its symbol index, and this archive has none.",
        "`arfix index LIB.a` adds the index (like `ranlib`). Archives of LTO objects need `gcc-ranlib` or `llvm-ranlib`,"
        " archives for another machine their own `ranlib`.",
        (
            "/usr/bin/ld: libparcel.a: error adding symbols: archive has no index; run ranlib to add one",
            "/usr/bin/ld.gold: error: libparcel.a: no archive symbol table (run ranlib)",
            "ld: archive has no table of contents file 'libparcel.a' for architecture arm64",
        ),
        (
            Shape(
                "rchive has no index",
                head=r"(?<![^\s:])(?P<place>[^\s:]++): (?:error adding symbols: |could not read symbols: )?[Aa]$",
            ),
            Shape(": no archive symbol table", head=_PLACE),
            Shape("has no table of contents", r"(?: file '(?P<place>[^']+)')?"),
            Shape("has no symbol table", head=r"(?<![^\s:])(?P<place>[^\s:]++):? (?:archive )?$"),
            Shape("archive symbol table", r" .*out of date", r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("archive has no symbol table", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
        ),
        blocks=True,
    ),
    Family(
        "damaged-file",
        "damaged or truncated file",
        "A file on the link line is cut off or damaged.",
        "Build or fetch the file again (an interrupted build or download leaves such files; Git LFS leaves pointers)."
        " `arfix check LIB.a` says where an archive is damaged, and `arfix salvage LIB.a -o NEW.a` recovers the members"
        " that can be read.",
        (
            "/usr/bin/ld: error: box.o: file too short",
            "/usr/bin/ld: libparcel.a: malformed archive",
            "ld.lld: error: libparcel.a: truncated or malformed archive (offset to next archive member past the end)",
            "mold: fatal: box.o: e_shoff or e_shnum corrupted",
            "fatal error LNK1136: invalid or corrupt file",
        ),
        (
            Shape(": file too short", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": file truncated", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": error adding symbols: ", r"(?:malformed archive|file truncated)", _PLACE),
            Shape(": error adding symbols: Malformed archive", head=_PLACE),
            Shape(": could not read symbols: ", r"(?:Malformed archive|File truncated)", _PLACE),
            Shape(": malformed archive", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape("truncated or malformed archive", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("truncated or malformed object", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("Archive has been truncated", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape(": corrupted archive", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": file is empty", head=r"gold: error: (?P<place>[^\s:]++)$"),
            Shape("corrupted input file: "),
            Shape(": invalid symbol index", head=_PLACE),
            Shape(": invalid string offset ", r"\d+ >= \d+ for section", _PLACE),
            Shape(": bad reloc symbol index ", r"", _PLACE),
            Shape(": corrupted ELF", r"", r"mold: fatal: (?P<place>[^\s:]++)$"),
            Shape("extends beyond end of file", head=r"ld: .*"),
            Shape("section table goes past the end of file", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("section header table goes past the end of the file", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("e_shoff or e_shnum corrupted", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("invalid sh_type for string table section", head=r"(?<![^\s:])(?P<place>[^\s:]++): $"),
            Shape("internal error in find_view, at ", r"\S*fileread"),
            Shape("error LNK1136: ", r"", rf"{_MSVC}$"),
            Shape("error LNK1103: ", r"", rf"{_MSVC}$"),
            Shape("error LNK1127: ", r"", rf"{_MSVC}$"),
            Shape("error LNK1143: ", r"", rf"{_MSVC}$"),
            Shape("error LNK1107: ", r"", rf"{_MSVC}$"),
            Shape("malformed mach-o", r"", r"(?P<place>[^\s:']+)'?: $"),
            Shape("file is not of required architecture"),
            Shape(": corrupt ", r"", r"(?P<place>[^\s:]+\.(?:o|a|so))$"),
        ),
        blocks=True,
    ),
    Family(
        "nested-archive",
        "archive member that is no object",
        "An archive holds a member that is no object (often another archive), and linkers do not look inside it.",
        "`arfix flatten LIB.a` replaces nested archives by their members; `arfix strip LIB.a MEMBER` removes any other"
        " file. `arfix inspect LIB.a` shows what each member is.",
        (
            "/usr/bin/ld: lib/libparcel.a: member lib/libparcel.a(libinner.a) in archive is not an object",
            "ld.lld: error: lib/libparcel.a(libinner.a): not an ELF file",
            "ld: in 'libparcel.a', archive member 'notes.txt' with length 12 is not mach-o or llvm bitcode",
        ),
        (
            Shape(" in archive is not an object", head=r"member (?P<place>\S+)$"),
            Shape(": not an ELF file", head=r"(?P<place>[^\s:]+\([^)]*\))$"),
            Shape(": unknown file type", head=r"(?<![^\s:])(?P<place>[^\s:(]++\([^()]*\))$"),
            Shape(" is not an ELF object", head=r"(?<![^\s:])(?P<archive>[^\s:]++): member (?P<place>\S+) at \d+$"),
            Shape(
                "archive member ",
                r"'(?P<member>[^']+)' with length \d+ is not mach-o",
                r"in '?(?P<archive>[^',\s(]+)(?:\([^)]*\))?'?, $",
            ),
            Shape(" is not mach-o or llvm bitcode", head=r"archive member (?P<place>\S+)"),
            Shape("archive member ", r"'(?P<place>[^']+)' not a mach-o file"),
        ),
        blocks=True,
    ),
    Family(
        "executable-input",
        "program among the inputs",
        "A file on the link line is a finished program, and a linker takes objects, archives and shared libraries.",
        "Name the objects of the program, or a library that is made of them. An object that was written with `-o` and without"
        " `-c` is a program as well.",
        ("/usr/bin/ld: cannot use executable file 'tool' as input to a link",),
        (
            Shape("cannot use executable file ", r"[`'‘](?P<place>[^'’]+)['’] as input"),
            Shape(": linking against a main executable", head=_PLACE),
            Shape("can't link with a main executable", r".* file '(?P<place>[^']+)'"),
            Shape("cannot link directly with main executable", r"[^']*'(?P<place>[^']+)'"),
            Shape(": unexpected executable", head=_PLACE),
        ),
        blocks=True,
    ),
    Family(
        "not-an-object",
        "file that is no object",
        "A file on the link line is neither an object, an archive, a shared library nor a linker script.",
        "Look at the file (`file NAME`, `arfix inspect NAME`): it may be text, a Git LFS pointer, a source file, an object"
        " of another format, or LLVM bitcode that needs clang or lld.",
        (
            "helper.o: file not recognized: file format not recognized",
            "/usr/bin/ld:notes.o: file format not recognized; treating as linker script",
            "/usr/bin/ld.gold: error: notes.o: not an object or archive",
            "mold: fatal: notes.o: unknown file type",
        ),
        (
            Shape(
                "file format not recognized",
                head=r"(?:^|:\s?)(?P<place>[^\s:]+): (?:file not recognized: |error adding symbols: )?$",
            ),
            Shape(": file not recognized", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": not an object or archive", head=_PLACE),
            Shape("cannot find ", r"(?P<place>[^\s:]+): file format not recognized"),
            Shape("cannot open ", r"(?P<place>[^\s:]+\.(?:o|a|so)): Is a directory"),
            Shape(": pread failed: Is a directory", head=_PLACE),
            Shape(": mmap failed: No such device", head=_PLACE),
            Shape("unknown file type: ", r"(?P<place>\S+)"),
            Shape(": unknown file type", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
            Shape(": unhandled file type", head=_PLACE),
            Shape(": unknown directive: ", head=r"ld\.lld\S*: error: (?P<place>[^\s:]+):\d+$"),
            Shape("can't link with bundle (MH_BUNDLE)", r".* file '(?P<place>[^']+)'"),
            Shape("can't map file, errno=", r"\d+ file '(?P<place>[^']+)'"),
            Shape("unsupported tapi file type", r".* in YAML file '(?P<place>[^']+)'"),
            Shape("unknown file type in ", r"'(?P<place>[^']+)'"),
            Shape("fatal: ", r"(?P<place>[^\s:]+\.(?:o|a|so)):\d+: ", r"mold: $"),
            Shape("file was built for unsupported file format"),
            Shape(": not an ELF file", head=r"(?<![^\s:])(?P<place>[^\s:]++)$"),
        ),
        blocks=True,
    ),
    Family(
        "static-shared",
        "shared library in a static link",
        "A static link (-static) names a shared library, which only a dynamic link can use.",
        "Name the static library (`libNAME.a`), or drop `-static`.",
        (
            "/usr/bin/ld: attempted static link of dynamic object `libinner.so'",
            "ld.lld: error: attempted static link of dynamic object libinner.so",
            "/usr/bin/ld.gold: error: cannot mix -static with dynamic object libinner.so",
        ),
        (
            Shape("attempted static link of dynamic object ", r"[`'‘]?(?P<place>[^\s'’]+)"),
            Shape("cannot mix -static with dynamic object ", r"(?P<place>\S+)"),
        ),
        blocks=True,
    ),
    Family(
        "hidden-symbol",
        "hidden symbol that a shared library needs",
        "A symbol is hidden in the object that defines it, and a shared library or another module refers to it.",
        "Export the symbol where it is defined (default visibility, or the version script), or give the other side its own"
        " definition. `arfix symbols LIB.a` changes visibility in an archive.",
        (
            "/usr/bin/ld: app: hidden symbol `secret' in helper.o is referenced by DSO",
            "/usr/bin/ld: final link failed: bad value",
            "ld.lld: error: non-exported symbol 'secret' in 'helper.o' is referenced by DSO 'libouter.so'",
        ),
        (
            Shape(
                " is referenced by DSO",
                head=rf"(?:hidden|internal|non-exported|local) symbol {QUOTED} in (?P<place>\S+)$",
            ),
        ),
        kinds=(MessageKind.HIDDEN,),
        fold=Fold.FAMILY,
    ),
    Family(
        "version-node",
        "symbol with a version that nothing defines",
        "A symbol has a version that no version script of this link declares.",
        "Add the version to the version script (`-Wl,--version-script=`), or build the object without `.symver`.",
        (
            "/usr/bin/ld: libparcel.so: version node not found for symbol parcel@@PARCEL_2",
            "ld.lld: error: symbol parcel@@PARCEL_2 has undefined version PARCEL_2",
        ),
        (
            Shape("version node not found for symbol ", r"(?P<symbol>\S+)"),
            Shape("o symbol version section for versioned symbol ", QUOTED),
            Shape(" has undefined version ", r"(?P<subject>\S+)", r"symbol (?P<symbol>\S+)$"),
            Shape("undefined version: ", r"(?P<subject>\S+)"),
            Shape("duplicate version tag ", _WORD),
            Shape("unable to find version dependency ", _WORD),
        ),
        kinds=(MessageKind.VERSION_NODE,),
        fold=Fold.FAMILY,
    ),
    Family(
        "version-script-symbol",
        "version script that names a missing symbol",
        "A version script or export list names a symbol that nothing in the link defines; lld 16 and later refuse that.",
        "Remove the symbol from the script, or link what defines it. `-Wl,--undefined-version` accepts it as before.",
        (
            "ld.lld: error: version script assignment of 'V1' to symbol 'nosuch' failed: symbol not defined",
            "LINK : error LNK2001: unresolved external symbol nosuch (exported by parcel.def)",
        ),
        (
            Shape("version script assignment of ", r"'[^']*' to symbol '(?P<symbol>[^']+)' failed: symbol not defined"),
            Shape("cannot assign version ", rf"`[^']*' to symbol {QUOTED}: symbol not found"),
            Shape("symbol[s_list] command line symbol", r"[^:]*: (?P<symbol>\S+)"),
            Shape("cannot export ", r"(?P<symbol>\S+): symbol not (?:found|defined)"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "thread-local-access",
        "access to a thread-local variable that the linker cannot convert",
        "An object reaches a thread-local variable by a sequence of instructions that the linker does not know, or in a way that this kind of output does not allow.",
        "Rebuild the object with a current compiler and the options of the others (`-fPIC` for a shared library, one `-ftls-model=`); hand-written assembly must use the sequences of the ABI. Where that does not help, link with newer binutils or another linker.",
        (
            "/usr/bin/ld: a.o: TLS transition from R_X86_64_TLSGD to R_X86_64_GOTTPOFF against `state' at 0x3 in section `.text' failed",
        ),
        (
            Shape(": TLS transition from ", rf"R_\w+ to R_\w+ against {QUOTED}", _PLACE),
            Shape(" must be used in ", r"", r"(?<![^\s:])(?P<place>[^\s:(]++)(?:\(.*?\))?: .*R_\w*(?:TLS|GOTTP)\w*.*$"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "thread-local-mismatch",
        "symbol that is thread-local on one side only",
        "One object uses the symbol as thread-local, another one as an ordinary variable.",
        "Declare it the same way everywhere (`__thread`, `_Thread_local` or `thread_local` in the header), and rebuild both"
        " sides.",
        (
            "/usr/bin/ld: state: TLS reference in a.o mismatches non-TLS definition in b.o section .data",
            "ld.lld: error: TLS attribute mismatch: state",
        ),
        (Shape("symbol type mismatch: ", r"(?P<symbol>\S+)", r"^(?!.*wasm-ld)"),),
        kinds=(MessageKind.THREAD_LOCAL,),
        fold=Fold.FAMILY,
    ),
    Family(
        "discarded-section",
        "reference into a discarded section",
        "An object refers to its own copy of a function or table that the linker dropped, because another object brought"
        " the same COMDAT group.",
        "Rebuild both objects with one compiler and the same options: they hold the same inline function in different"
        " shapes. Old objects of another compiler in a library are the usual reason.",
        ("`.L12' referenced in section `.rodata' of b.o: defined in discarded section `.text._ZN1AC1Ev' of b.o",),
        (Shape("defined in discarded section ", r"[`'‘](?P<subject>[^'’]+)['’] of (?P<place>\S+)"),),
        kinds=(MessageKind.DISCARDED,),
        fold=Fold.FAMILY,
    ),
    Family(
        "relocation-out-of-range",
        "jump or address that does not reach",
        "The output is larger than the code was compiled for, and an address does not fit into the instruction.",
        "Compile for a larger code model (`-mcmodel=medium` or `large` on x86-64, `-mlong-calls` on Arm), move large arrays"
        " to the heap, or make the output smaller (`-Wl,--gc-sections`, `-ffunction-sections`). With -mcmodel, the"
        " libraries need it too.",
        (
            "main.c:(.text+0x10): relocation truncated to fit: R_X86_64_PC32 against symbol `x' defined in .bss section in far.o",
            "ld.lld: error: far.o:(.text+0x10): relocation R_X86_64_PC32 out of range: 2415927782 is not in [-2147483648, 2147483647]",
            "ld: b(l) ARM64 branch out of range (134217904 max is +/-128MB)",
        ),
        (
            Shape("branch out of range"),
            Shape("RIP relative reference out of range"),
            Shape("error LNK2013"),
            Shape(" out of range: ", r".*", r"relocation R_\w+ against symbol [`'][^`']+['] ?$"),
            Shape("exceeds available address space", head=r"lld\S*: "),
            Shape("output file too large: "),
            Shape("branch too far"),
            Shape("error LNK2017"),
            Shape("error LNK1248"),
        ),
        kinds=(MessageKind.OUT_OF_RANGE,),
        fold=Fold.FAMILY,
    ),
    Family(
        "not-position-independent",
        "code that is not position-independent",
        "Objects were compiled for a fixed address, and cannot be part of a shared library or a position-independent"
        " executable.",
        "Compile them, and the static libraries that go in, with `-fPIC` (CMake: `CMAKE_POSITION_INDEPENDENT_CODE=ON`,"
        " autotools: `--with-pic`). For a program, `-fPIE` is enough, or link it with `-no-pie`.",
        (
            "/usr/bin/ld: box.o: relocation R_X86_64_32 against `.rodata' can not be used when making a shared object; recompile with -fPIC",
            "ld.lld: error: relocation R_X86_64_32S cannot be used against local symbol; recompile with -fPIC",
            "/usr/bin/ld.gold: error: box.o: requires unsupported dynamic reloc 11; recompile with -fPIC",
            "ld: illegal text-relocation to '_x' in box.o from '_f' in box.o",
        ),
        (
            Shape(
                "relocation R_",
                r"\w+ against .* can ?not be used when making a (?P<subject>shared object|PIE object|PDE object)",
                r"(?<![^\s:])(?P<place>[^\s:]++):? ?$",
            ),
            Shape(
                ": relocation ",
                r"R_\w+ against .* can ?not be used when making an? (?P<subject>\w+ \w+)",
                r"(?P<place>[^\s:]+?)(?::\([^)]*\))?$",
            ),
            Shape(
                "unresolvable ",
                r"R_\w+ relocation against symbol " + QUOTED,
                r"(?<![^\s:])(?P<place>[^\s:]++)(?::\([^)]*\))?: $",
            ),
            Shape("illegal text-relocation", r".* in (?P<place>\S+) from"),
            Shape("illegal text-relocation"),
            Shape("Absolute addressing not allowed"),
            Shape(
                "recompile object files with -f",
                "(?:PIC|PIE)",
                r"can't create dynamic relocation R_\w+ against (?:symbol: (?P<symbol>\S+)|local symbol) in readonly segment; $",
            ),
            Shape("illegal text relocation"),
            Shape("absolute addressing", r".*not allowed", r"ld: "),
        ),
        kinds=(MessageKind.RELOCATION,),
        fold=Fold.FAMILY,
    ),
    Family(
        "compressed-section",
        "compressed debug sections",
        "An object has compressed debug sections that this linker cannot read.",
        "Rebuild the object with `-gz=none` (or `-gz=zlib`), or link with a linker that was built with zlib and zstd.",
        (
            "ld.lld: error: box.o:(.debug_info): compressed with ELFCOMPRESS_ZSTD, but lld is not built with zstd support",
        ),
        (
            Shape("is not built with ", r"z(?:lib|std) support"),
            Shape("but LLVM was not built with "),
            Shape(": zlib is not available"),
            Shape(": unsupported compression type", r"", r"(?<![^\s:])(?P<place>[^\s:(]++)(?::\([^)]*\))?$"),
            Shape(": decompress failed: ", r"", r"(?<![^\s:])(?P<place>[^\s:(]++)(?::\([^)]*\))?$"),
            Shape(": unable to initialize decompress status for section", head=_PLACE),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "unknown-relocation",
        "relocation that the linker does not know",
        "An object was made by a newer compiler or assembler than the linker, which does not know one of its relocations.",
        "Link with newer binutils, or with lld or mold. For x86 objects, `-Wa,-mrelax-relocations=no` makes an assembler"
        " avoid the newer relocations.",
        ("/usr/bin/ld: libparcel.a(box.o): unrecognized relocation (0x2a) in section `.text'",),
        (
            Shape(": unrecognized relocation (0x", head=_PLACE),
            Shape(": unrecognized relocation type ", head=_PLACE),
            Shape(": unsupported relocation type 0x", head=_PLACE),
            Shape(": unknown relocation (", r"\d+\) against symbol (?P<symbol>\S+)", _PLACE),
            Shape(": unrecognized relocation R_", head=r"(?<![^\s:])(?P<place>[^\s:(]++)(?::\([^)]*\))?$"),
            Shape(": unknown relocation: ", r"\d+", _PLACE),
            Shape("unknown relocation (", r"\d+\) against symbol " + QUOTED),
        ),
        fold=Fold.FAMILY,
        blocks=True,
    ),
    Family(
        "dangerous-relocation",
        "relocation that would go wrong",
        "The linker met an instruction whose relocation would give a wrong address.",
        "Rebuild the object with the options of the others (on Arm: interworking, `-mthumb-interwork`; on Xtensa:"
        " `-mlongcalls`; on RISC-V and PowerPC: one code model).",
        ("main.o: in function `f':\n(.text+0x8): dangerous relocation: l32r: literal placed after use",),
        (
            Shape("dangerous relocation: ", r"(?P<subject>[^:]+)"),
            Shape(": improper alignment for relocation ", r"(?P<subject>R_\w+)"),
            Shape(" lacks nop, can't restore toc"),
            Shape("error LNK2008: "),
            Shape(" used with TLS symbol ", r"(?P<symbol>\S+)", r"R_\w+$"),
            Shape(" used with non-TLS symbol ", r"(?P<symbol>\S+)", r"R_\w+$"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "too-many-exports",
        "library with too many exports or objects",
        "A Windows library can export 65,535 symbols and hold 65,535 objects, and this one has more.",
        "Export less: a module definition file (`.def`), or `__declspec(dllexport)` on what others use, in place of `/EXPORTALL`, `--export-all-symbols` or CMake's `WINDOWS_EXPORT_ALL_SYMBOLS`. Or split the library.",
        (
            "LINK : fatal error LNK1189: library limit of 65535 objects exceeded",
            "lld-link: error: too many exported symbols (got 70000, max 65535)",
        ),
        (
            Shape("error LNK1189"),
            Shape("too many exported symbols"),
            Shape("error: export ordinal too large: "),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "region-overflow",
        "memory region that is too small",
        "The program is larger than a memory region of the linker script.",
        "Make the program smaller (`-Os`, `-ffunction-sections -fdata-sections -Wl,--gc-sections`, `-specs=nano.specs`), or"
        " correct the region's `LENGTH` in the linker script if the chip has more. `arfix why --dead-weight` lists members"
        " that nothing needs.",
        (
            "ld: app section `.text' will not fit in region `FLASH'",
            "ld: region `FLASH' overflowed by 308 bytes",
            "ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 308 bytes",
        ),
        (
            Shape("will not fit in region ", _WORD + r"(?:: overflowed by (?P<amount>\d+) bytes)?"),
            Shape("overflowed by ", r"(?P<amount>\d+) byte", r"region [`'‘](?P<subject>[^'’]+)['’] $"),
            Shape("region ", r"[`'‘\"]?(?P<subject>\w+)[\"'’]? is full"),
            Shape("address ", r"0x[0-9a-f]+ of \S+ section [`'‘].+['’] is not within region [`'‘](?P<subject>[^'’]+)"),
        ),
    ),
    Family(
        "section-overlap",
        "sections that overlap",
        "The linker script puts two sections at the same addresses.",
        "Correct the addresses in the linker script, or the `-Ttext=`, `--section-start=` options: sections that follow each"
        " other need no address of their own.",
        (
            "ld: section .data LMA [00001000,00001003] overlaps section .text LMA [00001000,00001057]",
            "ld.lld: error: section .data virtual address range overlaps with .text",
        ),
        (
            Shape(" overlaps section ", r"(?P<by>\S+)", r"section (?P<subject>\S+)(?: [LV]MA)? \[[^\]]*\]$"),
            Shape("address range overlaps with ", r"(?P<by>\S+)", r"section (?P<subject>\S+) \w+ "),
            Shape("file range overlaps with ", r"(?P<by>\S+)", r"section (?P<subject>\S+) "),
            Shape(": section below image base"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "location-counter",
        "section that ends behind the place of the next one",
        "The linker script sets the address of what follows, and the sections before it end behind that address.",
        "Make the sections in front of the address smaller, or move the address: the script sets it with `. = ADDRESS`, and"
        " inside of a section `. = OFFSET` counts from the start of that section.",
        (
            "ld:boot.ld:9 cannot move location counter backwards (from 0000021c to 00000200)",
            "ld.lld: error: boot.ld:9: unable to move location counter (0x21c) backward to 0x200 for section '.text'",
        ),
        (
            Shape("cannot move location counter backwards", head=r"(?P<subject>[^\s:]+):\d+:? ?$"),
            Shape(": unable to move location counter ", r"", r"(?P<subject>[^\s:]+):\d+$"),
            Shape("unable to move location counter ", r""),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "linker-script",
        "error in a linker script",
        "The linker cannot read a linker script or version script.",
        "Correct the line that is named. A file that is no script may be read as one: look at it with `file`.",
        ("ld: memory.ld:12: syntax error", "ld.lld: error: memory.ld:12: malformed number: 0xZZ"),
        (
            Shape(": syntax error", head=r"(?:^|[/ ])\S*ld\S*:\s?(?:error: )?(?P<subject>[^\s:]+):\d+(?::\d+)?$"),
            Shape(": ignoring invalid character ", r"", r"(?<![^\s:])(?P<subject>[^\s:]++):\d+$"),
            Shape(": undefined MEMORY region ", _WORD),
            Shape("fatal: ", r"(?P<subject>(?![^\s:]+\.(?:o|a|so|obj|rlib):)[^\s:]+):\d+: ", r"mold: $"),
            Shape(
                "error: ",
                r"(?P<subject>(?![^\s:]+\.(?:o|a|so|obj|rlib|c|cc|cpp|cxx|rs|s|S):)[^\s:<]+):\d+: ",
                r"(?:ld\.lld|ld-lld|lld)\S*: $",
            ),
            Shape(": syntax error", r"", r"ld\.gold: error: (?P<subject>[^\s:]+):\d+:\d+$"),
            Shape("fatal error: unable to parse ", r"(?:version |dynamic list )?script file (?P<subject>\S+)"),
            Shape(": PHDR segment not covered by LOAD segment"),
            Shape(": not enough room for program headers"),
            Shape("nonconstant expression for ", r".*", r"ld\S*:(?P<subject>[^\s:]+):\d+: $"),
            Shape("undefined section ", rf"{_WORD} referenced in expression"),
            Shape(
                ": non constant or forward reference address expression for section ",
                r"(?P<by>\S+)",
                r"ld\S*:\s?(?P<subject>[^\s:]+):\d+$",
            ),
            Shape("memory region ", rf"{_WORD} not declared"),
            Shape(": undefined symbol ", QUOTED + " referenced in expression"),
            Shape("duplicate expression ", r".* in version information"),
            Shape("anonymous version tag cannot be combined with other version tags"),
            Shape("unknown language ", r".* in version information"),
            Shape("duplicate symbol ", r"'[^']*' in version script"),
            Shape("attempt to reassign symbol ", r"'[^']*' of "),
            Shape(
                "ld:",
                r"(?P<subject>[^\s:]+\.(?:ld|lds|x|map|ver|script|t|cmd|exp|sym)):\d+:? (?!warning)",
                r"(?:^|[/-])$",
            ),
        ),
    ),
    Family(
        "wasm-memory",
        "WebAssembly memory that is too small",
        "The data and the stack of the program do not fit into the memory that the options give it.",
        "Give it more: `--initial-memory=` and `--max-memory=` of wasm-ld, in bytes and multiples of 65536 (`-sINITIAL_MEMORY=` of Emscripten), or make the stack smaller (`-z stack-size=`).",
        ("wasm-ld: error: initial memory too small, 131072 bytes needed",),
        (
            Shape("initial memory too small, ", r"(?P<amount>\d+) bytes needed"),
            Shape("maximum memory too small, ", r"(?P<amount>\d+) bytes needed"),
            Shape("initial memory must be "),
            Shape("memory too small, ", r"(?P<amount>\d+) bytes needed"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "signature-mismatch",
        "WebAssembly function with two signatures",
        "Two objects declare a function with different parameters or results, which WebAssembly does not allow.",
        "Give caller and definition the same declaration (include the header in both); an implicit declaration in C is the"
        " usual reason. The link succeeds, and the call traps.",
        ("wasm-ld: warning: function signature mismatch: helper",),
        (
            Shape("function signature mismatch: ", r"(?P<symbol>\S+)"),
            Shape("import module mismatch for symbol: ", r"(?P<symbol>\S+)"),
            Shape("import name mismatch for symbol: ", r"(?P<symbol>\S+)"),
            Shape("Global type mismatch: ", r"(?P<symbol>\S+)"),
            Shape("symbol type mismatch: ", r"(?P<symbol>\S+)", r"wasm-ld"),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "wasm-feature",
        "WebAssembly objects of different features",
        "An object lacks a WebAssembly feature that the link or another object asks for.",
        "Compile all objects, libraries included, with the feature (`-matomics -mbulk-memory`, or `-pthread` with"
        " Emscripten), or link without `--shared-memory`.",
        ("wasm-ld: error: 'atomics' feature must be used in order to use shared memory",),
        (
            Shape(" feature must be used in order to use shared memory", head=r"'(?P<subject>[^']+)'$"),
            Shape("--shared-memory is disallowed by ", r"(?P<place>\S+)"),
            Shape("Target feature ", r"'(?P<subject>[^']+)' used in (?P<place>\S+) is not allowed"),
        ),
        fold=Fold.FAMILY,
    ),
    Family(
        "missing-entry",
        "program without an entry point",
        "Nothing in the link defines the symbol at which the program starts.",
        "Link the start files (no `-nostartfiles`, or the driver instead of `ld`), define the symbol, or name another one"
        " with `-Wl,-e,NAME`.",
        ("/usr/bin/ld: warning: cannot find entry symbol _start; not setting start address",),
        (
            Shape("cannot find entry symbol ", r"(?P<subject>[^\s;]+)"),
            Shape("entry symbol not defined (pass --no-entry to suppress): ", r"(?P<subject>\S+)"),
        ),
        warning=True,
    ),
    Family(
        "writable-code",
        "segment that is writable and executable",
        "One segment of the program may be written and executed at once, which GNU ld 2.39 and later warn about.",
        "In a linker script, keep code and data in regions or `PHDRS` of their own with the right flags, as a script without `rwx` regions does. On a microcontroller without memory protection it is harmless: `-Wl,--no-warn-rwx-segments`.",
        ("/usr/bin/ld: warning: app has a LOAD segment with RWX permissions",),
        (
            Shape(" has a LOAD segment with RWX permissions", head=r"warning: (?P<subject>\S+)$"),
            Shape(" has a TLS segment with execute permission", head=r"warning: (?P<subject>\S+)$"),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "size-mismatch",
        "symbol of two sizes, types or alignments",
        "Two files declare one symbol with different types, sizes or alignments.",
        "Declare it once, in a header that both include. Where one of them is a shared library, the program was compiled against another version of it: rebuild it.",
        (
            "/usr/bin/ld: warning: size of symbol `table' changed from 4 in a.o to 8 in b.o",
            "/usr/bin/ld: warning: type of symbol `table' changed from 1 to 2 in b.o",
        ),
        (
            Shape("warning: size of symbol ", rf"{QUOTED} changed from"),
            Shape("warning: type of symbol ", rf"{QUOTED} changed from"),
            Shape("warning: type and size of dynamic symbol ", rf"{QUOTED} are not defined"),
            Shape("Warning: size of symbol ", rf"{QUOTED} changed from"),
            Shape("Warning: type of symbol ", rf"{QUOTED} changed from"),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "type-size-mismatch",
        "objects whose types have different sizes",
        "Objects were compiled with different sizes of wchar_t or of enums, and values of these types mean other things to the other side.",
        "Compile everything with one of `-fshort-wchar` and its absence, and one of `-fshort-enums` and `-fno-short-enums`. Where no such value passes between the objects it is harmless: `-Wl,--no-wchar-size-warning`, `--no-enum-size-warning`.",
        (
            "ld: warning: radio.o uses 4-byte wchar_t yet the output is to use 2-byte wchar_t; use of wchar_t values across objects may fail",
        ),
        (
            Shape(" wchar_t yet the output is to use ", head=r"warning: (?P<place>\S+) uses \d-byte$"),
            Shape(" enums yet the output is to use ", head=r"warning: (?P<place>\S+) uses .*$"),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "own-import",
        "function that is imported and defined in one program",
        "A caller was compiled for a DLL (__declspec(dllimport)), and the function is in the program itself; the linker bends the call.",
        "Compile the caller with the macro that its headers have for static linking, so that `__declspec(dllimport)` is left out.",
        (
            "main.obj : warning LNK4217: symbol 'parcel_open' defined in 'parcel.obj' is imported by 'main.obj' in function 'main'",
            "LINK : warning LNK4049: locally defined symbol parcel_open imported",
        ),
        (
            Shape("warning LNK4217: "),
            Shape("warning LNK4049: "),
            Shape("warning LNK4286: "),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "debug-database",
        "debug database that is missing or does not fit",
        "The debug information of an object is in a program database (.pdb) that is missing, of another version, or damaged. The program itself is linked, unless it is an error.",
        "For a library of others, ignore the warning (`/ignore:4099`) or install its .pdb. After an error, delete the .pdb and .ilk files of the output and link again; `/Z7` keeps debug information in the objects.",
        (
            "parcel.lib(box.obj) : warning LNK4099: PDB 'parcel.pdb' was not found with 'parcel.lib(box.obj)'",
            "LINK : fatal error LNK1318: Unexpected PDB error; RPC (23)",
        ),
        (
            Shape("LNK4099: "),
            Shape("error LNK1318: "),
            Shape("error LNK1207: "),
            Shape("error LNK1210: "),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
    Family(
        "executable-stack",
        "executable stack",
        "An object does not say that it needs no executable stack, so that the program gets one.",
        'Add `.section .note.GNU-stack,"",%progbits` to the assembly file, assemble with `-Wa,--noexecstack`, or link'
        " with `-Wl,-z,noexecstack`.",
        ("/usr/bin/ld: warning: box.o: missing .note.GNU-stack section implies executable stack",),
        (
            Shape(": missing .note.GNU-stack section implies executable stack", head=_PLACE),
            Shape(": requires executable stack", head=_PLACE),
        ),
        fold=Fold.FAMILY,
        warning=True,
    ),
)

FAMILY_OF: Final = {family.id: family for family in FAMILIES}

#: The family of a failed link without any message that is known.
UNEXPLAINED: Final = Family(
    "unexplained",
    "failure without a known message",
    "The log says that a link failed, and holds no message of a linker that arfix knows.",
    "Look at the lines above the one that is shown. Link again with `-v`, which prints the linker's own command, or with"
    " another linker.",
    ("collect2: error: ld returned 1 exit status",),
)
