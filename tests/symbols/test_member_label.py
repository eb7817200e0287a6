from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.read import read
from arfix.edits.select import select
from arfix.symbols.member_label import MemberLabel, label_names, labels
from tests.ar_builder import ar

NAMES = st.lists(
    st.sampled_from(
        ["x.o", "y.o", "a#b.o", "x.o#1", "x.o#2", "x.o#2#2", "position:0", "position:2", "position:x", "long name.o"]
    ),
    max_size=8,
)


def test_the_second_member_of_a_name_has_a_number() -> None:
    first, other, second = label_names(["x.o", "y.o", "x.o"])
    assert [str(first), str(other), str(second)] == ["x.o", "y.o", "x.o#2"]
    assert [first.selector, other.selector, second.selector] == ["x.o#1", "y.o", "x.o#2"]
    assert second.name == "x.o"


def test_a_member_named_like_a_number_hides_no_other() -> None:
    """`x.o#2` is a name here; the second `x.o` still has a label that means it alone."""
    named = ["x.o", "x.o#2", "x.o", "position:0"]
    assert [str(one) for one in label_names(named)] == ["x.o", "x.o#2", "position:2", "position:3"]
    assert [one.selector for one in label_names(named)] == ["x.o#1", "x.o#2", "position:2", "position:3"]


@pytest.mark.parametrize("name", ["x.o", "a#b.o", "2", "x.o#", "x.o#2b", "x.o#²", "x.o#1234567890"])
def test_a_name_without_a_number_is_no_label(name: str) -> None:
    assert MemberLabel.parse(name) is None


@given(NAMES)
def test_a_selector_means_the_one_member_that_it_was_made_for(names: list[str]) -> None:
    archive = read(ar(*((name, b"text") for name in names)))
    made = label_names(names)
    assert labels(archive) == [str(one) for one in made]
    for position, label in enumerate(made):
        assert select(archive, [label.selector]).positions == (position,)
        if label.number > 1 or not label.is_repeated:
            assert select(archive, [str(label)]).positions == (position,)


def test_the_name_before_the_number_may_be_empty() -> None:
    label = MemberLabel.parse("#2")
    assert label is not None
    assert (label.name, label.number) == ("", 2)
