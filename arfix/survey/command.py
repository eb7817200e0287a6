"""`arfix survey PATH... -o DIR` and `arfix survey query DIR NAME`: facts about many archives, and questions to them."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.archive.files import save_chunks
from arfix.cli.archive_options import JobsOption
from arfix.cli.complete import completion
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.report_option import PageOption, command_line
from arfix.extras import require
from arfix.report.text import human_size, printable
from arfix.survey.query import ask, known_queries, usage_fault
from arfix.survey.text import (
    describe_surveyed,
    encode_csv,
    encode_parquet,
    json_rows,
    progress_text,
    render_answer,
    render_queries,
    render_surveyed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from arfix.report.html.model import Report
    from arfix.survey.query import Query
    from arfix.survey.run import Progress

_QUERY = "query"


@completion
def complete_queries(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the names of the questions behind `query DIR`."""
    words = ctx.params.get("words")
    if isinstance(words, (list, tuple)) and len(words) == len((_QUERY, "DIR")) and words[0] == _QUERY:
        yield from ((name, query.summary) for name, query in known_queries().items() if name.startswith(incomplete))


class AnswerFormat(Enum):
    """How the answer to a query is written."""

    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"


def survey(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            autocompletion=complete_queries,
            help="Folders, archives and packages (.deb, .rpm, .apk, .whl, .conda, .zip, .tar.*), or URLs for fsspec. "
            "Or: query DIR [NAME [ARG...]], which asks a question about the survey in DIR; without NAME it lists the "
            "questions.",
        ),
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="DIR|FILE", help="The folder or URL for the tables; query: a file for the answer."
        ),
    ] = None,
    jobs: JobsOption = 0,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Let the workers of a Dask cluster read, with this scheduler: tcp://HOST:8786."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the survey that DIR has, or add to it.")] = False,
    format: Annotated[
        AnswerFormat, typer.Option("--format", help="query: how to write the answer; json is --json.")
    ] = AnswerFormat.TABLE,
    page: PageOption,
) -> ExitCode:
    """Collect facts about all archives of a distribution as Parquet tables, and answer questions about them.

    The tables archives, members, symbols and findings are described in docs/survey.md. Exits 1 if a file could not be
    read. Needs arfix[survey], and arfix[dask] for --dask.
    """
    output = Output.of(ctx)
    if words[0] == _QUERY:
        if jobs or dask is not None or resume:
            raise UsageError("--jobs, --dask and --resume belong to a survey, not to a query", hint=_HINT)
        return _query(output, words[1:], to, format, page)
    if to is None:
        raise UsageError("a survey needs a folder for its tables: -o DIR", hint=_HINT)
    if format is not AnswerFormat.TABLE:
        raise UsageError("--format belongs to `arfix survey query`", hint=_HINT)
    code = _survey(output, words, to, jobs, dask, resume=resume)
    page.write(output, lambda: _page(output, to))
    return code


_HINT = "arfix survey --help"


def _survey(output: Output, paths: Sequence[str], to: str, jobs: int, dask: str | None, *, resume: bool) -> ExitCode:
    require("pyarrow", "survey")
    from arfix.survey.run import survey as run_survey  # noqa: PLC0415 (needs the package)

    start = monotonic()
    with ExitStack() as stack:
        executor, workers = None, jobs
        if dask is not None:
            from arfix.survey.cluster import dask_executor  # noqa: PLC0415 (another package)

            executor, workers = stack.enter_context(dask_executor(dask))
        line = stack.enter_context(output.progress("surveying"))

        def step(progress: Progress) -> None:
            line.reach(progress.files, progress.total, progress_text(progress, monotonic() - start))

        try:
            result = run_survey(paths, to, executor=executor, workers=workers, resume=resume, progress=step)
        except KeyboardInterrupt:
            output.note("interrupted; what was read is kept, and the same command with --resume goes on")
            raise
    output.show(text=lambda: render_surveyed(result), data=lambda: describe_surveyed(result))
    return ExitCode.FINDINGS if result.failures else ExitCode.DONE


def _page(output: Output, folder: str) -> Report:
    from arfix.survey.page import survey_page  # noqa: PLC0415 (only with --report)

    return survey_page(folder, command_line(output))


def _answer_page(output: Output, folder: str, query: Query, answer: pa.Table) -> Report:
    from arfix.survey.page import answer_page  # noqa: PLC0415 (only with --report)

    return answer_page(folder, query, answer, command_line(output))


def _query(output: Output, words: Sequence[str], to: str | None, format: AnswerFormat, page: PageOption) -> ExitCode:
    queries = known_queries()
    if not words:
        raise UsageError("a query needs the folder of a survey", hint=_HINT)
    folder, *rest = words
    if not rest:
        output.show(
            text=lambda: render_queries(queries.values()),
            data=lambda: {
                "queries": [
                    {"name": one.name, "summary": one.summary, "argument": one.argument} for one in queries.values()
                ]
            },
        )
        return ExitCode.DONE
    name, *arguments = rest
    fault = usage_fault(name, arguments)
    if fault is not None:
        raise UsageError(fault, hint=f"arfix survey query {folder}")
    if format is AnswerFormat.PARQUET and to is None:
        raise UsageError("a Parquet file is not for terminals: -o FILE", hint=_HINT)
    answer = ask(folder, name, arguments)
    page.write(output, lambda: _answer_page(output, folder, queries[name], answer))
    match format:
        case AnswerFormat.TABLE:
            data = None if to is None else render_answer(answer, output.style).encode("utf-8", "backslashreplace")
        case AnswerFormat.CSV:
            data = encode_csv(answer)
        case AnswerFormat.PARQUET:
            data = encode_parquet(answer)
    if data is None or (output.json and to is None):
        output.show(
            text=lambda: render_answer(answer, output.style),
            data=lambda: {"query": name, "columns": answer.column_names, "rows": json_rows(answer)},
        )
    elif to is None:
        sys.stdout.write(data.decode())
    else:
        save_chunks([data], to)
        output.show(
            text=lambda: f"{printable(to)}: {answer.num_rows:,} rows, {human_size(len(data))}\n",
            data=lambda: {"query": name, "columns": answer.column_names, "output": to, "count": answer.num_rows},
        )
    return ExitCode.DONE
