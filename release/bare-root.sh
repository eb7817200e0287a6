#!/bin/sh
# Installs a release in a bare Debian root in three ways, and repairs the sysroot of the samples with each:
#
#     debootstrap --include=python3,python3-venv,binutils trixie ROOT
#     make release deb
#     release/bare-root.sh ROOT
#
# The wheel needs a network or PIP_FIND_LINKS in the root, for typer and LIEF.
set -eu
root=$1
cd "$(dirname "$0")/.."
rm -rf "$root/tmp/arfix"
mkdir -p "$root/tmp/arfix"
cp dist/*.whl dist/*.tar.gz dist/arfix.pyz .work/deb/*.deb "$root/tmp/arfix/"
exec chroot "$root" /bin/sh -eu <<'INSIDE'
cd /tmp/arfix
tar xf arfix-*.tar.gz
python3 -m venv venv
venv/bin/pip install --quiet ./arfix-*.whl
dpkg --install arfix_*.deb > dpkg.log
for arfix in "$PWD/venv/bin/arfix" "python3 -S $PWD/arfix.pyz" /usr/bin/arfix; do
    echo "== $arfix"
    rm -rf sysroot
    (cd arfix-*/ && python3 -c 'import sys; from pathlib import Path; from samples.sysroot import build_sysroot
build_sysroot(Path("../sysroot"))')
    cd sysroot
    $arfix --version
    $arfix check lib/libcrypto.a lib/libffi.a --sysroot . > ../before && exit 1
    tail -n 1 ../before
    $arfix fix lib/libcrypto.a lib/libffi.a --sysroot . --yes --no-verify > ../fix
    $arfix check lib/libcrypto.a lib/libffi.a --sysroot . | tail -n 1
    $arfix recipe schema > ../schema
    $arfix explain nested-archive > ../page
    cd ..
done
dpkg --purge arfix > dpkg.log
INSIDE
