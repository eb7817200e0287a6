"""Symbols: their names, definitions and references, for all packages above.

`arfix.symbols(...)`, the function that changes the symbols of an archive, is `arfix.api.edits.symbols`.
"""

from arfix.callable_package import make_callable

make_callable(__name__, "arfix.api.edits", "symbols")
