"""Recipes of every shape."""

from __future__ import annotations

from hypothesis import strategies as st

from arfix.archive.model import Kind
from arfix.audit.finding import Severity
from arfix.audit.ignores import Ignore
from arfix.audit.registry import RULE_IDS
from arfix.audit.rule_options import RuleValue
from arfix.edits.requests import (
    Convert,
    Flatten,
    FlattenChoice,
    Normalize,
    RebuildIndex,
    Strip,
    Stub,
    SymbolEdit,
    Symbols,
)
from arfix.linkage.model import Target
from arfix.recipe.model import (
    ArchiveEntry,
    Condition,
    Recipe,
    RecipeStep,
    RequiredLink,
    StubEntry,
)
from arfix.stubs.platform import CLibrary

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)
LISTS = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)
MAYBE = st.just(()) | LISTS
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
HASHES = st.lists(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), max_size=2).map(tuple)
WHENS = st.builds(Condition, MAYBE, MAYBE, HASHES)
REQUESTS = st.one_of(
    st.builds(
        Symbols,
        st.sampled_from([SymbolEdit.LOCALIZE, SymbolEdit.GLOBALIZE, SymbolEdit.WEAKEN, SymbolEdit.HIDE]),
        LISTS,
        members=MAYBE,
        force=st.booleans(),
    ),
    st.builds(Symbols, st.just(SymbolEdit.HIDE_ALL_BUT), LISTS, prefix=st.just("") | TEXTS),
    st.builds(Symbols, st.just(SymbolEdit.PREFIX), MAYBE, prefix=TEXTS),
    st.builds(
        Symbols,
        st.just(SymbolEdit.RENAME),
        renames=st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3).map(lambda one: tuple(one.items())),
    ),
)
ACTIONS = st.one_of(
    st.builds(Strip, LISTS, st.booleans(), st.booleans()),
    st.builds(Flatten, st.sampled_from(FlattenChoice)),
    st.builds(Flatten, st.none(), MAYBE),
    REQUESTS,
    st.builds(Stub, st.lists(NAMES, min_size=1).map(tuple), st.booleans(), st.booleans()),
    st.just(RebuildIndex()),
    st.just(Normalize()),
    st.builds(Convert, st.sampled_from([Kind.GNU, Kind.GNU64, Kind.BSD, Kind.DARWIN, Kind.DARWIN64, Kind.COFF])),
)
STEPS = st.lists(st.builds(RecipeStep, ACTIONS, TEXTS, WHENS), min_size=1, max_size=3).map(tuple)
ENTRIES = st.builds(ArchiveEntry, TEXTS, st.booleans(), STEPS, WHENS)
IGNORES = st.builds(Ignore, st.sampled_from(RULE_IDS), st.none() | TEXTS, TEXTS)
WHOLES = st.builds(
    RequiredLink,
    TEXTS,
    LISTS,
    MAYBE,
    st.booleans(),
    st.sampled_from(Target),
    MAYBE,
    MAYBE,
    st.lists(IGNORES, max_size=2).map(tuple),
    st.sampled_from(Severity),
    WHENS,
    st.just(()) | st.integers(0, 1 << 40).map(lambda value: (RuleValue("undefined-symbol", "most-stubs", value),)),
    st.lists(st.sampled_from(RULE_IDS), max_size=2, unique=True).map(tuple),
)
LIBRARIES = st.none() | st.sampled_from(CLibrary)
REQUESTED = st.lists(NAMES, min_size=1).map(tuple)
STUB_ENTRIES = st.builds(StubEntry, TEXTS, REQUESTED, TEXTS, TEXTS, libc=LIBRARIES, when=WHENS)

#: Whole recipes, as the writer takes them.
RECIPES = st.builds(
    Recipe,
    st.just(""),
    archives=st.lists(ENTRIES, max_size=2).map(tuple),
    stubs=st.lists(STUB_ENTRIES, max_size=2).map(tuple),
    required_links=st.lists(WHOLES, max_size=2, unique_by=lambda one: one.name).map(tuple),
)
