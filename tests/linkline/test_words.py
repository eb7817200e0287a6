from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.linkline.words import shell_words, split_command


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
