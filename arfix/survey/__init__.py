"""The verb `survey`: facts about all archives of a distribution as Parquet tables, and questions to them.

    from concurrent.futures import ProcessPoolExecutor
    import arfix

    with ProcessPoolExecutor() as executor:
        result = arfix.survey(["/srv/packages"], "facts", executor=executor)

A feature on its own: without this folder and its line in `arfix/cli/commands.py`, arfix has no such verb. The tables
are described in `docs/survey.md`. How it works, in reading order: `inputs.py` finds files, `packages.py` opens
packages, `facts.py` turns one archive into rows, `member_ranges.py` splits a large one into ranges of members,
`parts.py` writes rows as Parquet, `worker.py` does that for a few files, `run.py` hands these tasks to workers and
publishes what they wrote in the folder of `store.py`, and `query.py` answers questions.
"""

from arfix.callable_package import make_callable

TYPE_CHECKING = False  # not typing's: a worker imports this module
if TYPE_CHECKING:
    from arfix.survey.run import survey
else:

    def __getattr__(name: str) -> object:
        """Import the public function when it is first used: `arfix --help` needs no pyarrow."""
        if name != "survey":
            raise AttributeError(f"module 'arfix.survey' has no attribute {name!r}")
        from arfix.survey.run import survey  # noqa: PLC0415 (see above)

        return survey


__all__ = ["survey"]

make_callable(__name__, "arfix.survey.run", "survey")
