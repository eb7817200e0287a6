r"""The `ar` container: bytes to an archive model and back. Knows nothing of what a member holds.

A static archive is a row of files, each behind a header of 60 bytes of text. This is a whole one as GNU ar writes it,
with the offset of each part. A header's fields are name, date, owner, group, mode (octal) and size; two bytes end it::

       0  !<arch>\n
       8  /               0           0     0     0       20        `\n     the symbol index (armap), 20 bytes:
      68  \0\0\0\2  \0\0\0\xb0  \0\0\5\xbe  main\0 f\0 \0                   two symbols, headers of their members, names
      88  //                                              28        `\n     the name table, 28 bytes:
     148  a_rather_long_name_of_1.o/\n \n                                   names that do not fit a header
     176  main.o/         0           0     0     644     1233      `\n     a member called main.o:
     236  \x7fELF ...                                                       its data, 1233 bytes,
    1469  \n                                                                and a padding byte up to an even offset
    1470  /0              0           0     0     644     840       `\n     a member whose name is at 0 in the table
    1530  \x7fELF ...                                                       its data, up to 2370

The variants store the same things in other ways (`model.Kind`):

    =========  ======================================  ============================================================
    kind       symbol index                            names that are too long for a header
    =========  ======================================  ============================================================
    gnu        `/`: big-endian                         in the member `//`; the header says `/<offset>`
    gnu64      `/SYM64/`: 64-bit, past 4 GiB           the same
    bsd        `__.SYMDEF`: in the target's order      in front of the data; the header says `#1/<n>`: n bytes
    darwin     the same, or `__.SYMDEF SORTED`         the same; data is aligned to 8 bytes
    darwin64   `__.SYMDEF_64`, `__.SYMDEF_64 SORTED`   the same
    coff       `/` twice: as gnu, then sorted          as gnu, but NUL ends them
    aix-big    another container (`aix.py`), in which members are a linked list
    aix-small  the same with smaller numbers
    =========  ======================================  ============================================================

A *thin* archive (gnu only) has headers, index and names, but its members' bytes stay in files beside it.

Where to read on:

    ====================================================  ========================================================
    magics, field widths, special names                   `format.py`
    how a header is read and made                         `header.py`
    how the next header is found                          `scan.py`
    how names are stored                                  `names.py`
    how a linker finds the member that has a symbol       `index.py`, `index_gnu.py`, `index_bsd.py`, `index_coff.py`
    which members are index and name table                `specials.py`
    where the bytes of a thin archive's members are       `thin.py`
    what a file is that is no archive                     `probe.py`, `universal.py`
    what an archive is in Python                          `model.py`, `source.py`
    what a reader can survive                             `oddity.py`
    from bytes to that                                    `read.py`, `aix.py`
    and back, byte for byte                               `layout.py`, `placing.py`, `write.py`
    opening and saving files                              `files.py`
    ====================================================  ========================================================
"""
