"""What objects say to the linker."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import ArfixError
from arfix.formats.coff import read_directives
from arfix.formats.macho_commands import is_macho_object, read_linker_options
from arfix.formats.model import Content
from tests.foreign_objects import coff, macho

_OBJECT = macho("_f", wants=(("-lz",), ("-framework", "A")))


def test_words_of_an_object() -> None:
    assert is_macho_object(memoryview(_OBJECT))
    assert read_linker_options(memoryview(_OBJECT)) == (("-lz",), ("-framework", "A"))


@given(st.sampled_from([_OBJECT, coff("f", directives="/include:g")]), st.integers(0, 400), st.binary(max_size=8))
def test_damaged_files_are_read_or_refused(data: bytes, at: int, patch: bytes) -> None:
    at = min(at, len(data))
    for damaged in (data[:at], data[:at] + patch + data[at + len(patch) :]):
        view = memoryview(damaged)
        read_linker_options(view)
        with contextlib.suppress(ArfixError):
            read_directives(view, Content.COFF)
