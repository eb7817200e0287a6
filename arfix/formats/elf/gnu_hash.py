"""Looks names up in the GNU hash table of a shared object, without reading its symbols.

The section holds four 32-bit words (number of buckets, first hashed symbol, number of Bloom words, Bloom shift), the
Bloom filter in words of the class, the buckets, and one 32-bit hash for each symbol; the lowest bit of a hash ends its
chain.

Source: binutils `bfd/elflink.c` (`collect_gnu_hash_codes`), glibc `elf/dl-lookup.c` (`check_match`, `do_lookup_x`).
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING

from arfix.errors import FormatError
from arfix.formats.elf.constants import SHT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.formats.elf.file import Elf

_HEADER_SIZE = 16


def gnu_hash(name: bytes) -> int:
    """Return the hash of a name: Bernstein's, in 32 bits."""
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def may_define(elf: Elf, names: Iterable[str]) -> bool:
    """Return whether a linked image can define any of these names, versions removed.

    False is certain. True is not: hashes collide, and an image without a readable table of this kind can define
    anything.
    """
    try:
        table = next((elf.contents(one) for one in elf.sections if one.type == SHT.GNU_HASH), None)
        if table is None:
            return True
        order, wide = elf.header.order, elf.header.bits == 64
        bucket_count, first, bloom_words, _ = Struct(order + "4I").unpack_from(table)
        buckets_at = _HEADER_SIZE + bloom_words * (8 if wide else 4)
        hashes_at = buckets_at + bucket_count * 4
        word = Struct(order + "I")
        for name in names:
            wanted = gnu_hash(name.encode("utf-8", "surrogateescape"))
            symbol = word.unpack_from(table, buckets_at + wanted % bucket_count * 4)[0]
            while symbol >= first:
                found = word.unpack_from(table, hashes_at + (symbol - first) * 4)[0]
                if found | 1 == wanted | 1:
                    return True
                if found & 1:
                    break
                symbol += 1
    except (FormatError, ZeroDivisionError, error):
        return True
    return False
