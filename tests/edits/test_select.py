from __future__ import annotations

import re
import time
from fnmatch import translate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.read import read
from arfix.edits.select import MatchKind, NotFoundError, select
from arfix.errors import EditError
from arfix.symbols.member_label import labels
from tests.ar_builder import ar
from tests.elf_builder import elf

OPENSSL = read(
    ar(
        ("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?syslog")),
        ("libcrypto-lib-bss_sock.o", elf("BIO_s_socket")),
        ("x.o", elf("one")),
        ("x.o", elf("two")),
        ("notes.txt", b"read me\n"),
        ("libm.a", ar(("y.o", elf("y")))),
        ("[odd].o", elf("odd")),
    )
)


@pytest.mark.parametrize(
    ("selector", "how", "positions"),
    [
        ("libcrypto-lib-bss_log.o", MatchKind.NAME, (0,)),
        ("bss_log.o", MatchKind.SHORT_NAME, (0,)),
        ("bss_log.o#1", MatchKind.NUMBERED, (0,)),
        ("x.o", MatchKind.NAME, (2, 3)),
        ("x.o#1", MatchKind.NUMBERED, (2,)),
        ("x.o#2", MatchKind.NUMBERED, (3,)),
        ("libcrypto-lib-*.o", MatchKind.GLOB, (0, 1)),
        ("*_s[oz]ck.o", MatchKind.GLOB, (1,)),
        ("[odd].o", MatchKind.NAME, (6,)),
        ("defines:two", MatchKind.SYMBOL, (3,)),
        ("needs:syslog", MatchKind.SYMBOL, (0,)),
        ("kind:text", MatchKind.KIND, (4,)),
        ("kind:archive", MatchKind.KIND, (5,)),
        ("kind:non-object", MatchKind.KIND, (4, 5)),
        ("kind:elf-relocatable", MatchKind.KIND, (0, 1, 2, 3, 6)),
    ],
)
def test_each_kind_of_selector_finds_its_members(selector: str, how: MatchKind, positions: tuple[int, ...]) -> None:
    (match,) = select(OPENSSL, [selector]).matches
    assert (match.how, match.positions) == (how, positions)


@pytest.mark.parametrize(
    "selector",
    [
        "log.o",
        "s_log.o",
        "x.o#3",
        "x.o#0",
        "*.obj",
        "defines:nothing",
        "needs:one",
        "kind:wasm",
        "",
        "#2",
        "X.O",
        "y.o",
    ],
)
def test_what_matches_nothing_is_an_error(selector: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        select(OPENSSL, [selector])
    assert caught.value.selectors == (selector,)
    assert select(OPENSSL, [selector], if_present=True).absent == (selector,)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("libcrypto-shlib-a.o", "a.o"),
        ("libfoo_la-a.o", "a.o"),
        ("libfoo_a-a.o", "a.o"),
        ("crypto/bio/libcrypto-lib-a.o", "a.o"),
        ("legacy-dso-a.o", "a.o"),
        ("my-lib_la-sub-a.o", "sub-a.o"),
    ],
)
def test_prefixes_of_build_systems(name: str, short: str) -> None:
    archive = read(ar((name, elf("a")), ("b.o", elf("b"))))
    assert select(archive, [short]).matches[0].how is MatchKind.SHORT_NAME


@pytest.mark.parametrize("name", ["xa.o", "foo-a.o", "some/directory/a.o", "lt1-a.o", "_la-a.o"])
def test_other_prefixes_are_not_guessed(name: str) -> None:
    with pytest.raises(NotFoundError, match="no member matches") as caught:
        select(read(ar((name, elf("a")))), ["a.o"])
    assert caught.value.hint is not None
    assert name in caught.value.hint


def test_two_names_behind_a_short_one_are_both_listed() -> None:
    archive = read(ar(("libssl-lib-a.o", elf("a")), ("libcrypto-lib-a.o", elf("b"))))
    with pytest.raises(EditError, match=r"libssl-lib-a\.o, libcrypto-lib-a\.o"):
        select(archive, ["a.o"])


def test_every_member_of_a_name_behind_a_short_one_is_meant() -> None:
    archive = read(ar(("libz-lib-a.o", elf("a")), ("libz-lib-a.o", elf("b"))))
    assert select(archive, ["a.o"]).positions == (0, 1)
    assert select(archive, ["a.o#2"]).positions == (1,)


def test_nearest_names_are_found_behind_a_build_systems_prefix() -> None:
    with pytest.raises(EditError) as caught:
        select(read(ar(("libcrypto-lib-bss_log.o", b""), ("libcrypto-lib-evp.o", b""))), ["bss_lag.o"])
    assert caught.value.hint == "Nearest: libcrypto-lib-bss_log.o."


def test_nearest_names_and_counts_are_told() -> None:
    with pytest.raises(NotFoundError) as caught:
        select(OPENSSL, ["libcrypto-lib-bss_lgo.o", "x.o#7"])
    assert "libcrypto-lib-bss_log.o" in str(caught.value.hint)
    assert "x.o (there are 2)" in str(caught.value.hint)


def test_an_unknown_kind_is_not_an_empty_one() -> None:
    with pytest.raises(EditError, match='no kind is called "txt"'):
        select(OPENSSL, ["kind:txt"], if_present=True)
    with pytest.raises(EditError, match="nothing after the colon"):
        select(OPENSSL, ["defines:"])


def test_a_position_is_found_once_whatever_finds_it() -> None:
    selection = select(OPENSSL, ["x.o#2", "x.o", "*.o"])
    assert selection.positions == (0, 1, 2, 3, 6)
    assert selection.by_position()[3].selector == "x.o#2"
    assert selection.by_position()[2].selector == "x.o"


def test_labels_number_what_repeats() -> None:
    assert labels(OPENSSL)[2:5] == ["x.o", "x.o#2", "notes.txt"]


@pytest.mark.parametrize("name", ["[a].o", "*.o", "?.o", "defines:x", "needs:x", "kind:elf", "x#1.o"])
def test_the_second_of_a_name_that_looks_like_a_pattern(name: str) -> None:
    archive = read(ar((name, b"one"), (name, b"two")))
    assert select(archive, [f"{name}#2"]).positions == (1,)


@given(
    st.lists(st.text("ab.o[]*-_l", min_size=1, max_size=6), min_size=1, max_size=12),
    st.text("ab.o[]*?-", min_size=1, max_size=6),
)
def test_a_glob_finds_the_members_that_it_matches(names: list[str], glob: str) -> None:
    archive = read(ar(*((name, b"") for name in names)))
    stored = [member.name for member in archive]
    wanted = tuple(at for at, name in enumerate(stored) if re.match(translate(glob), name))
    if not any(mark in glob for mark in "*?[") or glob in stored:
        return
    found = select(archive, [glob], if_present=True).matches
    assert [match.positions for match in found] == ([wanted] if wanted else [])


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize("selector", ["m{}.o", "m{}.o#1", "m{}.*", "*{}.o", "{}.o", "defines:f{}", "kind:text"])
def test_many_selectors_cost_no_more_than_the_members(selector: str) -> None:
    def seconds(count: int) -> float:
        prefix = "libx_la-" if selector == "{}.o" else "m"
        archive = read(ar(*((f"{prefix}{at:05}.o", b"text\n") for at in range(count))))
        selectors = [selector.format(f"{at:05}") for at in range(0, count, 2 if selector != "kind:text" else count)]
        best = []
        for _ in range(3):
            re.purge()
            start = time.process_time()
            select(archive, selectors, if_present=True)
            best.append(time.process_time() - start)
        return min(best)

    assert seconds(4000) < 8 * seconds(1000) + 0.05  # 16 if each selector looked at every member


def test_members_without_a_name_have_numbers() -> None:
    """A header full of blanks names nothing; `check` prints `#2` for the second of them."""
    data = (
        ar(("a.o", elf("a")), ("c.o", elf("b")), ("b.o", elf("b"))).replace(b"a.o/", b"    ").replace(b"b.o/", b"    ")
    )
    archive = read(data)
    assert [member.name for member in archive] == ["", "c.o", ""]
    assert select(archive, ["#2"]).by_position().keys() == {2}
    assert select(archive, [""]).by_position().keys() == {0, 2}


@pytest.mark.parametrize(
    ("selector", "positions"),
    [
        ("defines:n::T::get(int) const", {0}),
        ("defines:n::T::get", {0}),
        ("needs:n::T::get(int) const", {1}),
        ("defines:_ZNK1n1T3getEi", {0}),
    ],
)
def test_a_symbol_may_be_given_as_linkers_print_it(selector: str, positions: set[int]) -> None:
    archive = read(ar(("t.o", elf("_ZNK1n1T3getEi")), ("u.o", elf("u", "?_ZNK1n1T3getEi"))))
    assert select(archive, [selector]).by_position().keys() == positions
