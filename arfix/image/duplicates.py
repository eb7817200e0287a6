"""Members of static libraries that several images of one program contain, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.image.embedded import Embedded, LibraryCopy


class SharedMembers(NamedTuple):
    """Members of one library that more than one image contains.

    Attributes:
        position: Position of the library among those searched for.
        images: Paths of the images that share members.
        members: Labels of the members that more than one of them has, in archive order.
        wasted: Bytes of files that are saved if each of these members is there only once.
        state: Sections of these members that the program can change, each once; every image has its own copy.
    """

    position: int
    images: tuple[str, ...]
    members: tuple[str, ...]
    wasted: int
    state: tuple[Embedded, ...]


def find_duplicates(copies: Mapping[str, Sequence[LibraryCopy | None]]) -> tuple[SharedMembers, ...]:
    """Return the members that several images contain; `copies`: path of an image -> its copy of each library."""
    count = max((len(found) for found in copies.values()), default=0)
    duplicates = (
        _duplicate(number, {path: found[number] for path, found in copies.items()}) for number in range(count)
    )
    return tuple(one for one in duplicates if one.members)


def _duplicate(library: int, copies: Mapping[str, LibraryCopy | None]) -> SharedMembers:
    sizes: dict[str, dict[str, int]] = {}
    state: dict[tuple[str, str], Embedded] = {}
    for path, copy in copies.items():
        for section in () if copy is None else copy.sections:
            in_image = sizes.setdefault(section.member, {})
            in_image[path] = in_image.get(path, 0) + section.size_in_file
            if section.is_state:
                state.setdefault((section.member, section.name), section)
    shared = {member: in_image for member, in_image in sizes.items() if len(in_image) > 1}
    return SharedMembers(
        library,
        tuple(path for path in copies if any(path in in_image for in_image in shared.values())),
        tuple(shared),
        sum(sum(in_image.values()) - max(in_image.values()) for in_image in shared.values()),
        tuple(section for (member, _), section in state.items() if member in shared),
    )
