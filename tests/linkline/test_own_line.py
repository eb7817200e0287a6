from __future__ import annotations

import pytest

from arfix.linkage.trial import OUTPUT
from arfix.linkline.own_line import own_line
from arfix.linkline.read import read_command


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("ld -o app a.o -Map app.map -Map=x -z now --out-implib i.a -lz", "a.o -z now -lz"),
        ("ld.lld --why-extract=w --output=app -oapp2 a.o -M --cref --save-temps=obj", "a.o"),
        ("gcc -o app -O2 a.o -lz -MMD -MF a.d -save-temps", "-O2 a.o -lz"),
        ("gcc a.o -Wl,-Map,app.map,-z,now -Wl,-Map=b -L lib", "a.o -Xlinker -z -Xlinker now -L lib"),
        ("gcc a.o -Xlinker -Map -Xlinker app.map -Xlinker -s -oapp", "a.o -Xlinker -s"),
        ("gcc -Wl,--whole-archive a.a -Wl,-s", "-Xlinker --whole-archive a.a -Xlinker -s"),
    ],
)  # fmt: skip
def test_what_the_command_would_write_is_left_out(line: str, own: str) -> None:
    words = line.split()
    made = own_line(read_command(words))
    assert made.words == (words[0], "-o", OUTPUT, *own.split())


def test_the_output_and_more_options() -> None:
    assert own_line(read_command(["ld", "a.o"])).command("x", ("-s",)) == ("ld", "-o", "x", "a.o", "-s")
    assert own_line(read_command(["gcc", "a.o"])).command("x", ("-s",)) == ("gcc", "-o", "x", "a.o", "-Xlinker", "-s")
