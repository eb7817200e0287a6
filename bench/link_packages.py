"""The Debian source packages whose link commands `make link-lines` records, and how each is built."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class System(Enum):
    """A build system; the value is the word in reports."""

    AUTOTOOLS = "autotools"
    CMAKE = "cmake"
    MESON = "meson"
    MAKE = "make"
    CARGO = "cargo"
    GO = "go"


@dataclass(frozen=True, slots=True)
class SourcePackage:
    """A Debian source package.

    Attributes:
        name: The name of the source package.
        system: Its build system.
        language: The language of most objects: `C`, `C++`, `Rust`, `Go`.
        options: Options of configure, cmake and meson, or arguments of make, cargo and go.
        targets: What make and ninja build after the default target, with `-k`.
        folder: Where the build starts, below the source.
        needs: Debian packages that the build needs besides a compiler.
        other: A binary package of the Debian release before, which has another version of a library on the lines.
        prepare: A command of the shell that is run first.
        label: Its name in reports, where that is not the name of the source package.
        files: Path and text of each file of a project of our own, in place of a Debian source package.
    """

    name: str
    system: System
    language: str = "C"
    options: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    folder: str = "."
    needs: tuple[str, ...] = ()
    other: str | None = None
    prepare: str | None = None
    label: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name in reports."""
        return self.label or self.name

    @property
    def folder_name(self) -> str:
        """The name of the folder in which it is built: a map of GNU ld does not say where a path with spaces ends."""
        return self.title.replace(" ", "-").replace("(", "").replace(")", "")


#: Links the test programs of automake and runs none.
_CHECK: Final = ("check", "TESTS=")


def _autotools(name: str, *options: str, prepare: str | None = None, other: str | None = None) -> SourcePackage:
    """Return a package in C with a configure script."""
    return SourcePackage(name, System.AUTOTOOLS, "C", options, _CHECK, prepare=prepare, other=other)


def _cmake(name: str, *options: str, language: str = "C++", other: str | None = None) -> SourcePackage:
    return SourcePackage(name, System.CMAKE, language, options, other=other)


def _meson(name: str, *options: str, language: str = "C", needs: tuple[str, ...] = ()) -> SourcePackage:
    return SourcePackage(name, System.MESON, language, options, needs=needs)


def _make(name: str, *targets: str, prepare: str | None = None, other: str | None = None) -> SourcePackage:
    return SourcePackage(name, System.MAKE, targets=targets, prepare=prepare, other=other)


_BOTH: Final = "-Ddefault_library=both"
_CRATES: Final = ("librust-cc-dev", "librust-libz-sys-dev", "librust-bzip2-sys-dev", "librust-libc-dev")
_RECONF: Final = "autoreconf -fi"

#: Crates of Debian's packages in place of the network.
_OFFLINE: Final = (
    *("--offline", "--config", "'source.crates-io.replace-with=\"debian\"'"),
    *("--config", "'source.debian.directory=\"/usr/share/cargo/registry\"'"),
)
_CRATE: Final = {
    "Cargo.toml": """
        [package]
        name = "mixed"
        version = "0.1.0"
        edition = "2021"
        [lib]
        crate-type = ["rlib", "cdylib", "staticlib"]
        [dependencies]
        libz-sys = "1"
        bzip2-sys = "0.1"
        libc = "0.2"
        [build-dependencies]
        cc = "1"
    """,
    "build.rs": """
        fn main() { cc::Build::new().file("c/twice.c").file("c/unused.c").compile("twice"); }
    """,
    "c/twice.c": "int twice(int n) { return 2 * n; }\n",
    "c/unused.c": "int missing(int); int unused(int n) { return missing(n); }\n",
    "src/lib.rs": """
        extern "C" { fn twice(n: i32) -> i32; }
        #[no_mangle] pub extern "C" fn four_times(n: i32) -> i32 { unsafe { twice(twice(n)) } }
        #[test] fn four() { assert_eq!(four_times(1), 4); }
    """,
    "src/bin/plain.rs": 'fn main() { println!("{:?}", std::env::args()); }\n',
    "src/bin/threads.rs": """
        fn main() { std::thread::spawn(|| println!("{}", mixed::four_times(1))).join().unwrap(); }
    """,
    "src/bin/zlib.rs": """
        fn main() { println!("{}", unsafe { libz_sys::zlibCompileFlags() }); }
    """,
    "src/bin/bzip2.rs": """
        fn main() { println!("{}", bzip2_sys::BZ2_bzCompressInit as usize); }
    """,
    "examples/network.rs": """
        fn main() { println!("{:?} {}", std::net::TcpStream::connect("localhost:9"), unsafe { libc::getpid() }); }
    """,
}
_CGO: Final = {
    "go.mod": "module example.org/mixed\n\ngo 1.19\n",
    "main.go": """
        package main

        // #cgo LDFLAGS: -lm -lz
        // #include <math.h>
        // #include <zlib.h>
        // static int twice(int n) { return 2 * n; }
        import "C"
        import ("fmt"; "net"; "os/user")

        //export FourTimes
        func FourTimes(n C.int) C.int { return C.twice(C.twice(n)) }

        func main() {
            who, _ := user.Current()
            names, _ := net.LookupHost("localhost")
            fmt.Println(who, names, C.sqrt(2), C.zlibCompileFlags(), FourTimes(1))
        }
    """,
}

PACKAGES: Final = (
    _cmake("tinyxml2", "-Dtinyxml2_BUILD_TESTING=ON", other="libtinyxml2-dev"),
    _cmake("cjson", "-DBUILD_SHARED_AND_STATIC_LIBS=On", "-DENABLE_CJSON_UTILS=On", language="C"),
    _cmake("utf8proc", "-DUTF8PROC_ENABLE_TESTING=ON", language="C"),
    _cmake("cmocka", "-DWITH_STATIC_LIB=ON", "-DUNIT_TESTING=ON", "-DWITH_EXAMPLES=ON", language="C"),
    _cmake("json-c", language="C"),
    _cmake("jansson", "-DJANSSON_BUILD_DOCS=OFF", language="C"),
    _cmake("libzip", "-DBUILD_DOC=OFF", "-DBUILD_SHARED_LIBS=OFF", language="C"),
    _cmake(
        "libjsoncpp", "-DBUILD_STATIC_LIBS=ON", "-DJSONCPP_WITH_EXAMPLE=ON", "-DJSONCPP_WITH_POST_BUILD_UNITTEST=OFF"
    ),
    _cmake("snappy", "-DSNAPPY_BUILD_BENCHMARKS=OFF", "-DSNAPPY_BUILD_TESTS=OFF", "-DBUILD_SHARED_LIBS=ON"),
    _cmake("double-conversion", "-DBUILD_TESTING=ON"),
    _cmake("uchardet"),
    _meson("fribidi", _BOTH, "-Ddocs=false"),
    _meson("libslirp", _BOTH, needs=("libglib2.0-dev",)),
    _meson("pkgconf", _BOTH, "-Dtests=false"),
    _meson("wayland", _BOTH, "-Ddocumentation=false"),
    _meson(
        "libdrm", _BOTH, "-Dman-pages=disabled", "-Dvalgrind=disabled", "-Dintel=disabled", "-Dcairo-tests=disabled"
    ),
    _meson("fuse3", _BOTH, "-Dexamples=true", "-Dtests=false", needs=("libudev-dev",)),
    replace(_meson("tinyxml2", _BOTH, "-Dtests=true", language="C++"), label="tinyxml2 (meson)"),
    replace(_meson("libjsoncpp", _BOTH, language="C++"), label="libjsoncpp (meson)"),
    _make("zlib", "all", "test", prepare="./configure", other="zlib1g-dev"),
    _make("lz4", "lib", "lz4", other="liblz4-dev"),
    _make("hiredis", "all", "hiredis-test", "examples"),
    _make("tree"),
    _make("xxhash"),
    _make("bzip2", "all", other="libbz2-dev"),
    SourcePackage("", System.CARGO, "Rust", _OFFLINE, needs=_CRATES, label="a crate with a C library", files=_CRATE),
    SourcePackage("", System.GO, "Go", needs=("zlib1g-dev",), label="a program with cgo", files=_CGO),
    SourcePackage("golang-github-mattn-go-sqlite3", System.GO, "Go", ("-tags=libsqlite3",), needs=("libsqlite3-dev",)),
    SourcePackage("golang-github-seccomp-libseccomp-golang", System.GO, "Go", needs=("libseccomp-dev",)),
    _autotools("libyaml", prepare=_RECONF, other="libyaml-dev"),
    _autotools("popt"),
    _autotools("dash", prepare=_RECONF),
    SourcePackage("libconfig", System.AUTOTOOLS, "C++", ("--disable-doc",), _CHECK),
    _autotools("check", "--disable-build-docs", prepare=_RECONF),
    _autotools("libmd", prepare=_RECONF),
    _autotools("libonig", prepare=_RECONF),
    _autotools("libpng1.6", other="libpng-dev"),
    SourcePackage(
        *("expat", System.AUTOTOOLS, "C", ("--without-docbook",), _CHECK),
        folder="expat",
        prepare="./buildconf.sh",
        other="libexpat1-dev",
    ),
    _autotools("xz-utils", "--disable-doc", other="liblzma-dev"),
    SourcePackage("cppunit", System.AUTOTOOLS, "C++", ("--disable-doxygen",), _CHECK, prepare=_RECONF),
)
