"""Lines for ld64 and ld64.lld: what their options mean, and which files count."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.linkline.darwin_options import find_darwin_option
from arfix.linkline.inputs import open_files
from arfix.linkline.model import Unresolved
from arfix.linkline.read import read_command
from arfix.linkline.tool import Flavour
from tests.ar_builder import ar
from tests.foreign_objects import macho
from tests.linkline.outcomes import outcome_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkline.model import LinkCommand

_LD = "ld64.lld -arch x86_64 -platform_version macos 11.0 11.0 -o out -L. "
_TBD = """--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/usr/lib/libt.dylib'
exports:
  - targets: [ x86_64-macos ]
    symbols: [ _f ]
    objc-classes: [ Thing ]
  - targets: [ arm64-macos ]
    symbols: [ _g ]
...
"""


def read(line: str) -> LinkCommand:
    return read_command(line.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    objects = {
        "main": macho("_main", "?_f"),
        "f": macho("_f"),
        "fg": macho("_f", "_g"),
        "needsg": macho("_f", "?_g"),
        "wants": macho("_main", "?_f", wants=(("-lf",), ("-framework", "None"))),
    }
    for name, data in objects.items():
        (tmp_path / f"{name}.o").write_bytes(data)
        symbols = [(one, 0) for one in ("_main", "_f", "_g") if one.encode() + b"\0" in data]
        defined = [pair for pair in symbols if not (name in ("main", "wants") and pair[0] == "_f")]
        index = tuple(pair for pair in defined if not (name == "needsg" and pair[0] == "_g"))
        (tmp_path / f"lib{name}.a").write_bytes(ar((f"{name}.o", data), index=index))
    (tmp_path / "libt.tbd").write_text(_TBD, "utf-8")
    (tmp_path / "list").write_text("f.o\nmain.o\n", "utf-8")
    fat = struct.pack(">II5I", 0xCAFEBABE, 1, 0x01000007, 3, 4096, len(objects["f"]), 0)
    (tmp_path / "fat.o").write_bytes(fat.ljust(4096, b"\0") + objects["f"])
    return tmp_path


def outcome(line: str, folder: Path) -> str:
    """Return what a line does, as `outcome_of` spells it."""
    return outcome_of((_LD + line).split(), folder)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("main.o", "?_f"),
        ("f.o", "?_main"),
        ("main.o libf.a", "f.o"),
        ("libf.a main.o", "f.o"),
        ("main.o -lt libf.a", ""),
        ("main.o libf.a -lt", "f.o"),
        ("-lt libf.a main.o", ""),
        ("libf.a -lt main.o", "f.o"),
        ("-arch arm64 main.o -lt", "?_f"),
        ("main.o libf.a -force_load libfg.a", "f.o fg.o 2_f"),
        ("main.o -force_load libf.a -lf libf.a", "f.o"),
        ("main.o libf.a -lf -force_load libf.a", "f.o"),
        ("-all_load main.o libf.a libfg.a", "f.o fg.o 2_f"),
        ("-all_load -noall_load main.o libf.a libfg.a", "f.o"),
        ("-dylib main.o", "?_f"),
        ("-dylib main.o -undefined dynamic_lookup", ""),
        ("-dylib main.o -U _f", ""),
        ("-dylib main.o -undefined suppress", "!"),
        ("-dylib main.o -undefined suppress -flat_namespace", ""),
        ("-dylib -u _g libfg.a", "fg.o"),
        ("-dylib -u _zz f.o", "?_zz"),
        ("-dylib -exported_symbol _g libfg.a", "fg.o"),
        ("-dylib -exported_symbol _z* libfg.a", ""),
        ("-dylib -e _zz f.o", ""),
        ("-e _zz f.o", "?_zz"),
        ("-dylib -alias _f _h f.o -u _h", ""),
        ("main.o f.o f.o", "2_f"),
        ("main.o libneedsg.a libfg.a", "needsg.o fg.o 2_f"),
        ("-filelist list", ""),
        ("main.o fat.o", ""),
        ("-load_hidden libf.a main.o", "f.o"),
        ("-hidden-lf main.o", "f.o"),
        ("main.o -framework None", "?_f !"),
        ("wants.o", "f.o"),
        ("-ignore_auto_link wants.o", "?_f"),
        ("libwants.a", "wants.o f.o"),
    ],
)
def test_what_becomes_of_a_line(line: str, expected: str, folder: Path) -> None:
    assert outcome(line, folder) == expected


def test_a_library_that_an_object_names_and_that_is_not_there_is_noted(folder: Path) -> None:
    command = read_command((_LD + "wants.o").split(), str(folder))
    with ExitStack() as stack:
        opened = open_files(command, stack)
        assert [one.item.word for one in opened.files] == ["wants.o", "-lf"]
        assert opened.errors == ()
        assert [note.partition(":")[0] for note in opened.notes] == ["an object names -framework None"]


@pytest.mark.parametrize(
    "line",
    [
        "clang -target x86_64-apple-macos11 main.o -framework Foo -force_load liba.a",
        "clang -arch arm64 -dynamiclib main.o",
        "x86_64-apple-darwin20-clang main.o",
        "ld -arch x86_64 -platform_version macos 11.0 11.0 main.o",
        "ld64.lld main.o",
        "/usr/bin/ld-classic main.o",
    ],
)
def test_commands_for_apple_are_recognized(line: str) -> None:
    command = read(line)
    assert command.tool.flavour is Flavour.DARWIN
    assert command.not_understood == ()
    assert "main.o" in [one.word for one in command.inputs]


def test_options_that_change_the_link() -> None:
    command = read(
        "ld64.lld -Z -F fw -syslibroot /sdk -u _a -undefined warning -flat_namespace -dead_strip -bogus -needed-lx"
    )
    assert not command.uses_default_folders
    assert command.darwin.framework_folders == ("fw",)
    assert command.sysroot == "/sdk"
    assert command.roots == ("_a",)
    assert command.unresolved is Unresolved.WARNING
    assert command.not_modelled == ("-dead_strip",)
    assert command.not_understood == ("-bogus",)
    assert [one.word for one in command.inputs] == ["-lx"]


@pytest.mark.parametrize(("word", "name", "value"), [
    ("-lfoo", "l", "foo"),
    ("-weak-lfoo", "weak-l", "foo"),
    ("-Ldir", "L", "dir"),
    ("-lto_library", "lto_library", None),
    ("--lto-O2", "lto-O", "2"),
    ("--icf=all", "icf", "all"),
    ("--time-trace", "time-trace", None),
    ("-ObjC", "ObjC", None),
])  # fmt: skip
def test_spellings(word: str, name: str, value: str | None) -> None:
    found = find_darwin_option(word)
    assert found is not None
    assert (found.option.names[0], found.value) == (name, value)
