"""Answers questions to a survey with DuckDB. Each question is an SQL file in `queries/`.

The comment at the top of a file is its documentation; a line `-- Argument: NAME` there declares its argument. Arguments
are bound as parameters and never become part of the SQL.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from arfix.arguments import path_given, words_given
from arfix.errors import EditError, Where
from arfix.extras import require
from arfix.survey.schema import schema_of, storable
from arfix.survey.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

#: The query whose argument is SQL.
SQL: Final = "sql"
_SQL_SUMMARY: Final = "Run a query of your own over the tables archives, members, symbols and findings."
_OTHER_FOLDER: Final = "DIR2"


class Query(NamedTuple):
    """A question.

    Attributes:
        name: Its name on the command line.
        summary: What it answers, as one sentence.
        argument: Its argument: `SYMBOL`, `SYMBOL...` for one or more; empty without one.
        choices: The values that the argument can have; empty where it can have any.
        sql: Its SQL.
    """

    name: str
    summary: str
    argument: str
    choices: tuple[str, ...]
    sql: str


def known_queries() -> dict[str, Query]:
    """Return all questions by name."""
    found = {SQL: Query(SQL, _SQL_SUMMARY, "SELECT", (), "")}
    for file in (files("arfix.survey") / "queries").iterdir():
        if file.name.endswith(".sql"):
            name = file.name.removesuffix(".sql")
            text = file.read_text(encoding="utf-8")
            remarks = [line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--")]
            choices = tuple(_value(remarks, "Choices:").replace(",", " ").split())
            found[name] = Query(name, remarks[0], _value(remarks, "Argument:"), choices, text)
    return dict(sorted(found.items()))


def _value(remarks: Sequence[str], key: str) -> str:
    return next((one.removeprefix(key).strip() for one in remarks if one.startswith(key)), "")


def usage_fault(name: str, arguments: Sequence[str]) -> str | None:
    """Return what is wrong with the name or the arguments of a query, or None."""
    query = known_queries().get(name)
    if query is None:
        return f"there is no query {name}"
    most = len(arguments) if query.argument.endswith("...") else bool(query.argument)
    if len(arguments) > most or (query.argument and not arguments):
        return f"the query {name} takes {query.argument or 'no argument'}, and {len(arguments)} were given"
    if query.choices and arguments[0] not in query.choices:
        return f"{arguments[0]} is none of {', '.join(query.choices)}"
    return None


def ask(folder: str | os.PathLike[str], name: str, arguments: str | Iterable[str] = ()) -> pa.Table:
    """Return the answer to a question as an Arrow table.

    Args:
        folder: The folder of the survey, or its URL.
        name: The name of the question.
        arguments: Its arguments.

    Raises:
        EditError: There is no such question, it has other arguments, the SQL is wrong, or the folder has no survey.
        FormatError: A file of the survey is damaged or missing.
        UnsupportedError: DuckDB is not installed.
    """
    folder, arguments = path_given(folder, "folder"), words_given(arguments, "arguments")
    fault = usage_fault(name, arguments)
    if fault is not None:
        raise EditError(fault, hint=f"`arfix survey query {folder}` lists the queries.")
    query = known_queries()[name]
    duckdb = require("duckdb", "survey")
    connection = duckdb.connect()
    _add_tables(connection, folder, "")
    sql, parameters = query.sql, _parameters(query, arguments)
    if query.argument == _OTHER_FOLDER:
        _add_tables(connection, arguments[0], "other_")
    if name == SQL:
        sql = arguments[0]
    try:
        answer = connection.sql(sql, params=parameters or None)
        if answer is None:
            raise EditError("the SQL is no query", hint=_SQL_HINT)
        return answer.to_arrow_table()
    except duckdb.Error as error:
        if _READING in str(error):
            for one in (folder, *arguments[:1]) if query.argument == _OTHER_FOLDER else (folder,):
                _find_damage(one)
        raise EditError(f"DuckDB: {error}", hint=_SQL_HINT) from error


_SQL_HINT: Final = "`docs/survey.md` lists the tables and their columns."


#: In the messages of DuckDB about tables that pyarrow cannot read.
_READING: Final = "reading the stream registered"


def _find_damage(folder: str) -> None:
    """Raise `FormatError` about the first table file that cannot be read."""
    store = Store(folder)
    for part in store.parts():
        for file in part.files:
            try:
                store.read_table(file)
            except (OSError, ValueError) as error:  # pyarrow's errors are among these
                raise store.damage(file, f"a file of the survey is damaged: {error}") from error


def _parameters(query: Query, arguments: Sequence[str]) -> dict[str, object]:
    values = [storable(one) for one in arguments]
    match query.argument:
        case "SYMBOL":
            return {"symbol": values[0]}
        case "SYMBOL...":
            return {"symbols": values}
        case "NOTE":
            return {"note": values[0]}
        case _:
            return {}


def _add_tables(connection: Any, folder: str, prefix: str) -> None:  # noqa: ANN401 (duckdb is optional)
    """Make the tables of a survey known to DuckDB, as `archives` and so on."""
    datasets = require("pyarrow.dataset", "survey")
    pa = require("pyarrow", "survey")
    store = Store(folder)
    parts = list(store.parts())
    if not parts:
        raise EditError("there is no survey in this folder", where=Where(folder), hint=f"arfix survey PATH -o {folder}")
    store.check(parts)
    machine = pa.field("machine", pa.string())
    partitioning = datasets.partitioning(pa.schema([machine]), flavor="hive")
    for table, found in store.files_of(parts).items():
        schema = schema_of(table).append(machine)
        data = (
            datasets.dataset(
                found, schema=schema, format="parquet", partitioning=partitioning, filesystem=store.filesystem
            )
            if found
            else schema.empty_table()
        )
        connection.register(prefix + table.value, data)
