from __future__ import annotations

import tomllib

import pytest

from arfix.audit.config import CheckConfig, decode_check_config
from arfix.audit.finding import Severity
from arfix.audit.ignores import Ignore
from arfix.documents.table import Document, Table
from arfix.documents.toml_lines import locate_keys
from arfix.errors import RecipeError, Where


def decode(text: str) -> CheckConfig:
    table = Table(tomllib.loads(text), Document("arfix.toml", locate_keys(text))).table("check")
    return CheckConfig() if table is None else decode_check_config(table)


def test_ignores_come_with_their_reasons() -> None:
    text = """
        [check]
        fail-on = "warning"
        [[check.ignore]]
        rule = "undefined-symbol"
        match = "libcrypto.a(*bss_log.o)"
        reason = "syslog comes with the next image"
        [[check.ignore]]
        rule = "missing-index"
        reason = "built on first use"
    """
    assert decode(text) == CheckConfig(
        (
            Ignore("undefined-symbol", "libcrypto.a(*bss_log.o)", "syslog comes with the next image"),
            Ignore("missing-index", None, "built on first use"),
        ),
        Severity.WARNING,
    )


def test_a_file_about_other_things_says_nothing() -> None:
    assert decode("[sysroot]\npath = 'x'\n") == CheckConfig()


@pytest.mark.parametrize(
    "text",
    [
        "check = 3",
        "[check]\nignores = []",
        "[check]\nignore = 3",
        "[check]\nignore = [3]",
        "[check]\nfail-on = 'never mind'",
        "[check]\nfail-on = 3",
        "[[check.ignore]]\nrule = 'malformed'",
        "[[check.ignore]]\nrule = 'malformed'\nreason = ' '",
        "[[check.ignore]]\nrule = 3\nreason = 'x'",
        "[[check.ignore]]\nrule = 'malformed'\nmatch = 3\nreason = 'x'",
        "[[check.ignore]]\nrule = 'no-such-rule'\nreason = 'x'",
        "[[check.ignore]]\nrule = 'malformed'\nreasons = 'x'\nreason = 'x'",
    ],
)
def test_what_it_cannot_mean_is_refused_with_the_file_named(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        decode(text)
    assert str(caught.value).startswith("arfix.toml:")


@pytest.mark.parametrize(
    ("text", "line", "near"),
    [
        ("[check]\nfail_on = 'warning'\n", 2, "fail-on"),
        ("version = 1\n\n[check]\nfial-on = 'warning'\n", 4, "fail-on"),
        ("[[check.ignore]]\nrule='not-pie'\nreason='x'\n[[check.ignore]]\nrule='not-pie'\nreasn='x'\n", 6, "reason"),
        ("[[check.ignored]]\nrule='not-pie'\n", 1, "ignore"),
        ("[check]\n[[check.ignore]]\nrules = 'not-pie'\n", 3, "rule"),
    ],
)
def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_key(text: str, line: int, near: str) -> None:
    with pytest.raises(RecipeError) as caught:
        decode(text)
    assert caught.value.where == Where("arfix.toml", line=line)
    assert caught.value.hint == f"Did you mean `{near}`?"
