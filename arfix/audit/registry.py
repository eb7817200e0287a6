"""All rules, in the order of the documentation. A rule's module is imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from arfix.audit.rule import ArchiveRule, LinkRule, VerifyRule

if TYPE_CHECKING:
    from collections.abc import Container

    from arfix.audit.rule import Rule

#: Rules that look at one archive at a time.
ARCHIVE_RULE_IDS = (
    "malformed",
    "nested-archive",
    "non-object-member",
    "thin-broken",
    "mixed-machine",
    "missing-index",
    "stale-index",
    "foreign-kind",
    "misaligned-member",
    "lto-only",
    "stripped-symbols",
    "duplicate-member-name",
    "identical-member",
    "libtool-residue",
    "not-deterministic",
    "executable-stack",
    "lost-property",
    "constructor-added",
    "static-tls",
    "build-paths",
)

#: Archive rules that run only if enabled, as their `RuleText.default` says.
OPTIONAL_RULE_IDS = frozenset({"build-paths"})

#: Rules that look at the whole link.
LINK_RULE_IDS = (
    "undefined-symbol",
    "duplicate-definition",
    "hidden-weak-shadow",
    "not-exported",
    "warning-symbol",
    "mixed-abi",
    "not-pic",
    "not-pie",
    "version-node",
    "thread-local-mismatch",
    "discarded-reference",
    "hidden-reference",
    "library-undefined",
    "wrong-machine",
    "named-twice",
    "provider-members",
    "weak-reference",
    "constructor-left-out",
    "linkers-differ",
    "out-of-range",
    "obsolete-stub",
)

#: Rules of `arfix verify`, which compare the prediction with a real linker's result.
VERIFY_RULE_IDS = (
    "link-fails",
    "silent-loss",
    "prediction-differs",
)

RULE_IDS = (*ARCHIVE_RULE_IDS, *LINK_RULE_IDS, *VERIFY_RULE_IDS)


def module_name(rule_id: str) -> str:
    """Return the rule's module name: `nested_archive` for `nested-archive`."""
    return rule_id.replace("-", "_")


def load_rule(rule_id: str) -> Rule:
    """Return the rule of that id; raise KeyError if there is none."""
    if rule_id not in RULE_IDS:
        raise KeyError(rule_id)
    module = import_module(f"arfix.audit.rules.{module_name(rule_id)}")
    return cast("Rule", module.RULE)


def archive_rules(enabled: Container[str] = ()) -> tuple[ArchiveRule, ...]:
    """Return the rules that look at one archive at a time: the default ones and the enabled ones."""
    ids = [one for one in ARCHIVE_RULE_IDS if one not in OPTIONAL_RULE_IDS or one in enabled]
    return tuple(rule for rule in map(load_rule, ids) if isinstance(rule, ArchiveRule))


def optional_rules(enabled: Container[str]) -> tuple[ArchiveRule, ...]:
    """Return the enabled rules that do not run by default."""
    return tuple(rule for rule in archive_rules(enabled) if rule.text.id in OPTIONAL_RULE_IDS)


def link_rules() -> tuple[LinkRule, ...]:
    """Return the rules that look at the whole link."""
    return tuple(rule for rule in map(load_rule, LINK_RULE_IDS) if isinstance(rule, LinkRule))


def verify_rules() -> tuple[VerifyRule, ...]:
    """Return the rules that look at a real linker's result."""
    return tuple(rule for rule in map(load_rule, VERIFY_RULE_IDS) if isinstance(rule, VerifyRule))
