"""Type hints at run time: `typing.get_type_hints(arfix.strip)` works although the types are imported by nobody yet.

Annotations are text that names types of other modules, which are imported under `TYPE_CHECKING` only: importing all of
them would cost every program that wants one function the start of all the others. So the annotations of a public name
are a dictionary that imports them when somebody first looks at it.
"""

from __future__ import annotations

import sys
from types import FunctionType

TYPE_CHECKING = False  # not typing's: importing that costs half as much as Python's own start
if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, KeysView, ValuesView

    #: What an annotation is: text, or a type.
    Hint = object

#: The modules whose types are imported already.
_COMPLETE: set[str] = set()


class LazyAnnotations(dict[str, "Hint"]):
    """The annotations of a function or class; the types that they name are imported at the first look.

    `dict(annotations)` and the standard library's readers ask for an iterator, the keys or the items.
    """

    def __init__(self, annotations: dict[str, Hint], module: str) -> None:
        super().__init__(annotations)
        self._module = module

    def __getitem__(self, name: str) -> Hint:
        """Return one annotation."""
        complete(self._module)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        """Yield the names; `dict()` copies a subclass without asking it unless it has this method."""
        complete(self._module)
        return super().__iter__()

    def keys(self) -> KeysView[str]:  # type: ignore[override]  # typeshed wants dict_keys, which has no public name
        """Return the names."""
        complete(self._module)
        return super().keys()

    def values(self) -> ValuesView[Hint]:  # type: ignore[override]  # the same
        """Return the annotations."""
        complete(self._module)
        return super().values()

    def items(self) -> ItemsView[str, Hint]:  # type: ignore[override]  # the same
        """Return names and annotations."""
        complete(self._module)
        return super().items()


def complete(module: str) -> None:
    """Import what a module imports under `TYPE_CHECKING`, into the module; names that it has already stay."""
    if module in _COMPLETE:
        return
    import ast  # noqa: PLC0415 (start-up)
    import inspect  # noqa: PLC0415 (the same)
    from contextlib import suppress  # noqa: PLC0415 (the same)

    home = sys.modules[module]
    for node in ast.parse(inspect.getsource(home)).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            found = dict(vars(home))
            for line in node.body:
                with suppress(ImportError):  # an optional package, such as pyarrow
                    exec(compile(ast.Module([line], []), module, "exec"), found)  # noqa: S102 (our own lines)
            for name, value in found.items():
                vars(home).setdefault(name, value)
    _COMPLETE.add(module)


def make_lazy(value: object) -> None:
    """Give a public function or class, its bases and methods annotations that import their types when read."""
    if isinstance(value, FunctionType):
        if not isinstance(value.__annotations__, LazyAnnotations):
            value.__annotations__ = LazyAnnotations(value.__annotations__, value.__module__)
    elif isinstance(value, type):
        for cls in value.__mro__:
            hints = vars(cls).get("__annotations__", {})
            if cls.__module__.startswith("arfix.") and not isinstance(hints, LazyAnnotations):
                cls.__annotations__ = LazyAnnotations(hints, cls.__module__)
                for member in vars(cls).values():
                    made = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
                    if isinstance(made, FunctionType) and made.__module__.startswith("arfix."):
                        make_lazy(made)
