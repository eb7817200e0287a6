"""The table: every situation, file by file."""

from __future__ import annotations

from tests.programs.table import (
    containers,
    duplicates,
    linkage,
    nested,
    order,
    stubs,
    versions,
)

SITUATIONS = (
    *duplicates.SITUATIONS,
    *versions.SITUATIONS,
    *stubs.SITUATIONS,
    *order.SITUATIONS,
    *linkage.SITUATIONS,
    *nested.SITUATIONS,
    *containers.SITUATIONS,
)
