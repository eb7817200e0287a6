"""The verb `diff`: the differences between two archives that matter to programs that link them.

This feature is self-contained: removing this folder, its line in `arfix/cli/commands.py` and
its names in `arfix/__init__.py` removes the verb.
"""

from arfix.callable_package import make_callable

make_callable(__name__, "arfix.diff.compare", "diff")
