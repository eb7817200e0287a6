"""`arfix diagnose`: the causes of failed links, from the log of a build.

Nothing imports this folder. Without it, the line of `cli/commands.py` that names it and its names in
`arfix/__init__.py`, arfix has no such command.
"""

from arfix.callable_package import make_callable

make_callable(__name__, "arfix.diagnose.diagnose", "diagnose")
