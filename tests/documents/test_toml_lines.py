from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from arfix.documents.toml_lines import locate_keys

TEXT = '''\
version = 1            # a comment with [brackets] = and "quotes
title = """
[not.a.table]
x = 1 \\""" still
"""

[[archive]]
path = "a]b" # more
when = { machine = ["x",
  "y"], exists = 'z' }

[[archive.step]]
"quoted key" = 1
strip = [
  # [comment]
  "one",
  "two", ]
[[archive.step]]
a . b = 2
[[archive]]
[archive.when]
machine = 1979-05-27T07:32:00Z
[whole-archive."na.me"]
x = [[1, 2], [3]]
'''


def test_every_key_has_its_line() -> None:
    tomllib.loads(TEXT)
    lines = locate_keys(TEXT)
    assert lines["version",] == 1
    assert lines["title",] == 2
    assert lines["archive", 0] == 7
    assert lines["archive", 0, "path"] == 8
    assert lines["archive", 0, "when", "machine"] == 9
    assert lines["archive", 0, "when", "machine", 1] == 10
    assert lines["archive", 0, "when", "exists"] == 10
    assert lines["archive", 0, "step", 0] == 12
    assert lines["archive", 0, "step", 0, "quoted key"] == 13
    assert lines["archive", 0, "step", 0, "strip", 1] == 17
    assert lines["archive", 0, "step", 1, "a", "b"] == 19
    assert lines["archive", 1] == 20
    assert lines["archive", 1, "when", "machine"] == 22
    assert lines["whole-archive", "na.me"] == 23
    assert lines["whole-archive", "na.me", "x", 1, 0] == 24
    assert ("not",) not in lines


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Return the place of everything in a parsed document."""
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return {path}.union(*(paths(child, (*path, key)) for key, child in children))


KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f.g'", "h.i"])
VALUES = st.recursive(
    st.sampled_from(["1", '"t,e]x}t#"', "'''\n[x]\n'''", '"""a\n"b""""', "true", "1.5e3", '"\\""', "'\\'"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[" + ",\n # ]\n".join(items) + "]"),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[t]", "[[u]]", "[u.v]", "[[u.w]]"]), KEYS, VALUES), max_size=6))
def test_whatever_tomllib_reads_is_located(rows: list[tuple[str, str, str]]) -> None:
    text = "\n".join(f"{header}\n{key} = {value}" for header, key, value in rows)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = locate_keys(text)
    assert set(lines) == paths(document) - {()}
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
