"""The reports of check, verify, fix and apply."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from arfix.audit.finding import Safety, Severity, ordered
from arfix.audit.outcome import Outcome
from arfix.audit.registry import load_rule
from arfix.counted import counted
from arfix.edits.requests import shell_line
from arfix.report.apply import joined_outcome
from arfix.report.findings import counted_inputs, rules_found
from arfix.report.fix import edit_line, repaired_findings
from arfix.report.html.findings import finding_cards, findings_table, worst
from arfix.report.html.model import (
    PLAIN,
    CellKind,
    Column,
    Comparison,
    Map,
    Mark,
    Report,
    Row,
    Step,
    Table,
    Tile,
    Tone,
    Verdict,
    VerdictGroup,
)
from arfix.report.text import human_size
from arfix.spelling import as_options
from arfix.symbols.demangled import demangle
from arfix.symbols.member_label import label_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from arfix.archive.model import Archive, Member
    from arfix.audit.finding import Finding
    from arfix.audit.repair import Repair, RepairStep
    from arfix.linkage.model import Target
    from arfix.linkage.trial import Trial
    from arfix.recipe.apply import ApplyResult
    from arfix.recipe.plan import PlannedFile
    from arfix.recipe.required_links import LinkCheck
    from arfix.recipe.state.record import StepRecord


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a report shows of the link itself.

    Attributes:
        maps: The members.
        tables: The symbols.
        verdicts: What each linker makes of it.
        tiles: For `id` of a finding its tile in the first map.
        notes: Why something is not shown.
    """

    maps: tuple[Map, ...] = ()
    tables: tuple[Table, ...] = ()
    verdicts: tuple[VerdictGroup, ...] = ()
    tiles: Mapping[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def check_report(outcome: Outcome, command: str, targets: Mapping[Target, str], drawn: Drawn) -> Report:
    """Return the report of a check.

    Args:
        outcome: The result.
        command: The command line that made it.
        targets: For each target that was judged the command that checks it alone.
        drawn: The link.
    """
    verdicts = tuple(
        _target_verdict(one.target.value, one.findings, targets.get(one.target, "")) for one in outcome.verdicts
    )
    if not verdicts:
        verdicts = tuple(
            _target_verdict(target.value, outcome.findings, command) for target, command in targets.items()
        )
    groups = (VerdictGroup("By target", verdicts, "the first one decides the result"),) if verdicts else ()
    return _outcome_report("check", outcome, command, (*groups, *drawn.verdicts), drawn)


def _target_verdict(target: str, findings: Sequence[Finding], command: str) -> Verdict:
    words = _counts(findings)
    rules = rules_found(one for one in findings if one.severity is not Severity.INFO)
    return Verdict(_TARGETS.get(target, target), worst(findings), words or "clean", ", ".join(rules), command)


_TARGETS = {"exe": "executable", "pie": "PIE", "shared": "shared object", "relocatable": "relocatable object"}


def _counts(findings: Sequence[Finding]) -> str:
    """Return the errors and warnings, counted; empty if there are none."""
    counts = ((severity, sum(one.severity is severity for one in findings)) for severity in _COUNTED)
    return ", ".join(counted(number, severity.value) for severity, number in counts if number)


_COUNTED = (Severity.ERROR, Severity.WARNING)


def _outcome_report(
    verb: str, outcome: Outcome, command: str, verdicts: tuple[VerdictGroup, ...], drawn: Drawn
) -> Report:
    unread = f"{counted(len(outcome.errors), 'input')} could not be read" if outcome.errors else ""
    found = ", ".join(filter(None, (_counts(outcome.findings), unread)))
    infos = outcome.count(Severity.INFO)
    extra = [counted(infos, "remark")] if infos else []
    if outcome.set_aside:
        extra.append(f"{len(outcome.set_aside):,} set aside")
    summary = f"{counted_inputs(outcome)}: {found or 'clean'}"
    return Report(
        verb,
        subject_of(outcome.archives),
        f"{summary} ({', '.join(extra)})" if extra else summary,
        Tone.BAD if outcome.errors else worst(outcome.findings),
        command,
        verdicts,
        finding_cards(outcome.findings, outcome.rules),
        maps=drawn.maps,
        tables=(findings_table(outcome, drawn.tiles), *drawn.tables),
        notes=tuple(map(as_options, (*outcome.notes, *drawn.notes))),
        errors=tuple(as_options(str(error)) for error in outcome.errors),
    )


def verify_report(outcome: Outcome, trials: Sequence[Trial], command: str, drawn: Drawn) -> Report:
    """Return the report of a verification: what each linker did, and where that differs from the prediction."""
    linked = Linked(trials, {trial.program.word: trial_command(trial) for trial in trials})
    report = _outcome_report("verify", outcome, command, linked.verdicts("By linker", "what the linkers did"), drawn)
    refusing = sum(trial.status != 0 for trial in trials)
    summary = f"refused by {refusing} of {counted(len(trials), 'linker')}; {report.summary}"
    tone = Tone.BAD if refusing else report.tone
    return replace(report, summary=summary, tone=tone, tables=(*linked.tables(), *report.tables))


@dataclass(frozen=True, slots=True)
class Linked:
    """What linkers did, and for each of them by its name the command to show."""

    trials: Sequence[Trial]
    commands: Mapping[str, str]

    def verdicts(self, title: str, note: str) -> tuple[VerdictGroup, ...]:
        """Return a verdict for each linker."""
        verdicts = tuple(_trial_verdict(trial, self.commands.get(trial.program.word, "")) for trial in self.trials)
        return (VerdictGroup(title, verdicts, note),) if verdicts else ()

    def tables(self) -> tuple[Table, ...]:
        """Return the table of what the linkers reported; none if they reported nothing."""
        rows = tuple(row for trial in self.trials for row in _trial_rows(trial))
        return (Table("messages", "What linkers report", _MESSAGE_COLUMNS, rows),) if rows else ()


_MESSAGE_COLUMNS = (
    Column("linker", CellKind.TEXT, 3),
    Column("kind", CellKind.TEXT, 3),
    Column("subject", CellKind.NAME, 8),
    Column("demangled or places", CellKind.TEXT, 8),
)


def _trial_verdict(trial: Trial, command: str) -> Verdict:
    counts = (
        (len(trial.undefined), "undefined symbol"),
        (len(trial.duplicates), "duplicate definition"),
        (len(trial.rejected), "rejected member"),
        (len(trial.refused) + len(trial.refused_missing), "position-dependent reference"),
        (len(trial.others), "other message"),
    )
    text = ", ".join(counted(number, noun) for number, noun in counts if number)
    is_linked = trial.status == 0
    word = "links it" if is_linked else f"refuses it (exit status {trial.status})"
    return Verdict(_program(trial), Tone.GOOD if is_linked else Tone.BAD, word, text, command)


def _program(trial: Trial) -> str:
    version = trial.program.version
    return version if trial.program.word in version.lower().split() else f"{trial.program.word}: {version}"


def _trial_rows(trial: Trial) -> Iterator[Row]:
    linker = trial.program.word
    found = [
        *(("undefined", name, demangle(name) or "") for name in sorted(trial.undefined)),
        *(("duplicate", name, ", ".join(places)) for name, places in sorted(trial.duplicates.items())),
        *(("rejected", place, "") for place in trial.rejected),
        *(("position", text, "") for text in (*trial.refused, *trial.refused_missing)),
        *(("other", text, "") for text in trial.others),
    ]
    for kind, subject, more in found:
        texts = [_SCRATCH_COPY.sub("", text) for text in (subject, more)]
        yield Row((linker, kind, texts[0]), (linker, kind, *texts))


#: What the names of temporary folders of a trial begin with, and the output in them.
_SCRATCH: Final = re.compile(r"\S*arfix-link-[^/\s]*/")


#: Copies of archives without members that a linker rejected.
_SCRATCH_COPY: Final = re.compile(r"[^\s,(]*arfix-link-[^/\s]*/\d+-")


def trial_command(trial: Trial) -> str:
    """Return the command of a linker, ready to paste, or nothing if it needs files that are gone."""
    words = [_SCRATCH.sub("a.", word) if word.endswith("/out") else word for word in trial.command]
    return "" if any(_SCRATCH.search(word) for word in words) else shell_line(words)


def fix_report(
    repair: Repair, archives: Sequence[str], command: str, linked: Linked, drawn: tuple[Drawn, Drawn]
) -> Report:
    """Return the report of a repair: the edits, and the link before and after them.

    Args:
        repair: The repair.
        archives: The archives, as the user named them.
        command: The command line that made it.
        linked: What linkers did with the result.
        drawn: The link before and after it.
    """
    before, after = drawn
    left = len(repair.left)
    summary = f"{counted(len(repair.found), 'finding')}: {counted(len(repair.steps), 'edit')}, {left or 'none'} left"
    if not repair.found:
        summary = "nothing to repair"
    gone = {one.key for one in repair.found} - {one.key for one in repair.left}
    reasons = {str(fix): reason for fix, reason in repair.refused}
    rules = {rule: load_rule(rule).text for rule in rules_found((*repair.found, *repair.left))}
    table = findings_table(Outcome(tuple(archives), ordered([*repair.found]), rules), before.tiles)
    states = [("repaired", Tone.GOOD) if one.key in gone else ("left", Tone.BAD) for one in ordered([*repair.found])]
    rows = tuple(
        replace(row, cells=(state, *row.cells), tone=tone)
        for row, (state, tone) in zip(table.rows, states, strict=True)
    )
    severity = replace(table.columns[0], kind=CellKind.TEXT)
    columns = (Column("after", CellKind.TONE, 4), severity, *table.columns[1:])
    notes = tuple(f"not possible: {fix}: {reason}" for fix, reason in reasons.items())
    return Report(
        "fix",
        subject_of(archives),
        summary,
        Tone.BAD if left else Tone.GOOD,
        command,
        linked.verdicts("The result, by linker", "the repaired archives were linked in a temporary folder"),
        finding_cards(repair.left, rules),
        tuple(map(_step, repair.steps)),
        (Comparison("Findings", len(repair.found), left), *_archive_comparisons(repair)),
        (*before.maps, *after.maps),
        (replace(table, columns=columns, rows=rows), *map(_without_tiles, after.tables)),
        notes,
    )


def _without_tiles(table: Table) -> Table:
    """Return a table whose rows lead to no map, as they belong to another than the first."""
    return replace(table, rows=tuple(replace(row, tile=None) for row in table.rows))


def _step(step: RepairStep) -> Step:
    return Step(
        step.archive,
        shell_line(step.words),
        tuple(edit_line(edit) for edit in step.plan.edits),
        f"because {repaired_findings(step.findings)}",
        step.safety is Safety.UNSAFE,
        step.costs,
    )


def _archive_comparisons(repair: Repair) -> Iterator[Comparison]:
    for path, after in repair.after.items():
        before = repair.before[path]
        yield Comparison(f"{path}: members", len(before), len(after))
        old, new = (sum(member.size for member in archive.members) for archive in (before, after))
        yield Comparison(f"{path}: size of members", old, new, is_size=True)
        entries, left = (None if archive.index is None else len(archive.index) for archive in (before, after))
        yield Comparison(f"{path}: entries of the symbol index", entries, left)


def apply_report(applied: ApplyResult, errors: Sequence[str], summary: str) -> Report:
    """Return the report of applying a recipe: the required links, and the edits of each file."""
    outcome = joined_outcome(applied)
    verdicts = tuple(_link_verdict(check) for check in applied.checks)
    changing = applied.plan.changing
    return Report(
        "apply",
        subject_of([applied.options.recipe]),
        summary,
        Tone.BAD if errors or not applied.holds else Tone.GOOD,
        "",
        (VerdictGroup("Required links", verdicts, "checked on the planned archives"),) if verdicts else (),
        finding_cards(outcome.findings, outcome.rules),
        tuple(_recipe_step(one.name, step) for one in changing for step in one.record.steps),
        comparisons=tuple(_file_comparisons(changing)),
        maps=tuple(_file_maps(changing)),
        tables=(
            Table("files", "Archives", _FILE_COLUMNS, tuple(map(_file_row, applied.plan.files.values()))),
            findings_table(outcome),
        ),
        notes=tuple(map(as_options, applied.plan.notes)),
        errors=tuple(errors),
    )


def _file_comparisons(files: Sequence[PlannedFile]) -> Iterator[Comparison]:
    for one in files:
        if one.archive is not None:
            old = None if one.original is None else len(one.original)
            yield Comparison(f"{one.name}: members", old, len(one.archive))
            size = None if one.original is None else _size(one.original)
            yield Comparison(f"{one.name}: size of members", size, _size(one.archive), is_size=True)


def _size(archive: Archive) -> int:
    return sum(member.size for member in archive.members)


def _file_maps(files: Sequence[PlannedFile]) -> Iterator[Map]:
    """Yield the members of the edited archives before and after, each archive a group."""
    edited = [one for one in files if one.archive is not None]
    for identity, title, kept, gone in (
        ("before", "Members before", "original", Mark("removed", "removed")),
        ("members", "Members after", "archive", Mark("added", "added")),
    ):
        groups, tiles = list[str](), list[Tile]()
        for one in edited:
            archive = one.original if kept == "original" else one.archive
            other = one.archive if kept == "original" else one.original
            if archive is None:
                continue
            groups.append(one.name)
            tiles += _edited_tiles(len(groups) - 1, archive, other, gone)
        used = {tile.mark for tile in tiles}
        if tiles:
            marks = tuple(mark for mark in (gone, _CHANGED, PLAIN) if mark.id in used)
            note = "The area of a member is its size."
            yield Map(identity, title, tuple(groups), marks, tuple(tiles), note=note)


_CHANGED = Mark("changed", "changed")


def _edited_tiles(group: int, archive: Archive, other: Archive | None, gone: Mark) -> Iterator[Tile]:
    """Yield the members of an archive, with those marked that the other does not have, or has with other bytes."""
    others = () if other is None else other.members
    own = {_place(member) for member in archive.members}
    places = {_place(member) for member in others}
    changed = {member.name for member in others if _place(member) not in own}
    for member, label in zip(archive.members, label_names(one.name for one in archive.members), strict=True):
        mark = PLAIN if _place(member) in places else _CHANGED if member.name in changed else gone
        state = "unchanged" if mark is PLAIN else mark.label
        yield Tile(group, str(label), member.size, mark.id, (("Size", human_size(member.size)), ("State", state)))


def _place(member: Member) -> tuple[int, int, int]:
    """Return where the bytes of a member are; its file may be closed."""
    source, offset, size = member.content
    return id(source), offset, size


_FILE_COLUMNS = (
    Column("state", CellKind.TONE, 3),
    Column("archive", CellKind.NAME, 8),
    Column("steps", CellKind.NUMBER, 2),
    Column("members changed", CellKind.NUMBER, 3),
)


def _link_verdict(check: LinkCheck) -> Verdict:
    words = _counts(check.outcome.findings)
    tone = worst(check.outcome.findings) if check.holds else Tone.BAD
    archives = subject_of(check.outcome.archives)
    return Verdict(check.link.name, tone, "holds" if check.holds else "does not hold", words or archives)


def _recipe_step(name: str, step: StepRecord) -> Step:
    signs = {"removed": "-", "added": "+", "changed": "~"}
    lines = [
        f"{signs[one.action]} {one.member}" + (f" from {one.origin}" if one.origin else "") for one in step.members
    ]
    lines += ["~ the symbol index"] if step.reindexed else []
    action = step.action.replace("\n", ", ")
    return Step(name, "", tuple(lines), f"{action}: {step.reason}" if step.reason else action)


def _file_row(one: PlannedFile) -> Row:
    state, tone = ("changes", Tone.GOOD) if one.changes else ("unchanged", Tone.NEUTRAL)
    if one.drifted:
        state, tone = "drifted", Tone.WARN
    steps = one.record.steps
    details = tuple(("Step", f"{step.action}: {step.reason}".replace("\n", ", ")) for step in steps)
    hashes = (("Before", one.before or "no file"), ("After", one.wanted or "no file"))
    return Row(
        (one.name,), (state, one.name, len(steps), sum(len(step.members) for step in steps)), tone, details + hashes
    )


def subject_of(paths: Sequence[str]) -> str:
    """Return the files that a report is about, for its title."""
    names = [path.replace("\\", "/").rpartition("/")[2] for path in paths]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
