#!/bin/sh
# The edits of the recipe in bench/tasks.py, as a build system's script would make them: no plan, no check, no way back.
#
#     sysroot.sh SYSROOT VERB:ARCHIVE...
set -eu
root=$1
shift
for word; do
    archive=$root/${word#*:}
    case $word in
    index:*) ranlib -D "$archive" ;;
    strip:*) ar dD "$archive" planted.txt ;;
    splice:*)
        scratch=$(mktemp -d)
        (cd "$scratch" && ar x "$archive" libplanted.a && ar x libplanted.a)
        ar dD "$archive" libplanted.a
        ar qD "$archive" "$scratch/planted.o"
        ranlib -D "$archive"
        rm -r "$scratch"
        ;;
    esac
done
