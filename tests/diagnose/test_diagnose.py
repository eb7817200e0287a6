"""The causes that are found in logs of real linkers, and in logs with the shape of public reports."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arfix.diagnose.diagnose import diagnose_log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.diagnose.cause import Cause, Diagnosis

HERE = Path(__file__).parent
LOGS = {path.stem: path.read_bytes() for path in sorted((HERE / "logs").glob("*.log"))}
EXPECTED = tomllib.loads((HERE / "expected.toml").read_text(encoding="utf-8"))
NOISE = sorted(name for name in LOGS if not EXPECTED[name]["causes"])
#: Logs whose lines mean the same in any order: no place of theirs is on a line of its own.
SINGLE_LINES = sorted(name for name in LOGS if name.startswith(("gold-", "mold-", "msvc-", "wasm-", "mingw-")))


def diagnose(data: bytes) -> Diagnosis:
    return diagnose_log(io.BytesIO(data), "log")


def said(cause: Cause) -> str:
    word = "follows" if cause.follows else "" if cause.is_error else "warning"
    return " ".join(part for part in (word, cause.family.id, cause.subject) if part)


def keys(causes: Iterable[Cause]) -> set[tuple[str, str, str]]:
    """Return each symbol with what it belongs to, and causes without symbols."""
    return {(cause.family.id, cause.subject, symbol) for cause in causes for symbol in (cause.symbols or ("",))}


def test_every_log_has_an_expectation() -> None:
    assert set(EXPECTED) == set(LOGS)
    assert len(LOGS) > 200


@pytest.mark.parametrize("name", sorted(LOGS))
def test_causes_and_cures_of_a_log(name: str) -> None:
    found = diagnose(LOGS[name])
    assert [said(cause) for cause in found.causes] == EXPECTED[name]["causes"]
    assert [cure.text for cause in found.causes for cure in cause.cures] == EXPECTED[name].get("cures", [])
    assert all(1 <= cause.line <= found.lines for cause in found.causes)


PREFIXES = (
    "2024-03-02T10:11:12.1234567Z ",
    "#14 41.31 ",
    "[12/34] ",
    "[ 57%] ",
    "builder-1  | ",
    "[2024-03-02 10:11:12] ",
    "\x1b[36m",
    "  = note: ",
    "          ",
)


@pytest.mark.no_cover
@given(name=st.sampled_from(sorted(LOGS)), prefix=st.sampled_from(PREFIXES))
@settings(max_examples=40, deadline=None)
def test_prefixes_of_build_tools_change_no_cause(name: str, prefix: str) -> None:
    changed = b"".join(prefix.encode() + line for line in LOGS[name].splitlines(keepends=True))
    assert keys(diagnose(changed).causes) == keys(diagnose(LOGS[name]).causes)


@pytest.mark.no_cover
@given(name=st.sampled_from(sorted(LOGS)), codes=st.lists(st.sampled_from((1, 31, 35)), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_colours_change_no_cause(name: str, codes: list[int]) -> None:
    start = "".join(f"\x1b[{code}m\x1b[K" for code in codes).encode()
    changed = b"".join(
        start + line.replace(b": ", b":\x1b[m\x1b[K ").rstrip(b"\n") + b"\x1b[0m\n" for line in LOGS[name].splitlines()
    )
    assert keys(diagnose(changed).causes) == keys(diagnose(LOGS[name]).causes)


@pytest.mark.no_cover
@given(name=st.sampled_from(sorted(LOGS)), times=st.integers(2, 4), end=st.sampled_from((b"\n", b"\r\n")))
@settings(max_examples=30, deadline=None)
def test_a_log_that_is_repeated_has_the_same_causes(name: str, times: int, end: bytes) -> None:
    once, again = diagnose(LOGS[name]), diagnose(LOGS[name].replace(b"\n", end) * times)
    assert keys(again.causes) == keys(once.causes)
    assert sum(cause.count for cause in again.causes) >= sum(cause.count for cause in once.causes)


@pytest.mark.no_cover
@given(names=st.lists(st.sampled_from(SINGLE_LINES), min_size=2, max_size=2, unique=True), data=st.data())
@settings(max_examples=30, deadline=None)
def test_lines_of_two_links_may_be_interleaved(names: list[str], data: st.DataObject) -> None:
    one, other = (LOGS[name].splitlines(keepends=True) for name in names)
    together = diagnose(b"".join((*one, *other)))
    mixed: list[bytes] = []
    one, other = one[::-1], other[::-1]
    while one or other:
        take = one if not other or (one and data.draw(st.booleans())) else other
        mixed.append(take.pop())
    assert keys(diagnose(b"".join(mixed)).causes) == keys(together.causes)


@pytest.mark.parametrize("name", NOISE)
def test_noise_before_and_behind_changes_no_cause(name: str) -> None:
    failed = LOGS["bfd-undefined"]
    expected = keys(diagnose(failed).causes)
    assert keys(diagnose(LOGS[name] + failed + LOGS[name]).causes) == expected
    assert not diagnose(LOGS[name]).is_failure


@pytest.mark.no_cover
@given(data=st.binary(max_size=2000))
@settings(deadline=None)
def test_any_bytes_are_read(data: bytes) -> None:
    diagnose(data)


WORDS = (
    "undefined reference to `",
    "'",
    "error: ",
    "ld: ",
    ">>> ",
    "multiple definition of ",
    "LNK2019",
    "(.",
    ":",
    "\x1b[",
    "\n",
    '"',
)


@pytest.mark.no_cover
@given(parts=st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=60))
@settings(max_examples=60, deadline=None)
def test_pieces_of_messages_in_any_order_are_read(parts: list[str]) -> None:
    diagnose("".join(parts).encode("utf-8", "surrogatepass"))


def test_folders_of_the_compiler_are_named_short() -> None:
    """Only in absolute paths: a folder of the project may be a symbolic link."""
    log = (
        b"/usr/bin/ld: /usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/libq.a(q.o): in function `q':\n"
        b"(.text+0x10): undefined reference to `missing'\n"
        b"/usr/bin/ld: out/../libr.a(r.o): in function `r':\n(.text+0x10): undefined reference to `missing'\n"
    )
    (cause,) = diagnose(log).causes
    assert cause.places == ("/usr/lib/x86_64-linux-gnu/libq.a(q.o)", "out/../libr.a(r.o)")


def test_thousands_of_duplicates_are_one_cause() -> None:
    lines = "".join(
        f"ld: libtwo.a({n}.o): in function `f{n}':\n{n}.c:(.text+0x0): multiple definition of `f{n}'; "
        f"libone.a({n}.o):{n}.c:(.text+0x0): first defined here\n"
        for n in range(2000)
    )
    (cause,) = diagnose(lines.encode()).causes
    assert (cause.family.id, cause.symbol_count, cause.count) == ("duplicate-symbol", 2000, 2000)
    assert "libone.a" in cause.summary
    assert "libtwo.a" in cause.summary


def test_the_command_in_the_log_is_printed_with_the_change() -> None:
    (cause,) = diagnose(
        b"gcc -lz main.o -o app\nmain.o: in function `main':\n(.text+0x1): undefined reference to `deflate'\n"
    ).causes
    assert [cure.command for cure in cause.cures] == ["gcc main.o -lz -o app"]


def test_a_library_that_is_on_the_line_already_is_not_advised() -> None:
    (cause,) = diagnose(
        b"gcc main.o -lz -o app\nmain.o: in function `main':\n(.text+0x1): undefined reference to `deflate'\n"
    ).causes
    assert not cause.cures
    assert "-lz is on the link line" in cause.reasons[0]


def test_names_that_only_look_like_a_library_are_not_attributed() -> None:
    text = "".join(
        f"m.c:(.text+0x1): undefined reference to `{name}'\n" for name in ("timer_reset", "g_counter", "XmasTree")
    )
    (cause,) = diagnose(text.encode()).causes
    assert (cause.subject, cause.cures) == ("", ())


def test_all_missing_libraries_come_in_one_command() -> None:
    names = ("inflate", "EVP_sha256", "SSL_new")
    lines = "".join(f"(.text+0x1): undefined reference to `{name}'\n" for name in names)
    found = diagnose(f"gcc -static main.o libnet.a -lc -o app\nlibnet.a(net.o): in function `f':\n{lines}".encode())
    assert found.together == ("gcc -static main.o libnet.a -lssl -lcrypto -lz -lc -o app",)
