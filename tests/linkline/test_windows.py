"""Lines for link.exe and lld-link: what their options mean, and which files count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkage.model import Target
from arfix.linkline.definition_file import read_definition_file
from arfix.linkline.read import read_command
from arfix.linkline.tool import Flavour
from arfix.linkline.words import split_windows
from tests.ar_builder import ar
from tests.foreign_objects import coff
from tests.linkline.outcomes import outcome_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkline.model import LinkCommand


def read(line: str) -> LinkCommand:
    return read_command(line.split(" "))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LIB", raising=False)
    objects = {
        "start": coff("mainCRTStartup", "?f"),
        "main": coff("main", "?f"),
        "crt": coff("mainCRTStartup", "?main"),
        "f": coff("f"),
        "fg": coff("f", "g"),
        "needsg": coff("f", "?g"),
        "gh": coff("g", "h"),
        "g": coff("g"),
        "wants": coff("mainCRTStartup", "?f", directives='/DEFAULTLIB:"f" /include:g'),
        "same": coff("mainCRTStartup", "?f", directives="-alternatename:f=g"),
        "exports": coff("mainCRTStartup", directives="/export:g,@1"),
    }
    for name, data in objects.items():
        (tmp_path / f"{name}.obj").write_bytes(data)
        defined = [one for one in ("mainCRTStartup", "main", "f", "g", "h") if one.encode() + b"\0" in data]
        missing = {"start": "f", "main": "f", "crt": "main", "needsg": "g", "wants": "f", "same": "f"}.get(name)
        index = tuple((one, 0) for one in defined if one != missing)
        (tmp_path / f"{name}.lib").write_bytes(ar((f"{name}.obj", data), index=index))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.lib").write_bytes(ar(("i.obj", coff("f")), index=(("f", 0),)))
    (tmp_path / "x.def").write_text("LIBRARY x\nEXPORTS\n  g @1 NONAME\n  other = h\n", "utf-8")
    (tmp_path / "a.rsp").write_bytes('start.obj "f.lib"\r\n'.encode("utf-16"))
    return tmp_path


def outcome(line: str, folder: Path) -> str:
    """Return what a line does, as `outcome_of` spells it."""
    return outcome_of(["lld-link", *line.split(" ")], folder)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("start.obj /subsystem:console", "?f"),
        ("start.obj f.lib /subsystem:console", "f.obj"),
        ("f.lib start.obj /SUBSYSTEM:CONSOLE,6.0", "f.obj"),
        ("start.obj f.lib", "f.obj !"),
        ("start f /subsystem:console", ""),
        ("main.obj crt.lib f.lib", "f.obj crt.obj"),
        ("main.obj f.obj", "?mainCRTStartup"),
        ("/dll f.obj", "?_DllMainCRTStartup"),
        ("/dll /noentry f.obj", ""),
        ("start.obj needsg.lib gh.lib g.obj /subsystem:console", "needsg.obj"),
        ("start.obj f.lib f.obj /subsystem:console", "f.obj 2f"),
        ("start.obj f.lib fg.lib /subsystem:console", "f.obj"),
        ("start.obj f.obj f.obj /subsystem:console", ""),
        ("start.obj f.lib /wholearchive:f.lib fg.lib /subsystem:console", "f.obj"),
        ("/wholearchive start.obj f.lib fg.lib /subsystem:console", "f.obj fg.obj 2f"),
        ("start.obj /libpath:sub inner.lib -subsystem:console", "i.obj"),
        ("start.obj inner.lib /subsystem:console", "?f !"),
        ("start.obj /defaultlib:f /subsystem:console", "f.obj"),
        ("start.obj /defaultlib:f /nodefaultlib:F.LIB /subsystem:console", "?f"),
        ("start.obj /defaultlib:none /subsystem:console f.obj", "!"),
        ("wants.obj fg.lib /subsystem:console", "fg.obj"),
        ("wants.obj g.lib /subsystem:console", "g.obj f.obj"),
        ("wants.obj g.lib /nodefaultlib /subsystem:console", "g.obj ?f"),
        ("wants.lib g.lib /subsystem:console", "wants.obj f.obj"),
        ("same.obj g.lib /subsystem:console", "g.obj"),
        ("start.obj /alternatename:f=g gh.lib /subsystem:console", "gh.obj"),
        ("start.obj /alternatename:f=zz /subsystem:console", "?f"),
        ("exports.obj gh.lib /subsystem:console", "gh.obj"),
        ("exports.obj /subsystem:console", "?g"),
        ("/dll /noentry f.obj /def:x.def gh.lib", "gh.obj"),
        ("/dll /noentry f.obj /def:x.def g.lib", "g.obj ?h"),
        ("/dll /noentry f.obj /export:other=f,DATA /export:fw=K.f", ""),
        ("start.obj f.obj /include:zz /subsystem:console", "?zz"),
        ("start.obj f.obj /includeoptional:h /includeoptional:zz gh.lib /subsystem:console", "gh.obj"),
        ("start.obj f.obj /entry:begin /subsystem:console", "?begin"),
        ("start.obj /force:unresolved /subsystem:console", ""),
        ("start.obj f.obj fg.obj /FORCE:MULTIPLE /subsystem:console", ""),
        ("start.obj f.obj fg.obj /force:unresolved /subsystem:console", "2f"),
        ("@a.rsp /subsystem:console", "f.obj"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_line(line: str, expected: str, folder: Path) -> None:
    assert outcome(line, folder) == expected


def test_folders_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIB", f"{folder}/none;{folder}/sub")
    assert outcome("start.obj inner.lib /subsystem:console", folder) == "i.obj"
    assert outcome("start.obj inner.lib /subsystem:console /lldignoreenv", folder) == "?f !"


@pytest.mark.parametrize(
    "line",
    [
        "link.exe /OUT:x.exe a.obj",
        "lld-link -out:x.exe a.obj",
        "clang --target=x86_64-pc-windows-msvc a.obj -o x.exe",
        "cl.exe /nologo /MD a.obj /Fex.exe /link /subsystem:console",
        "clang-cl -fuse-ld=lld a.obj /Fe:x.exe",
    ],
)
def test_commands_for_windows_are_recognized(line: str) -> None:
    command = read(line)
    assert command.tool.flavour is Flavour.WINDOWS
    assert (command.output, command.not_understood) == ("x.exe", ())
    assert [one.word for one in command.inputs] == ["a.obj"]


def test_options_before_and_after_link() -> None:
    command = read("cl /LD /c2 a.obj /Tc b.c c.cpp x.lib /link /def:d.def /bogus -other y.lib")
    assert command.target is Target.SHARED
    assert command.sources == ("b.c", "c.cpp")
    assert [one.word for one in command.inputs] == ["y.lib", "a.obj", "x.lib"]
    assert command.windows.definition_files == ("d.def",)
    assert command.not_understood == ("/c2", "/bogus", "-other")
    assert not read("cl /c a.c").links


def test_a_word_with_a_slash_may_be_a_file() -> None:
    command = read("lld-link /obj/a.obj /LIBPATH:x /nologo /version:1.2")
    assert [one.word for one in command.inputs] == ["/obj/a.obj"]
    assert command.links
    assert not read("lld-link --version").links


@pytest.mark.parametrize(("text", "words"), [
    (r'a "b c" d', ["a", "b c", "d"]),
    (r'C:\lib\x.lib "C:\my dir\\" y', ["C:\\lib\\x.lib", "C:\\my dir\\", "y"]),
    (r'\"a\" /D"x y"z', ['"a"', "/Dx yz"]),
    (r'"a""b" ""', ['a"b', ""]),
    ("a\r\nb", ["a", "b"]),
])  # fmt: skip
def test_words_of_a_response_file(text: str, words: list[str]) -> None:
    assert split_windows(text) == words


def test_exports_of_a_definition_file() -> None:
    text = 'LIBRARY "a.dll" BASE=0x1\nEXPORTS f\n g=h @2 NONAME ; h\n "i j" DATA\n k == l\nSECTIONS\n .x READ\n'
    assert list(read_definition_file(text)) == ["f", "g=h", "i j", "k"]
