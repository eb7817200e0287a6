"""Which library has an undefined symbol: by its name alone, where no file is at hand.

The names of Unix libraries and of compilers' runtimes are those of `audit/missing_libraries.py`. Here are the names that
no archive under check has: C++ names as linkers print them, Apple's frameworks, and the import libraries of Windows.
"""

# ruff: noqa: E501, ISC004 (tables of names)

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.audit.missing_libraries import (
    MissingLibrary,
    MissingLibraryKind,
    Surroundings,
    find_missing_libraries,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

#: C++'s standard library and language support, demangled. A template of the standard library may be instantiated with a
#: type of the program, and then nothing but the program's own code has it.
_STANDARD: Final = re.compile(
    r"(?:operator (?:new|delete)(?:\[\])?\(|(?:vtable|typeinfo|typeinfo name|VTT|guard variable) for (?:__cxxabiv1|std)::"
    r"|typeinfo(?: name)? for (?:(?:unsigned |signed |long )*(?:void|bool|char|wchar_t|char8_t|char16_t|char32_t|short|int|long|float|double)"
    r"(?: const)?\*{0,2}|decltype\(nullptr\))$"
    r"|(?:[\w:<>,*& ]{1,200} )?std::(?:__cxx11::|__ndk1::|__[12]::)?(?:basic_\w{1,40}<(?:char|wchar_t)\b|[io]*stringstream"
    r"|(?:cout|cerr|cin|clog)\b|ios_base|locale|terminate\(|__throw_|__detail::|thread::|condition_variable"
    r"|exception|runtime_error|logic_error|bad_alloc|type_info|chrono::|_Rb_tree_|__basic_file|allocator<char>"
    r"|operator<< <std::char_traits|ostream|istream|endl<|flush<|uncaught_exception|__once_|filesystem::|random_device"
    r"|mutex::|error_category|system_category|generic_category|rethrow_exception|current_exception|ctype<|string::)"
    r"|__cxa_|__gxx_personality|__cxxabiv1::|__gnu_cxx::)"
)
_LIBCXX: Final = re.compile(r"std::__(?:[12]|ndk1)::|_ZN?K?St3__[12]|_ZNK?St6__ndk1")

#: Libraries of C++ by the namespace of their names: only namespaces that one compiled library has.
_NAMESPACES: Final = (
    (
        "boost_{}",
        r"boost::(?P<part>filesystem|program_options|serialization|thread|chrono|date_time|regex|iostreams|locale|wave|system|random|python|timer|context|atomic|json|url)::",
    ),
    ("boost_unit_test_framework", r"boost::unit_test::"),
    ("boost_log", r"boost::log::"),
    ("protobuf", r"google::protobuf::"),
    ("glog", r"google::(?:LogMessage|InitGoogleLogging|LogDestination|base::CheckOp)"),
    (
        "gtest",
        r"testing::(?:Test|internal|UnitTest|InitGoogleTest|Message|AssertionResult|Assertion|TestInfo|TestPartResult)",
    ),
    ("gmock", r"testing::(?:Mock|InitGoogleMock|Expectation|Sequence|InSequence)\b"),
    ("benchmark", r"benchmark::(?:internal::|Initialize|RunSpecifiedBenchmarks|State::)"),
    ("fmt", r"fmt::v\d+::"),
    ("spdlog", r"spdlog::"),
    ("yaml-cpp", r"YAML::"),
    ("jsoncpp", r"Json::"),
    ("grpc++", r"grpc::"),
    ("leveldb", r"leveldb::"),
    ("rocksdb", r"rocksdb::"),
    ("re2", r"re2::|RE2::"),
    ("tinyxml2", r"tinyxml2::"),
    ("pugixml", r"pugi::"),
    ("snappy", r"snappy::"),
    ("log", r"__android_log_\w+"),
    ("android", r"ANativeWindow_\w+|AAssetManager_\w+|ANativeActivity_\w+|ALooper_\w+"),
    ("glfw3", r"glfw[A-Z]\w+"),
    ("GLEW", r"glew[A-Z]\w+|__glew\w+"),
    (
        "SDL2",
        r"SDL_(?:Init|Quit|CreateWindow|PollEvent|CreateRenderer|GetError|DestroyWindow|RenderPresent|Delay|GetTicks)",
    ),
    ("ncurses", r"initscr|endwin|wrefresh|mvprintw|mvwprintw|keypad|start_color|stdscr|noecho|cbreak|waddch|wgetch"),
    (
        "pq",
        r"PQ(?:connectdb|exec|finish|clear|getvalue|ntuples|status|errorMessage|setdbLogin|nfields|resultStatus)\w*",
    ),
    ("mysqlclient", r"mysql_(?:init|real_connect|query|close|store_result|fetch_row|error|free_result|num_rows)"),
    (
        "GL",
        r"gl(?:Begin|End|Clear|ClearColor|Enable|Disable|Viewport|Vertex\w+|BindTexture|GenTextures|TexImage2D|DrawArrays|LoadIdentity|MatrixMode)",
    ),
)

#: Import libraries of Windows by functions that only they have. Source: "Requirements" in Microsoft's API reference.
_WINDOWS: Final = (
    (
        "ws2_32",
        r"WSA\w+|(?:get|set)sockopt|(?:get(?:peer|sock|host)name)|getaddrinfo|freeaddrinfo|gethostby\w+|inet_(?:addr|ntoa|pton|ntop)"
        r"|(?:close|ioctl)?socket|recvfrom|sendto|hton[sl]|ntoh[sl]|GetAddrInfoW|FreeAddrInfoW"
        r"|bind|listen|accept|connect|send|recv|select|shutdown",  # nobody else imports these
    ),
    (
        "advapi32",
        r"Reg(?:Open|Close|Query|Set|Create|Delete|Enum)\w*Key\w*|Reg\w+Value\w*|OpenProcessToken|AdjustTokenPrivileges",
    ),
    ("ole32", r"Co(?:Create|Initialize|Uninitialize|TaskMem)\w*|CLSIDFrom\w+|StringFromGUID2|OleInitialize"),
    ("oleaut32", r"Sys(?:Alloc|Free)String\w*|Variant(?:Init|Clear|ChangeType)"),
    ("shell32", r"SH(?:Get|File|Create|Browse)\w+|ShellExecute\w*|CommandLineToArgvW"),
    (
        "user32",
        r"MessageBox[AW]|CreateWindowEx[AW]|DefWindowProc[AW]|(?:Get|Dispatch|Translate|Peek)Message[AW]?|RegisterClass(?:Ex)?[AW]",
    ),
    (
        "gdi32",
        r"BitBlt|CreateCompatible(?:DC|Bitmap)|CreateDIBSection|SelectObject|DeleteObject|GetDeviceCaps|SwapBuffers",
    ),
    ("winmm", r"time(?:Get|Begin|End|Set|Kill)\w+|wave(?:In|Out)\w+|midi(?:In|Out)\w+|PlaySound[AW]?|mciSend\w+"),
    ("bcrypt", r"BCrypt\w+"),
    ("ncrypt", r"NCrypt\w+"),
    ("crypt32", r"Cert(?:Open|Close|Find|Get|Free|Enum|Add)\w+|CryptStringToBinary\w*"),
    ("iphlpapi", r"GetAdapters\w+|GetIfTable\w*|GetBestRoute\w*|if_nametoindex|if_indextoname|ConvertInterface\w+"),
    ("shlwapi", r"Path(?:FileExists|IsRelative|Combine|Append|Canonicalize|RemoveFileSpec|MatchSpec)\w*|StrStrI[AW]"),
    ("userenv", r"GetUserProfileDirectory[AW]|CreateEnvironmentBlock"),
    ("ntdll", r"Nt(?:Create|Read|Write|Query|Open|Device)\w+|Rtl(?:NtStatusToDosError|GetVersion|InitUnicodeString)"),
    ("dbghelp", r"Sym(?:Initialize|From|Get|Cleanup|SetOptions)\w*|StackWalk64|MiniDumpWriteDump"),
    ("version", r"GetFileVersionInfo\w*|VerQueryValue\w*"),
    ("setupapi", r"SetupDi\w+"),
    ("opengl32", r"gl(?:Begin|End|Clear|Enable|Vertex|Viewport|Matrix|Bind|Gen|Tex)\w*|wgl\w+"),
    ("comctl32", r"InitCommonControls(?:Ex)?|ImageList_\w+"),
    ("wininet", r"Internet(?:Open|Read|Connect|Close)\w+|HttpSendRequest\w*"),
    ("secur32", r"GetUserNameEx[AW]|InitSecurityInterface[AW]"),
)
#: Apple's frameworks. Source: Apple's API reference.
_FRAMEWORKS: Final = (
    ("CoreFoundation", r"_?(?:CF[A-Z]\w+|kCF\w+|__CFConstantStringClassReference|___CFConstantStringClassReference)"),
    (
        "Security",
        r"_?(?:Sec(?:Item|Key|Certificate|Trust|Random|Identity|Policy|Keychain|PKCS12|Access)\w+|kSec\w+|SSL(?:Handshake|Read|Write|CreateContext))",
    ),
    ("SystemConfiguration", r"_?(?:SC(?:Dynamic|Network|Preferences)\w+|kSC\w+)"),
    ("IOKit", r"_?(?:IO(?:Service|Object|Registry|Master|Iterator|HID)\w+|kIO\w+)"),
    ("CoreServices", r"_?(?:FSEventStream\w+|LSOpen\w+|UTType\w+|kLS\w+)"),
    (
        "AppKit",
        r"_?OBJC_(?:META)?CLASS_\$_NS(?:Application|Window|View|Color|Image|Menu|Pasteboard|Cursor|Event|Screen|Alert|Button|Font)",
    ),
    (
        "Foundation",
        r"_?OBJC_(?:META)?CLASS_\$_NS(?:String|Array|MutableArray|Dictionary|Data|URL|Number|Object|Bundle|Thread|Error|ProcessInfo|FileManager|Notification\w*|UserDefaults|Date)|_?NSLog|_?NSHomeDirectory",
    ),
    ("UIKit", r"_?OBJC_(?:META)?CLASS_\$_UI\w+"),
    ("Metal", r"_?MTL(?:Create|Copy)\w+|_?OBJC_(?:META)?CLASS_\$_MTL\w+"),
    ("OpenGL", r"_?(?:gl(?:Begin|End|Clear|Enable|Vertex|Viewport|Matrix|Bind|Gen|Tex)\w*|CGL\w+)"),
    ("CoreGraphics", r"_?CG(?:Color|Context|Display|Event|Image|Path|Rect|Window)\w+"),
    ("CoreVideo", r"_?CV(?:PixelBuffer|DisplayLink|Buffer)\w+"),
    ("CoreMedia", r"_?CM(?:Time|Sample|Video|Format|Block)\w+"),
    ("AudioToolbox", r"_?Audio(?:Queue|File|Component|Unit|Converter)\w+"),
    ("CoreAudio", r"_?AudioObject\w+|_?AudioDevice\w+"),
    ("VideoToolbox", r"_?VT(?:Compression|Decompression|Session)\w+"),
    ("Accelerate", r"_?vDSP_\w+|_?vImage\w+|_?cblas_\w+"),
)
#: Libraries whose names begin in ways that other code uses as well: fewer symbols than this prove nothing.
_BROAD: Final = frozenset({"libX11", "libglib-2.0", "libreadline", "libutil", "libtiff", "libuuid", "librtmp"})
_FEWEST_OF_BROAD: Final = 3
#: Names that are certain although the pattern of their library is broad.
_CERTAIN: Final = re.compile(
    r"g_(?:malloc0?|free|strdup|object_\w+|signal_\w+|list_\w+|hash_table_\w+|error_\w+|main_loop_\w+|type_\w+|log|str\w+|option_\w+)"
    r"|X(?:OpenDisplay|CloseDisplay|CreateWindow|CreateSimpleWindow|MapWindow|NextEvent|Flush|Sync|InternAtom|Free|Pending)"
    r"|openpty|forkpty|login_tty|uuid_(?:generate\w*|parse|unparse\w*|copy|clear|compare)|TIFF(?:Open|Close|GetField|SetField|ReadScanline|WriteScanline)"
    r"|RTMP_\w+|readline|add_history|rl_(?:line_buffer|completion_matches|attempted_completion_function|bind_key|insert_text)"
)
#: Names of librt and others that programs use for functions of their own.
_LOOSE: Final = re.compile(
    r"timer_(?!(?:create|delete|settime|gettime|getoverrun)$)\w+|mq_(?!(?:open|close|send|receive|unlink|getattr|setattr|notify|timed\w+)$)\w+"
    r"|aio_(?!(?:read|write|error|return|suspend|cancel|fsync)$)\w+|ns_(?!(?:init\w+|parse\w+|name_\w+|msg_\w+|get\d+|put\d+|sprintrr\w*)$)\w+"
    r"|res_(?!n?(?:init|query|search|mkquery|send|close|querydomain)$)\w+|UI_(?!(?:new|free|add_\w+|process|set_\w+|get\w+|create_method|OpenSSL)$)\w+"
    r"|TS_(?!(?:REQ|RESP|TST|MSG|ACCURACY|CONF|VERIFY|STATUS)\w*)\w+|xml[A-Z]\w+|html[A-Z]\w+|gz[a-z]+|zlib\w*|compress\w*|lzma_\w+|ffi_\w+"
)
_CERTAIN_LOOSE: Final = re.compile(
    r"xml(?:Parse|Free|New|Get|Set|Doc|Node|Read|Init|Cleanup|XPath|SAX|Text|Char|Str|Buf|Schema|Add|Unlink|Copy|Encode|Save|Ctxt|Has|Is|Keep|Mem|Malloc|Out|Switch|Xml)\w*"
    r"|html(?:Parse|Doc|Read|Node|Ctxt|Free|New|Create)\w*"
    r"|gz(?:open|open64|dopen|read|write|printf|puts|gets|putc|getc|flush|seek|seek64|tell|tell64|rewind|eof|direct|close|close_[rw]|error|clearerr|buffer|setparams|fread|fwrite|ungetc|offset)"
    r"|zlib(?:Version|CompileFlags)|compress(?:2|Bound)?|lzma_(?:code|end|\w*coder\w*|stream_\w+|lzma_preset|crc\d+|index_\w+|filter\w*|easy\w*|properties\w*)"
    r"|ffi_(?:call\w*|prep_\w+|closure_\w+|type_\w+|raw_\w+|java_\w+|get_\w+|tramp\w+)"
)


class Origin(NamedTuple):
    """Where symbols come from.

    Attributes:
        name: The library, such as `libz`; a framework or import library by its own name; empty if nothing is known.
        option: The option for the link line: `-lz`, `-framework Security`; empty if nothing is known.
        symbols: The symbols, as the log has them.
        is_runtime: The compiler brings the library.
        path: A file at hand that has them.
        evidence: Why it is this library; empty where the names are the only reason.
    """

    name: str
    option: str
    symbols: tuple[str, ...]
    is_runtime: bool = False
    path: str | None = None
    evidence: str = ""


def find_origins(
    symbols: Mapping[str, Collection[str]], files: Iterable[str] = (), *, is_macho: bool = False, is_msvc: bool = False
) -> list[Origin]:
    """Return the libraries that have these symbols, and last an origin without a name for what is unknown.

    Args:
        symbols: Each symbol as the log has it, with the places that need it.
        files: Libraries and objects of the link that are at hand: libraries beside them are looked into.
        is_macho: The names have an underscore in front, as Apple's have.
        is_msvc: They may have one, as 32-bit Windows has.
    """
    left = dict(symbols)
    found = [*_standard(left), *_by_namespace(left)]
    if not is_macho and not is_msvc:
        found += _c_library(left)
    plain: dict[str, str] = {}
    for symbol in left:
        name = _plain(symbol, has_underscore=is_macho or is_msvc)
        plain.setdefault(name, symbol)
    of_windows = {
        name: symbol
        for name, symbol in plain.items()
        if symbol.startswith(("__imp_", "_imp_")) or _WINDOWS_ONLY.fullmatch(symbol)
    }
    for table, option, among in (
        (_FRAMEWORKS, "-framework {}", plain if is_macho else {}),
        (_WINDOWS, "-l{}", of_windows),
    ):
        for library, pattern in table if among else ():
            compiled = re.compile(pattern)
            names = [symbol for name, symbol in among.items() if symbol in left and compiled.fullmatch(name)]
            if names:
                found.append(Origin(library, option.format(library), tuple(names)))
                for name in names:
                    del left[name]
    needed = {name: tuple(left[symbol]) for name, symbol in plain.items() if symbol in left}
    unknown: list[str] = []
    for missing in find_missing_libraries(needed, Surroundings(tuple(files))):
        origin = _origin(missing, plain)
        if origin is None:
            unknown += [plain[name] for name in missing.names]
        else:
            found.append(origin)
    found = _merged(found)
    if unknown:
        order = {symbol: at for at, symbol in enumerate(symbols)}
        found.append(Origin("", "", tuple(sorted(unknown, key=order.__getitem__))))
    return found


def _merged(origins: Iterable[Origin]) -> list[Origin]:
    """Return the origins with all symbols of one library together; what C++ needs comes from one standard library."""
    found: dict[str, Origin] = {}
    names = {one.name for one in origins}
    for one in origins:
        name = "libc++" if one.name in {"libstdc++", "libc++abi"} and "libc++" in names else one.name
        known = found.get(name)
        if known is None:
            found[name] = one._replace(name=name, option=f"-l{name[3:]}" if name != one.name else one.option)
        else:
            found[name] = known._replace(symbols=(*known.symbols, *one.symbols))
    return list(found.values())


def _origin(library: MissingLibrary, plain: Mapping[str, str]) -> Origin | None:
    if library.kind is MissingLibraryKind.UNKNOWN or library.rivals:
        return None
    if library.kind is MissingLibraryKind.KNOWN:
        if (
            library.stem in _BROAD
            and len(library.names) < _FEWEST_OF_BROAD
            and not any(map(_CERTAIN.fullmatch, library.names))
        ):
            return None
        certain = [name for name in library.names if not _LOOSE.fullmatch(name) or _CERTAIN_LOOSE.fullmatch(name)]
        if not certain:
            return None
    symbols = tuple(plain[name] for name in library.names)
    evidence = f"{library.path} defines them" if library.path is not None else ""
    runtime = library.kind is MissingLibraryKind.RUNTIME
    return Origin(library.stem, library.option, symbols, runtime, library.path, evidence)


#: Functions of ISO C and POSIX that every C library has. Only a link without a C library lacks them. Left out are names
#: that bare-metal libraries leave to the board.
_C_LIBRARY: Final = re.compile(
    r"(?:mem(?:cpy|move|set|cmp|chr)|str(?:n?cpy|n?cat|n?cmp|r?chr|len|str|dup|tol|toul|tod|error|spn|cspn|pbrk|tok)|v?[fs]?n?printf|[fs]?scanf"
    r"|(?:[mc]|re)alloc|free|f?puts|putchar|abort|exit|atexit|atoi|atol|qsort|bsearch|f(?:open|close|read|write|flush|gets|seek|tell)"
    r"|__libc_start_main|__errno_location|__stack_chk_fail|__[fsv]*n?printf_chk|__mem(?:cpy|set|move)_chk|setjmp|longjmp|assert|__assert_fail)"
)


def _c_library(left: dict[str, Collection[str]]) -> list[Origin]:
    """Take the names of the C library out of `left`."""
    names = [name for name in left if _C_LIBRARY.fullmatch(name.partition("@")[0])]
    for name in names:
        del left[name]
    return [Origin("libc", "-lc", tuple(names), is_runtime=True)] if names else []


def _standard(left: dict[str, Collection[str]]) -> list[Origin]:
    """Take the names of C++'s standard library out of `left`, if it is not in the link at all."""
    names = [name for name in left if _STANDARD.match(name)]
    if not names:
        return []
    for name in names:
        del left[name]
    is_llvm = any(_LIBCXX.search(name) for name in names)
    library = "libc++" if is_llvm else "libstdc++"
    return [Origin(library, f"-l{library.removeprefix('lib')}", tuple(names), is_runtime=True)]


@cache
def _any_namespace() -> re.Pattern[str]:
    """Return a pattern for the start of all names that may be in one of the namespaces; most names are in none."""
    texts = [pattern.replace("?P<part>", "?:") for _, pattern in _NAMESPACES]
    return re.compile(f"{_OF_CLASS}(?:{'|'.join(texts)})")


def is_of_known_library(name: str) -> bool:
    """Return whether the namespace of a C++ name says which library it is from."""
    return "::" in name and any(True for _ in _by_namespace({name: ()}))


def _by_namespace(left: dict[str, Collection[str]]) -> Iterator[Origin]:
    """Take the names out of `left` whose namespace says which library they are from."""
    among = [name for name in left if _any_namespace().match(name)]
    for library, pattern in _NAMESPACES if among else ():
        found: dict[str, list[str]] = {}
        compiled = re.compile(rf"{_OF_CLASS}(?:{pattern})")
        for name in among:
            if name not in left:
                continue
            # A function template is printed with its result in front: `void boost::throw_exception<...>(...)`.
            match = compiled.match(name) if "::" in pattern else compiled.fullmatch(name)
            if match is not None:
                part = match.groupdict().get("part") or ""
                found.setdefault(library.format(part), []).append(name)
        for stem, names in found.items():
            yield Origin(f"lib{stem}", f"-l{stem}", tuple(names))
            for name in names:
                del left[name]


_OF_CLASS: Final = r"(?:(?:vtable|typeinfo|guard variable|typeinfo name) for )?"
#: Names that only Windows has, also without an import prefix.
_WINDOWS_ONLY: Final = re.compile(
    r"_?(?:WSA|Reg|Co|SH|BCrypt|NCrypt|MessageBox|SetupDi|Internet|timeGet|timeBegin)\w+(?:@\d+)?"
)
_MSVC: Final = re.compile(r"\((?P<raw>[?_@]\S+)\)$")


def _plain(symbol: str, *, has_underscore: bool) -> str:
    """Return a symbol as C has it: without import prefix, version, or the underscore of the format."""
    raw = _MSVC.search(symbol[-4000:])
    name = raw["raw"] if raw is not None and symbol.startswith('"') else symbol
    name = name.removeprefix("__declspec(dllimport) ").removeprefix("__imp_").removeprefix("_imp_")
    plain = name.partition("@")[0] or name
    is_stdcall = name[len(plain) :].removeprefix("@").isdecimal()
    name = plain
    if (has_underscore or is_stdcall) and name.startswith("_"):
        name = name[1:]
    return name
