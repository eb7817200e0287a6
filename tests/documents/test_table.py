from __future__ import annotations

import pytest

from arfix.documents.table import Table, parse_json
from arfix.errors import RecipeError, Where


def read(text: str) -> Table:
    return parse_json(text, "a.json", "Remove it.")


def test_values_are_returned_as_they_are() -> None:
    table = read('{"s": "", "n": null, "l": ["", "$x"], "t": {"a": {"s": "1"}}, "r": [{"s": "2"}], "f": true}')
    assert (table.string("s"), table.optional_string("n"), table.optional_string("absent")) == ("", None, None)
    assert (table.strings("l"), table.flag("f"), table.string("absent", "d")) == (("", "$x"), True, "d")
    assert {name: one.string("s") for name, one in table.named_tables("t").items()} == {"a": "1"}
    assert [one.string("s") for one in table.tables("r", required=True)] == ["2"]


@pytest.mark.parametrize(
    "text",
    ["", "3", "[]", "[" * 100_000, "{}", '{"s": 3}', '{"s": "", "l": [3]}', '{"s": "", "l": [], "r": 3}'],
)
def test_anything_else_is_refused_with_the_file_and_what_to_do(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        (table := read(text)).string("s"), table.strings("l"), list(table.tables("r", required=True))
    assert caught.value.where == Where("a.json")
    assert caught.value.hint == "Remove it."
