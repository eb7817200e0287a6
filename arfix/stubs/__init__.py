"""Stub objects for symbols that a platform lacks, made, without compiler or assembler.

`build.make_object` turns a `Target` (from a triple, or from an object by `like`) and `Stub`s into the bytes of a
relocatable ELF object; `knowledge` says what a POSIX or ISO C function had better do when it cannot do its work.
"""
