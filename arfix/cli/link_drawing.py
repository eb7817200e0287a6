"""The link of check, verify and fix as an HTML report draws it: members, symbols, linkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.context import Context
from arfix.audit.open_link import open_link
from arfix.cli.report_option import command_line
from arfix.linkage.dialects import Format, format_of
from arfix.linkage.model import Linker
from arfix.linkage.resolve import resolve
from arfix.report.html.link import is_drawable, link_sections, linker_verdicts
from arfix.report.html.pages import Drawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.cli.output import Output
    from arfix.report.html.model import VerdictGroup


def draw_link(
    output: Output,
    settings: Settings | None,
    findings: Sequence[Finding],
    planned: Mapping[str, Archive] | None = None,
    *,
    named: tuple[str, str] = ("members", "Members"),
) -> Drawn:
    """Return the link of these settings as a report draws it; the inputs are opened once more.

    Args:
        output: The run.
        settings: The link; nothing is drawn without.
        findings: What was found in it.
        planned: Archives in place of those in files.
        named: The id and the title of the map.
    """
    if settings is None:
        return Drawn()
    with open_link(settings, planned) as opened:
        if not is_drawable(opened.link):
            return Drawn()
        result = resolve(opened.link, settings.linker, plugins=settings.has_plugins)
        return draw_resolved(output, Context(settings, result), findings, named=named)


def draw_resolved(
    output: Output,
    context: Context,
    findings: Sequence[Finding],
    *,
    named: tuple[str, str] = ("members", "Members"),
    judges: bool = False,
) -> Drawn:
    """Return a resolved link, whose files are open, as a report draws it.

    Args:
        output: The run.
        context: The link.
        findings: What was found in it.
        named: The id and the title of the map.
        judges: Add what each linker makes of it.
    """
    settings, result = context.settings, context.result
    if not is_drawable(result.link):
        return Drawn()
    sections = link_sections(context, findings, named)
    verdicts: tuple[VerdictGroup, ...] = ()
    if judges and format_of(result.link) is Format.ELF and settings.command is None:
        commands = {
            linker: command_line(output, "verify", "--linker", linker.value, without=_ONLY_CHECK) for linker in Linker
        }
        group = linker_verdicts(
            result.link, result, commands, is_judged=settings.has_providers, plugins=settings.has_plugins
        )
        verdicts = (group,)
    return Drawn((sections.map,), (sections.symbols,), verdicts, sections.tiles)


#: Options of check that verify does not have.
_ONLY_CHECK = ("--baseline", "--write-baseline", "--jobs", "-j")
