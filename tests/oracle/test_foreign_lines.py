"""Lines for ld64.lld and lld-link: whether they link, what is missing or defined twice, and which members enter.

A sample runs always; `ARFIX_EVERY_LINE=1` runs every line with each release of lld that is installed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from tests.oracle.foreign_lines import Outcome, linked, make_objects, predicted
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

_EVERY: Final = bool(os.environ.get("ARFIX_EVERY_LINE"))
_RELEASES: Final = ("14", "19") if _EVERY else ("19",)

_MACHO_SOURCES: Final = {
    "main": "int f(void); int main(void){return f();}",
    "f": "int f(void){return 1;}",
    "fg": "int f(void){return 2;} int g(void){return 3;}",
    "fneedsg": "int g(void); int f(void){return g();}",
    "g": "int g(void){return 1;}",
    "fweak": "__attribute__((weak)) int f(void){return 1;}",
    "mainweak": "__attribute__((weak_import)) int f(void); int main(void){return f? f():0;}",
    "common": "int f;",
    "mainvar": "extern int f; int main(void){return f;}",
    "fdata": "int f=4;",
    "fhidden": '__attribute__((visibility("hidden"))) int f(void){return 1;}',
    "useprintf": "int printf(const char*,...); int main(void){return printf(0);}",
}
_STUB: Final = """--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ x86_64-macos ]
    symbols: [ _printf, dyld_stub_binder ]
...
"""
_MACHO_LINES: Final = """
main.o
main.o f.o
main.o libf.a -ldf
main.o -ldf libfg.a
libfg.a -ldf main.o
main.o libfweak.a libf.a
mainweak.o
mainweak.o libf.a
mainweak.o -weak-ldf
mainvar.o common.o libfdata.a
mainvar.o common.o fdata.o
libf.a main.o
-dylib main.o
-dylib main.o -undefined dynamic_lookup
-bundle main.o
-bundle main.o -U _f
libmain.a f.o
f.o
-u _g f.o libg.a -dylib
-dylib f.o -u _zz
-ldf main.o libfg.a
-exported_symbol _g main.o f.o libg.a
-dylib -exported_symbol _zz f.o libg.a
-dylib -exported_symbols_list list f.o libg.a
-dylib -alias _f _h f.o
-bundle main.o -undefined suppress -flat_namespace
main.o libf.a -force_load libfg.a
main.o -force_load libf.a libf.a
main.o libf.a -lf -force_load libf.a
main.o -all_load libf.a libfg.a
main.o -all_load -noall_load libf.a libfg.a
-needed-ldf main.o
main.o f.o f.o
main.o fweak.o f.o
main.o f.o fweak.o
main.o fhidden.o f.o
main.o f.o common.o
main.o f.o nope.o
main.o -lg libf.a
main.o fneedsg.o
main.o fneedsg.o -ldf
main.o libfneedsg.a libg.a
libg.a libfneedsg.a main.o
main.o libfneedsg.a libfg.a
main.o libfneedsg.a g.o
main.o f.o -framework Fw
main.o -framework Fw
main.o f.o -framework None
-e _g main.o f.o libg.a
-e _zz main.o f.o
-lf -search_dylibs_first main.o
-ldf -Z -search_paths_first main.o
-filelist files
useprintf.o
useprintf.o -dylib libfg.a
-dead_strip main.o f.o
main.o @more.rsp
main.o liball.a
main.o -all_load liball.a
-ObjC main.o libf.a
main.o -u _g libg.a libfg.a
main.o -u _g libfg.a libg.a
main.o -u _g libf.a libfg.a
"""

_COFF_SOURCES: Final = {
    "main": "int f(void); int main(void){return f();}",
    "crt": "int main(void); int mainCRTStartup(void){return main();}",
    "start": "int f(void); int mainCRTStartup(void){return f();}",
    "f": "int f(void){return 1;}",
    "fg": "int f(void){return 2;} int g(void){return 3;}",
    "fng": "int g(void); int f(void){return g();}",
    "g": "int g(void){return 1;}",
    "gh": "int g(void){return 1;} int h(void){return 2;}",
    "fweak": "__attribute__((weak)) int f(void){return 1;}",
    "fany": "__declspec(selectany) int f=2;",
    "startvar": "extern int f; int mainCRTStartup(void){return f;}",
    "fdata": "int f=4;",
    "common": "int f;",
    "startweak": "__attribute__((weak)) int f(void); int mainCRTStartup(void){return f? f():0;}",
    "startlib": '#pragma comment(lib,"f")\nint f(void); int mainCRTStartup(void){return f();}',
    "startalt": '#pragma comment(linker,"/include:g /alternatename:f=g")\nint f(void);'
    "int mainCRTStartup(void){return f();}",
    "startimp": "__declspec(dllimport) int f(void); int mainCRTStartup(void){return f();}",
    "fexp": "__declspec(dllexport) int f(void){return 1;}",
    "win": "int WinMain(void){return 0;} int WinMainCRTStartup(void){return 1;}",
    "dllmain": "int _DllMainCRTStartup(void){return 1;}",
}
_COFF_LINES: Final = """
start.obj f.obj
start.obj f.lib
start.lib f.lib
main.obj
main.obj f.obj crt.lib
main.obj f.lib f.lib crt.obj
win.obj
/dll f.obj
/dll /noentry f.obj
/dll fdata.obj dllmain.obj
/dll fdata.obj dllmain.lib
/subsystem:console start.lib f.lib
/subsystem:console start.obj
/subsystem:console start.obj f.lib f.obj
/subsystem:console start.obj fng.lib g.lib g.obj
/subsystem:console start.obj fng.lib gh.lib g.obj
/subsystem:console start.obj fng.lib gh.lib g.lib
/subsystem:console start.obj g.lib gh.lib fng.lib
/subsystem:console f.lib start.obj
/subsystem:console start.obj fweak.lib f.lib
/subsystem:console start.obj fweak.obj f.obj
/subsystem:console start.obj f.obj fweak.obj
/subsystem:console start.obj fweak.obj f.lib
/subsystem:console startweak.obj
/subsystem:console startweak.obj f.lib
/subsystem:console startvar.obj fany.obj fdata.obj
/subsystem:console startvar.obj fdata.obj fany.obj
/subsystem:console startvar.obj fany.lib fdata.lib
/subsystem:console startvar.obj common.obj fdata.lib
/subsystem:console startvar.obj common.obj fdata.obj
/subsystem:console startlib.obj
/subsystem:console startlib.obj fg.lib
/subsystem:console startlib.obj /nodefaultlib
/subsystem:console startlib.obj /nodefaultlib:f
/subsystem:console startalt.obj g.lib
/subsystem:console startimp.obj f.obj
/subsystem:console startimp.obj f.lib
/subsystem:console startimp.obj fd.lib
/subsystem:console fexp.obj startimp.obj
/subsystem:console /wholearchive start.obj f.lib fg.lib
/subsystem:console /wholearchive:f.lib start.obj f.lib
/subsystem:console start.obj f.lib /WholeArchive:f.lib
/subsystem:console start.obj f.obj f.obj
/subsystem:console start.obj fd.lib f.lib
/subsystem:console start.obj f.lib fd.lib
/subsystem:console start.obj fd.lib f.obj
/subsystem:console start.obj f.obj fd.lib
/subsystem:console start.obj f.obj fg.lib /include:g
/subsystem:console start.obj f.obj /include:zz
/subsystem:console start.obj f.obj /export:zz
/subsystem:console start.obj f.obj /def:g.def gh.lib
/subsystem:console start.obj f.obj /def:g.def
/subsystem:console start.obj /alternatename:f=mainCRTStartup
/subsystem:console start.obj /alternatename:f=g g.lib
/subsystem:console start.obj /alternatename:f=zz
/subsystem:console start.obj -force
/subsystem:console start.obj fg.obj f.obj /force:multiple
/subsystem:console start.obj -force:unresolved
/subsystem:console start.obj f.obj /entry:zz
/subsystem:console start.obj f.obj /entry:f
/subsystem:console start.obj f.obj nope.lib
/subsystem:console start.obj /defaultlib:f
/subsystem:console start.obj /defaultlib:nope /nodefaultlib:nope f.lib
/subsystem:console start.obj /defaultlib:nope f.lib
/subsystem:console crt.obj main.lib f.lib
/subsystem:console start.obj startlib.obj /defaultlib:g
/subsystem:console start.obj gh.lib f.obj /includeoptional:h /includeoptional:zz
/subsystem:console start.obj /libpath:sub inner.lib
/subsystem:console start.obj inner.lib
/subsystem:console @line.rsp
/dll /noentry startvar.obj /export:foo=mainCRTStartup fdata.lib
/dll /noentry startvar.obj /export:g fdata.lib gh.lib
"""


def _lines(text: str) -> list[str]:
    every = text.split("\n")[1:-1]
    return every if _EVERY else every[::4]


@pytest.fixture(scope="module")
def macho(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("macho")
    make_objects(folder, "x86_64-apple-macos11", ".o", _MACHO_SOURCES)
    archiver, linker = need("llvm-ar-19", "llvm-ar"), need("ld64.lld-19", "ld64.lld-14")
    for name in ("f", "fg", "fneedsg", "g", "fweak", "fdata", "main"):
        output_of(archiver, "rcs", f"lib{name}.a", f"{name}.o", cwd=folder)
    output_of(archiver, "rcs", "liball.a", "f.o", "g.o", cwd=folder)
    (folder / "libSystem.tbd").write_text(_STUB, "utf-8")
    (folder / "list").write_text("_g # from the archive\n_f\n", "utf-8")
    (folder / "files").write_text("main.o\nf.o\n", "utf-8")
    (folder / "more.rsp").write_text('-L. "-lf"', "utf-8")
    options = ("-arch", "x86_64", "-platform_version", "macos", "11.0", "11.0", "-dylib")
    output_of(linker, *options, "-o", "libdf.dylib", "f.o", cwd=folder)
    (folder / "Fw.framework").mkdir()
    output_of(linker, *options, "-o", "Fw.framework/Fw", "f.o", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def coff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coff")
    make_objects(folder, "x86_64-pc-windows-msvc", ".obj", _COFF_SOURCES)
    archiver, linker = need("llvm-ar-19", "llvm-ar"), need("lld-link-19", "lld-link-14")
    (folder / "sub").mkdir()
    (folder / "g.def").write_text("LIBRARY x\nEXPORTS\n g\n", "utf-8")
    (folder / "line.rsp").write_bytes("start.obj f.lib".encode("utf-16"))
    for name in ("f", "fg", "fng", "fweak", "fany", "fdata", "g", "gh", "main", "crt", "start", "dllmain"):
        output_of(archiver, "rcs", f"{name}.lib", f"{name}.obj", cwd=folder)
    output_of(archiver, "rcs", "sub/inner.lib", "f.obj", cwd=folder)
    output_of(linker, "/dll", "/noentry", "fexp.obj", "/out:fd.dll", "/implib:fd.lib", cwd=folder)
    return folder


@pytest.mark.parametrize("release", _RELEASES)
def test_lines_of_ld64(release: str, macho: Path) -> None:
    options = ("-arch", "x86_64", "-platform_version", "macos", "11.0", "11.0", "-o", "out", "-L.", "-F.", "-lSystem")
    linker = need(f"ld64.lld-{release}", "ld64.lld")
    _agree(macho, (linker, *options), _lines(_MACHO_LINES), ("-why_load", "--error-limit=0"), ())


@pytest.mark.parametrize("release", _RELEASES)
def test_lines_of_lld_link(release: str, coff: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIB", raising=False)
    linker = need(f"lld-link-{release}", "lld-link")
    more = ("/verbose", "/demangle:no", "/errorlimit:0")
    _agree(coff, (linker, "/out:out.exe"), _lines(_COFF_LINES), more, ("/force",))


def _agree(
    folder: Path, program: tuple[str, ...], lines: list[str], more: tuple[str, ...], lenient: tuple[str, ...]
) -> None:
    found: dict[str, tuple[Outcome, Outcome]] = {}
    for line in lines:
        words = [*program, *line.split()]
        expected, did = predicted(words, folder), linked(words, folder, more, lenient)
        found[line] = (expected, Outcome(did.links) if expected == Outcome(links=False) else did)
    assert {line: pair for line, pair in found.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("name", [name for name in ("ld64.lld-14", "ld64.lld-19") if find(name)])
def test_every_option_that_ld64_lld_lists_is_known(name: str) -> None:
    from arfix.linkline.darwin_options import find_darwin_option  # noqa: PLC0415

    listed = (line.split() for line in output_of(need(name), "--help-hidden").splitlines() if line.startswith("  -"))
    words = [line[0].partition("<")[0].partition("=")[0] for line in listed]
    assert len(words) > 100
    assert [
        word for word in words if find_darwin_option(word) is None and find_darwin_option(f"{word}=x") is None
    ] == []


@pytest.mark.parametrize("name", [name for name in ("lld-link-14", "lld-link-19") if find(name)])
def test_every_option_that_lld_link_lists_is_known(name: str) -> None:
    from arfix.linkline.windows_options import find_windows_option  # noqa: PLC0415

    listed = (line.split() for line in output_of(need(name), "/help").splitlines() if line.startswith(("  /", "  -")))
    words = [line[0].partition("<")[0] for line in listed]
    assert len(words) > 100
    assert [word for word in words if find_windows_option(word) is None] == []
