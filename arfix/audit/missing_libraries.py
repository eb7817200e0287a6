"""Libraries that the link lacks: undefined symbols, grouped by the library that defines them.

How to use it, from a link rule:

    from arfix.audit.missing_libraries import find_missing_libraries, surroundings_of

    causes = find_missing_libraries(
        {undefined.name: undefined.referrers for undefined in ...},  # each symbol with the units that refer to it
        surroundings_of(context.settings, context.result.machine),
    )
    for cause in causes:
        cause.names   # the symbols; every name that was passed in is in exactly one cause
        str(cause)    # "libz: 12 symbols, needed by 2 members; libz.a in the same directory defines all 12: add -lz"
        cause.remark  # the same for a message about one symbol: "libz.a in the same directory defines it: add -lz"
        cause.path    # the file that defines them, or None if no file at hand does
        cause.kind    # BESIDE, SYSROOT, RUNTIME, PKG_CONFIG, KNOWN or UNKNOWN

A symbol whose library has a `path`, or is of kind RUNTIME, gets no stub: an available file or a compiler's library
defines it. The search covers the folders of the archives under test, the sysroot, the folders of the providers, and
the libraries named in the archives' `.pc` files. Nothing is executed.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Final, assert_never

from arfix.archive.files import open_source
from arfix.audit.pkg_config import LONGEST, PkgConfig, read_pkg_config
from arfix.counted import counted
from arfix.errors import ArfixError
from arfix.formats.elf.file import Elf
from arfix.formats.elf.gnu_hash import may_define
from arfix.formats.identify import identify
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Content
from arfix.linkage.compiler_runtime import Runtime, runtime_of
from arfix.linkage.providers import open_providers
from arfix.linkage.sysroot import Sysroot
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from arfix.audit.settings import Settings
    from arfix.formats.model import Machine

#: More libraries beside one archive are not opened: a folder of that many is a platform's, to be named as a sysroot.
_MOST_BESIDE: Final = 400
#: More `.pc` files than this are not followed from one archive.
_MOST_PKG_CONFIG: Final = 64
#: Symbols of one prefix that make a group of their own.
_FEWEST_ALIKE: Final = 3

_LIBRARY_NAME: Final = re.compile(r"lib(?P<name>.+?)(?:\.a|\.so(?:\.[\d.]+)?)")

#: How the names of well-known libraries begin, by the word behind `-l`. Source: their headers.
_KNOWN: Final[tuple[tuple[str, str], ...]] = (
    (
        "z",
        r"(?:in|de)flate(?:[A-Z_]\w*)?|zlib\w*|gz[a-z]+\d*|crc32(?:_\w+)?|adler32(?:_\w+)?|compress(?:2|Bound)?|uncompress2?|zError",
    ),
    ("bz2", r"BZ2_\w+"),
    ("lzma", r"lzma_\w+"),
    ("zstd", r"ZSTD_\w+|ZDICT_\w+"),
    ("lz4", r"LZ4\w*_\w+"),
    ("brotlidec", r"BrotliDecoder\w+"),
    ("brotlienc", r"BrotliEncoder\w+"),
    ("ssl", r"SSL_\w+|TLS_\w*method|DTLS_\w*method|OPENSSL_init_ssl|BIO_f_ssl|BIO_new_ssl\w*"),
    (
        "crypto",
        r"(?:EVP|BIO|RSA|DSA|DH|EC|ECDSA|ECDH|BN|ASN1|X509\w*|PEM|OPENSSL|CRYPTO|ERR|RAND|SHA\d*|MD5|HMAC|PKCS\d+|OBJ"
        r"|OSSL|ENGINE|CMS|OCSP|TS|UI|AES|BF|CAST|Camellia|CMAC|DES|IDEA|MD[24]|MDC2|RC[245]|RIPEMD160|SEED|WHIRLPOOL"
        r"|ASYNC|CONF|DSO|ESS|GENERAL_NAMES?|NCONF|NETSCAPE|OpenSSL|SCT|SMIME|SRP|CTLOG|BASIC_CONSTRAINTS|DIST_POINT"
        r"|NAME_CONSTRAINTS|ACCESS_DESCRIPTION|AUTHORITY_KEYID|USERNOTICE|POLICYINFO|SXNET|COMP_(?:zlib|brotli|zstd))_\w+"
        r"|[di]2[aiotsdv]_\w+|[aosv]2[di]_\w+",
    ),
    ("ldap", r"ldap_\w+"),
    ("lber", r"ber_\w+|lber_\w+"),
    ("idn2", r"idn2_\w+"),
    ("psl", r"psl_\w+"),
    ("nghttp2", r"nghttp2_\w+"),
    ("ssh2", r"libssh2_\w+"),
    ("rtmp", r"RTMP_\w+|RTMPPacket_\w+|AMF(?:3?Prop)?_\w+"),
    ("gssapi_krb5", r"gss_\w+|GSS_C_\w+"),
    ("krb5", r"krb5_\w+"),
    ("gnutls", r"gnutls_\w+"),
    ("nettle", r"nettle_\w+"),
    ("gcrypt", r"gcry_\w+"),
    ("curl", r"curl_\w+"),
    ("xml2", r"xml[A-Z]\w+|html[A-Z]\w+"),
    ("expat", r"XML_\w+"),
    ("png16", r"png_\w+"),
    ("jpeg", r"jpeg_\w+"),
    ("tiff", r"_?TIFF\w+"),
    ("freetype", r"FTC?_\w+"),
    ("sqlite3", r"sqlite3_\w+"),
    ("pcre2-8", r"pcre2_\w+_8"),
    ("ffi", r"ffi_\w+"),
    ("uuid", r"uuid_\w+"),
    ("glib-2.0", r"g_[a-z]\w+"),
    ("gmp", r"__gmp[a-z]_\w+"),
    ("mpfr", r"mpfr_\w+"),
    ("readline", r"rl_\w+|readline|add_history|using_history|history_\w+|(?:read|write|append|clear|stifle)_history"),
    ("X11", r"X[A-Z]\w+"),
    ("pthread", r"pthread_\w+|sem_(?:init|wait|post|destroy|trywait|timedwait|open|close|unlink|getvalue)"),
    ("dl", r"dl(?:open|sym|close|error|addr|vsym|iterate_phdr)"),
    ("rt", r"shm_(?:open|unlink)|timer_\w+|mq_\w+|aio_\w+|clock_(?:gettime|settime|getres|nanosleep)"),
    ("resolv", r"(?:__)?res_\w+|(?:__)?dn_(?:expand|comp|skipname)|(?:__)?ns_\w+"),
    ("crypt", r"crypt(?:_\w+)?"),
    ("util", r"openpty|forkpty|login_tty"),
)


class MissingLibraryKind(Enum):
    """How it is known which library is missing. The value is the word in JSON."""

    BESIDE = "beside"
    """A library beside the archive defines the symbols."""
    SYSROOT = "sysroot"
    """A library of the sysroot, or beside a provider, defines them."""
    RUNTIME = "runtime"
    """A compiler's own library or libm defines them."""
    PKG_CONFIG = "pkg-config"
    """A `.pc` file of the archive names a library by whose name they begin; no file of it is at hand."""
    KNOWN = "known"
    """Their names are those of a well-known library."""
    UNKNOWN = "unknown"
    """The library is unknown; `stem` is the common prefix of the names, or empty."""


@dataclass(frozen=True, slots=True)
class MissingLibrary:
    """One library that the link lacks.

    Attributes:
        kind: How that is known.
        stem: The library's name without an ending, such as `libz`; for UNKNOWN a common prefix or nothing.
        names: The symbols it is missed for, sorted.
        wanted_by: How many members refer to one of them.
        path: The file that defines them, where one is at hand.
        pkg_config: The `.pc` file that names it (`libcurl.pc`), where one does.
        rivals: Other files that define the same symbols: variants of one library, of which one is right.
    """

    kind: MissingLibraryKind
    stem: str
    names: tuple[str, ...]
    wanted_by: int
    path: str | None = None
    pkg_config: str | None = None
    rivals: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The linker's option for it: `-lz`."""
        return f"-l{self.stem.removeprefix('lib')}"

    @property
    def remark(self) -> str:
        """The remark for a message about one of its symbols; empty if nothing is known."""
        return self._evidence("it")

    def __str__(self) -> str:
        """Return `libldap: 20 symbols, needed by 2 members; libcurl.pc names -lldap`."""
        count = f"{counted(len(self.names), 'symbol')}, needed by {counted(self.wanted_by, 'member')}"
        evidence = self._evidence("it" if len(self.names) == 1 else f"all {len(self.names)}")
        head = (
            f"{self.stem}: " if self.kind is not MissingLibraryKind.UNKNOWN else f"{self.stem}*: " if self.stem else ""
        )
        return f"{head}{count}" + (f"; {evidence}" if evidence else "")

    def _evidence(self, them: str) -> str:
        named = f"; {self.pkg_config} names {self.option}" if self.pkg_config is not None else ""
        match self.kind:
            case MissingLibraryKind.BESIDE | MissingLibraryKind.SYSROOT if self.rivals:
                paths = (self.path or "", *self.rivals)
                names = [os.path.basename(path) if self.kind is MissingLibraryKind.BESIDE else path for path in paths]
                said = (
                    f"{', '.join(names[:-1])} and {names[-1]} each define {them}: add the one it was built for{named}"
                )
            case MissingLibraryKind.BESIDE:
                file = os.path.basename(self.path or "")
                said = f"{file} in the same directory defines {them}: add {self.option}{named}"
            case MissingLibraryKind.SYSROOT:
                said = f"{self.path} defines {them}: add {self.option}{named}"
            case MissingLibraryKind.RUNTIME:
                said = f"{self.path or self.stem} defines {them}: add {self.option}"
            case MissingLibraryKind.PKG_CONFIG:
                said = f"{self.pkg_config} names {self.option}"
            case MissingLibraryKind.KNOWN:
                said = f"{self.stem} is known to have such names: add {self.option}"
            case MissingLibraryKind.UNKNOWN:
                said = ""
            case _:
                assert_never(self.kind)
        return said


@dataclass(frozen=True)
class Surroundings:
    """Where a missing library may be.

    Attributes:
        archives: The archives under test.
        providers: The libraries already in the link.
        sysroot: The platform; its libraries are in the link already, as far as they are taken.
        machine: Of the archives; libraries for another one define nothing.
        static: Shared objects of the platform are of no use.
        folders: The sysroot's library folders if they are known.
    """

    archives: tuple[str, ...]
    providers: tuple[str, ...] = ()
    sysroot: str | None = None
    machine: Machine | None = None
    static: bool = False
    folders: tuple[str, ...] | None = None

    @cached_property
    def platform(self) -> Sysroot | None:
        """The sysroot as a tree."""
        return None if self.sysroot is None else Sysroot(self.sysroot, self.folders)

    @cached_property
    def given(self) -> frozenset[str]:
        """Real paths of the files already in the link."""
        return frozenset(os.path.realpath(path) for path in (*self.archives, *self.providers))

    @cached_property
    def given_names(self) -> frozenset[str]:
        """Names of libraries that were named: `libgcc` for `--provider .../libgcc.a`."""
        found = (_LIBRARY_NAME.fullmatch(os.path.basename(path)) for path in (*self.archives, *self.providers))
        return frozenset(f"lib{match['name']}" for match in found if match is not None)

    def beside(self) -> Iterator[str]:
        """Yield the libraries in the folders of the archives under test, archives first."""
        for folder in dict.fromkeys(os.path.dirname(path) for path in self.archives):
            yield from self._libraries_in(folder)

    def beside_providers(self, names: Collection[str]) -> Iterator[str]:
        """Yield the libraries of these names in the sysroot's folders and those of the providers."""
        folders = [os.path.dirname(path) for path in self.providers]
        if self.platform is not None:
            folders += self.platform.folders(self.machine)
        for folder in dict.fromkeys(folders):
            for name in names:
                for ending in (".a",) if self.static else (".so", ".a"):
                    path = os.path.join(folder, f"{name}{ending}")
                    if os.path.isfile(path) and os.path.realpath(path) not in self.given:
                        yield path

    def _libraries_in(self, folder: str) -> Iterator[str]:
        try:
            names = sorted(os.listdir(folder or "."))
        except OSError:
            return
        libraries = [name for name in names if _LIBRARY_NAME.fullmatch(name)]
        for name in sorted(libraries, key=lambda one: not one.endswith(".a"))[:_MOST_BESIDE]:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.realpath(path) not in self.given:
                yield path

    def pkg_configs(self) -> Iterator[PkgConfig]:
        """Yield the `.pc` files that belong to the archives, and those that they require."""
        known = self._all_pkg_configs()
        own = {name.removeprefix("lib") for name in map(_stem, self.archives)}
        todo = [one for one in known.values() if own & {*one.libraries[:1], one.name.removeprefix("lib")}]
        done: set[str] = set()
        while todo and len(done) < _MOST_PKG_CONFIG:
            one = todo.pop(0)
            if one.name not in done:
                done.add(one.name)
                yield one
                todo += [known[name] for name in one.requires if name in known]

    def _all_pkg_configs(self) -> dict[str, PkgConfig]:
        folders = [os.path.join(os.path.dirname(path), "pkgconfig") for path in self.archives]
        folders += [os.path.join(os.path.dirname(path), "..", "share", "pkgconfig") for path in self.archives]
        if self.platform is not None:
            folders += [os.path.join(folder, "pkgconfig") for folder in self.platform.folders(self.machine)]
            folders.append(self.platform.below("usr/share/pkgconfig"))
        found: dict[str, PkgConfig] = {}
        for folder in dict.fromkeys(os.path.normpath(folder) for folder in folders):
            try:
                names = sorted(name for name in os.listdir(folder) if name.endswith(".pc"))
            except OSError:
                continue
            for name in names:
                one = _read_pkg_config(os.path.join(folder, name))
                if one is not None:
                    found.setdefault(one.name, one)
        return found


def surroundings_of(settings: Settings, machine: Machine | None) -> Surroundings:
    """Return where the libraries that a check misses may be."""
    return Surroundings(
        settings.archives, settings.providers, settings.sysroot, machine, settings.static, settings.folders
    )


def find_missing_libraries(
    missing: Mapping[str, Collection[object]], surroundings: Surroundings
) -> tuple[MissingLibrary, ...]:
    """Return the libraries that a link lacks, the one with most symbols first.

    Args:
        missing: Each symbol that nothing defines, with the members that refer to it (in any form that can be counted).
        surroundings: Where to look.
    """
    return tuple(_Finder(missing, surroundings).find()) if missing else ()


class _Finder:
    """Takes symbols off a list, the best evidence first."""

    def __init__(self, missing: Mapping[str, Collection[object]], surroundings: Surroundings) -> None:
        self.missing = missing
        self.at = surroundings
        self.left = set(missing)
        self.pkg_configs = list(surroundings.pkg_configs())

    def find(self) -> list[MissingLibrary]:
        causes = [
            *self._by_files(MissingLibraryKind.BESIDE, self.at.beside()),
            *self._by_runtimes(),
            *self._by_files(MissingLibraryKind.SYSROOT, self.at.beside_providers(self._named())),
            *self._by_pkg_config(),
            *self._by_known_names(),
            *self._by_prefixes(),
        ]
        return sorted(causes, key=lambda one: (one.kind is MissingLibraryKind.UNKNOWN, -len(one.names), one.stem))

    def _named(self) -> list[str]:
        """Return names of libraries that may define what is left: those of `.pc` files, and those known by names."""
        names = [f"lib{name}" for one in self.pkg_configs for name in one.libraries]
        known = [one for one in self.left if _is_known(one)]
        names += [f"lib{library}" for library, pattern in _KNOWN if any(_matches(pattern, one) for one in known)]
        return list(dict.fromkeys(names))

    def _cause(
        self, kind: MissingLibraryKind, library: str, names: Iterable[str], path: str | None = None
    ) -> MissingLibrary:
        taken = sorted(names)
        self.left.difference_update(taken)
        option = library.removeprefix("lib")
        named = next((f"{one.name}.pc" for one in self.pkg_configs if option in one.libraries), None)
        own = set(map(_stem, self.at.archives))
        if kind is MissingLibraryKind.RUNTIME or library in own:
            named = None
        wanted_by = {member for name in taken for member in self.missing[name]}
        return MissingLibrary(kind, library, tuple(taken), len(wanted_by), path, named)

    def _by_files(self, kind: MissingLibraryKind, paths: Iterable[str]) -> Iterator[MissingLibrary]:
        """Yield the files that define most of what is left, until none defines any."""
        if not self.left:
            return
        offers = {path: self.left & _definitions(path, self.at.machine, self.left) for path in paths}
        while self.left:
            best = max(offers, key=lambda path: (len(offers[path] & self.left), self._is_named(path)), default=None)
            if best is None or not offers[best] & self.left:
                return
            names = offers[best] & self.left
            # Variants of one library (foo and foo_r, foo and foow) define the same names and mean other things by them.
            stems = {_stem(best)}
            rivals = [path for path, offer in offers.items() if names <= offer and not {_stem(path)} <= stems]
            rivals = list({_stem(path): path for path in reversed(rivals)}.values())[::-1]
            cause = self._cause(kind, _stem(best), names, best)
            yield replace(cause, rivals=() if cause.pkg_config is not None else tuple(rivals))

    def _is_named(self, path: str) -> bool:
        """Return whether a `.pc` file of the archives names the library."""
        option = _stem(path).removeprefix("lib")
        return any(option in one.libraries for one in self.pkg_configs)

    def _by_runtimes(self) -> Iterator[MissingLibrary]:
        found: dict[Runtime, list[str]] = {}
        for name in sorted(self.left):
            runtime = runtime_of(name, self.missing, self.at.given_names)
            if runtime is not None:
                found.setdefault(runtime, []).append(name)
        for runtime, names in found.items():
            paths = self.at.beside_providers([runtime.value])
            path = next((one for one in paths if _definitions(one, self.at.machine, names) & set(names)), None)
            yield self._cause(MissingLibraryKind.RUNTIME, runtime.value, names, path)

    def _by_pkg_config(self) -> Iterator[MissingLibrary]:
        for library in dict.fromkeys(name for one in self.pkg_configs for name in one.libraries):
            if f"lib{library}" in self.at.given_names:
                continue
            pattern = next((known for name, known in _KNOWN if name == library), None)
            stem = re.escape(re.sub(r"[-\d.]+$", "", library))
            names = [
                name
                for name in self.left
                if (pattern is not None and _matches(pattern, name)) or _matches(rf"(?:lib)?{stem}\d*_\w+", name)
            ]
            if names:
                yield self._cause(MissingLibraryKind.PKG_CONFIG, f"lib{library}", names)

    def _by_known_names(self) -> Iterator[MissingLibrary]:
        known = dict.fromkeys(name for name in self.left if _is_known(name))
        for library, pattern in _KNOWN:
            names = [name for name in known if name in self.left and _matches(pattern, name)]
            if names and f"lib{library}" not in self.at.given_names:
                yield self._cause(MissingLibraryKind.KNOWN, f"lib{library}", names)

    def _by_prefixes(self) -> Iterator[MissingLibrary]:
        """Yield what is left, symbols with one first word together."""
        groups: dict[str, list[str]] = {}
        for name in sorted(self.left):
            word, line, _ = name.lstrip("_").partition("_")
            prefix = name[: name.index(word) + len(word) + 1] if line and word and not name.startswith("_Z") else ""
            groups.setdefault(prefix, []).append(name)
        for prefix in [one for one, names in groups.items() if one and len(names) < _FEWEST_ALIKE]:
            groups.setdefault("", []).extend(groups.pop(prefix))
        for prefix, names in groups.items():
            yield self._cause(MissingLibraryKind.UNKNOWN, prefix, names)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _matches(pattern: str, name: str) -> bool:
    return _compiled(pattern).fullmatch(name) is not None


@cache
def _any_known() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for _, pattern in _KNOWN))


def _is_known(name: str) -> bool:
    """Return whether the name is like those of any known library: few of thousands are."""
    return _any_known().fullmatch(name) is not None


def _stem(path: str) -> str:
    match = _LIBRARY_NAME.fullmatch(os.path.basename(path))
    return os.path.basename(path).partition(".")[0] if match is None else f"lib{match['name']}"


def _definitions(path: str, machine: Machine | None, wanted: Collection[str]) -> frozenset[str]:
    """Return the symbols that a library for the machine defines; none if it cannot be read, or defines none wanted."""
    try:
        state = os.stat(path)
    except OSError:
        return frozenset()
    if not _may_define(path, wanted):
        return frozenset()
    found, of_machine = _read_definitions(path, state.st_size, state.st_mtime_ns)
    return found if machine is None or of_machine in (None, machine) else frozenset()


def _may_define(path: str, wanted: Collection[str]) -> bool:
    """Return False for a shared object whose hash table has none of the names: a platform has hundreds of them."""
    try:
        with closing(open_source(path)) as source:
            if identify(source.view) is not Content.ELF_SHARED:
                return True
            return may_define(Elf(source.view), map(base_name, wanted))
    except ArfixError:
        return False


@lru_cache(maxsize=512)
def _read_definitions(path: str, size: int, changed: int) -> tuple[frozenset[str], Machine | None]:
    """Return the symbols that a library defines, and its machine; a repair asks many times for the same file."""
    del size, changed  # part of the key: the file as it is now
    nothing: tuple[frozenset[str], Machine | None] = (frozenset(), None)
    with ExitStack() as stack:
        try:
            source = open_source(path)
            stack.callback(source.close)
            content = identify(source.view)
            if content in {Content.TEXT, Content.EMPTY}:
                return nothing
            image = content in {Content.ELF_SHARED, Content.ELF_EXECUTABLE}
            machine = inspect_object(source.view, content).machine if image else None
            inputs = open_providers([path], stack).inputs
        except ArfixError:
            return nothing
        names: set[str] = set()
        for item in inputs:
            names |= item.names
            names.update(name for name, _ in item.index or ())
            if item.index is None:
                names.update(*(unit.definitions for unit in item.units))
            machine = machine or next((unit.machine for unit in item.units[:8] if unit.machine is not None), None)
        return frozenset(names), machine


def _read_pkg_config(path: str) -> PkgConfig | None:
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            data = file.read(LONGEST)
    except OSError:
        return None
    return read_pkg_config(data, os.path.basename(path).removesuffix(".pc"))
