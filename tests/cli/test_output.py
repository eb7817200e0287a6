from __future__ import annotations

import io

import pytest

from arfix.cli.output import ColorWhen, Output, takes_colour
from arfix.errors import EditError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("when", "terminal", "environment", "colour"),
    [
        (ColorWhen.AUTO, True, {"TERM": "xterm"}, True),
        (ColorWhen.AUTO, False, {"TERM": "xterm"}, False),
        (ColorWhen.AUTO, True, {"TERM": "dumb"}, False),
        (ColorWhen.AUTO, True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (ColorWhen.AUTO, True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (ColorWhen.AUTO, False, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (ColorWhen.AUTO, False, {"FORCE_COLOR": "0"}, False),
        (ColorWhen.AUTO, False, {"FORCE_COLOR": ""}, False),
        (ColorWhen.AUTO, True, {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}, False),
        (ColorWhen.NEVER, True, {"FORCE_COLOR": "1"}, False),
        (ColorWhen.ALWAYS, False, {"NO_COLOR": "1", "TERM": "dumb"}, True),
        (ColorWhen.NEVER, True, {"TERM": "xterm"}, False),
    ],
)
def test_when_text_is_coloured(
    monkeypatch: pytest.MonkeyPatch,
    when: ColorWhen,
    terminal: bool,  # noqa: FBT001
    environment: dict[str, str],
    colour: bool,  # noqa: FBT001
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert takes_colour(Terminal() if terminal else io.StringIO(), when) is colour


def test_only_the_wanted_form_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> str:
        raise AssertionError

    output = Output()
    output.show(text=lambda: "as text\n", data=lambda: {"x": fail()})
    output.finish(0)
    assert capsys.readouterr().out == "as text\n"
    output.json = True
    output.show(text=fail, data=lambda: {"x": 1})


def test_lists_shown_one_by_one_are_joined(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.json = True
    for name in ("a", "b"):
        output.show(text=str, data=lambda name=name: {"archives": [name], "last": name})  # type: ignore[misc]
    output.finish(0)
    printed = capsys.readouterr().out
    assert '"archives": [\n    "a",\n    "b"\n  ]' in printed
    assert '"last": "b"' in printed


def test_painted_messages(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.color = ColorWhen.ALWAYS
    output.warn("two\nlines")
    output.error(EditError("no", hint="do this"))
    assert capsys.readouterr().err == (
        "\x1b[33marfix: warning:\x1b[0m two\n  lines\n\x1b[1;31marfix:\x1b[0m no\n\x1b[1mhint:\x1b[0m do this\n"
    )


def test_no_progress_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("reading", 1) as progress:
        progress.step("x")
    assert capsys.readouterr() == ("", "")
