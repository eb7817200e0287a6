from __future__ import annotations

import pytest

from arfix.edits.symbol_lists import collect_renames, decode_names, decode_rename, decode_renames
from arfix.errors import EditError, Where

HERE = Where("list.txt")


def test_names_as_objcopy_reads_them() -> None:
    assert decode_names("# all of it\n  one\ntwo # why\n\nthree", HERE) == ("one", "two", "three")


def test_renames_as_objcopy_reads_them() -> None:
    assert decode_renames("old new\n# none\na\tb\n", HERE) == (("old", "new"), ("a", "b"))


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (decode_names, "one two\n", "list.txt: line 1 is 'one two', expected one name"),
        (decode_names, "# nothing\n", "list.txt: the list names no symbol"),
        (decode_renames, "a b\nalone\n", "list.txt: line 2 is 'alone', expected OLD NEW"),
        (decode_renames, "\n", "list.txt: the list renames no symbol"),
    ],
)
def test_what_a_list_cannot_hold(read: object, text: str, message: str) -> None:
    assert callable(read)
    with pytest.raises(EditError) as caught:
        read(text, HERE)
    assert str(caught.value) == message


def test_one_rename() -> None:
    assert decode_rename("a=b=c") == ("a", "b=c")
    for wrong in ("a", "=b", "a="):
        with pytest.raises(EditError, match="expected OLD=NEW"):
            decode_rename(wrong)


def test_one_symbol_gets_one_name() -> None:
    assert collect_renames([("a", "b"), ("a", "b")]) == {"a": "b"}
    with pytest.raises(EditError, match="a would be called both b and c"):
        collect_renames([("a", "b"), ("a", "c")])
