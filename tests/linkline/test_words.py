from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import AccessError, FormatError, Where
from arfix.linkline import words as words_module
from arfix.linkline.words import expand_words, shell_words, split_command, split_response
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

HERE = Where("args")


def expanded(words: list[str]) -> list[str]:
    return list(expand_words(words, until="--"))


WRITTEN = [
    ("", []),
    (" \n\t ", []),
    ("a b\nc\td\r\n", ["a", "b", "c", "d"]),
    ("'a b' \"c d\"", ["a b", "c d"]),
    ("''", [""]),
    ("a'b c'd", ["ab cd"]),
    (r"a\ b \'x \\", ["a b", "'x", "\\"]),
    (r"'it\'s' \"", ["it's", '"']),
    ('"it\'s" \'say "x"\'', ["it's", 'say "x"']),
]


@pytest.mark.parametrize(("text", "arguments"), WRITTEN)
def test_quoting(text: str, arguments: list[str]) -> None:
    assert split_response(text, HERE) == arguments


#: What binutils 2.43 and newer read differently: a backslash inside single quotes is one, as in a shell. Older ones and
#: LLVM's tools let it take the next character literally, and so does arfix.
READ_AS_A_SHELL_DOES = {r"'it\'s' \"": [r"it\s \""]}


@pytest.mark.oracle
@pytest.mark.parametrize("tool", ["ar", "llvm-ar"])
@pytest.mark.parametrize(("text", "arguments"), [(text, words) for text, words in WRITTEN if all(words) and words])
def test_quoting_is_that_of_other_archivers(text: str, arguments: list[str], tool: str, tmp_path: Path) -> None:
    newer = READ_AS_A_SHELL_DOES.get(text, arguments)
    for name in {*arguments, *newer}:
        (tmp_path / name).write_text("x")
    (tmp_path / "response").write_text(f"rc lib.a {text}")
    output_of(need(tool), "@response", cwd=tmp_path)
    found = output_of(need(tool), "t", "lib.a", cwd=tmp_path).splitlines()
    # older archivers take a backslash for a slash in names of several characters
    plain = [name.replace("\\", "/") if len(name) > 1 else name for name in arguments]
    assert found in ([plain] if tool == "llvm-ar" else [plain, arguments, newer])


@pytest.mark.parametrize("text", ["'open", '"open', "a 'b\\'"])
def test_open_quote_is_an_error(text: str) -> None:
    with pytest.raises(FormatError, match="not closed"):
        split_response(text, HERE)


@given(st.lists(st.text(st.characters(exclude_characters="\0"))))
def test_quoted_words_come_back(words: list[str]) -> None:
    written = "\n".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
    assert split_response(written, HERE) == words


def test_files_name_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outer").write_text("a @inner @inner d")
    (tmp_path / "inner").write_text("b c")
    assert expanded(["x", "@outer", "y"]) == ["x", "a", "b", "c", "b", "c", "d", "y"]


def test_no_such_file_is_literal() -> None:
    assert expanded(["@no-such-file", "@"]) == ["@no-such-file", "@"]


def test_behind_two_dashes_all_is_literal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f").write_text("a --")
    assert expanded(["--", "@f"]) == ["--", "@f"]
    assert expanded(["@f", "@f"]) == ["a", "--", "@f"]


def test_file_in_itself_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(f"@{tmp_path}/g")
    (tmp_path / "g").write_text(f"@{tmp_path}/f")
    with pytest.raises(FormatError, match="includes itself"):
        expanded([f"@{tmp_path}/f"])


def test_depth_is_limited(tmp_path: Path) -> None:
    for number in range(1300):
        (tmp_path / f"r{number}").write_text(f"@{tmp_path}/r{number + 1}")
    (tmp_path / "r1300").write_text("x")
    assert expanded([f"@{tmp_path}/r1250"]) == ["x"]
    with pytest.raises(FormatError, match=r"r\d+: response files name each other more than 100 deep"):
        expanded([f"@{tmp_path}/r0"])


def test_number_of_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words_module, "MAX_FILES", 3)
    (tmp_path / "f").write_text("x")
    assert expanded([f"@{tmp_path}/f"] * 3) == ["x"] * 3
    with pytest.raises(FormatError, match="more than 3"):
        expanded([f"@{tmp_path}/f"] * 4)


def test_bytes_that_are_not_utf8_survive(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xff.o")
    assert expanded([f"@{tmp_path}/f"]) == [os.fsdecode(b"\xff.o")]


def test_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_text("x")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(AccessError, match="Permission denied"):
        expanded([f"@{tmp_path}/f"])


def test_a_name_that_no_file_can_have_is_an_argument() -> None:
    assert expanded([f"@{'x' * 5000}", "@\0"]) == [f"@{'x' * 5000}", "@\0"]


@given(st.text(alphabet="ab \t\n\x0b\"'\\#$", max_size=12) | st.text(max_size=12))
def test_words_are_those_of_the_slower_reader(text: str) -> None:
    try:
        known = shlex.split(text)
    except ValueError:
        with pytest.raises(ValueError, match="quote"):
            shell_words(text)
        assert split_command(text) == tuple(text.split())
    else:
        assert shell_words(text) == known
