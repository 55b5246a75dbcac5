#!/bin/sh
# base.sh FILE: makes FILE, a Debian with a database, a cache, a proxy and an interpreter as a tar archive, unless it is there. The
# applications of system/compose_workloads run on it. Needs mmdebstrap, a subordinate id range and a mirror ($SKIFF_DEBIAN_MIRROR).
set -eu
file=$1
here=$(dirname "$0")
mkdir -p "$(dirname "$file")"
exec 9> "$file.lock"
flock 9
[ -s "$file" ] && exit 0
unset TMPDIR # a test's own is closed to subordinate ids
set --
for needless in share/man share/doc share/locale share/i18n 'lib/*/libLLVM' 'lib/*/libz3' 'lib/postgresql/*/lib/bitcode'; do
    set -- "$@" "--dpkgopt=path-exclude=/usr/$needless*" # half of all
done
mmdebstrap --quiet --variant=minbase --mode=unshare "$@" \
    --include=postgresql,redis-server,nginx-light,python3-minimal,python3-psycopg2 \
    --customize-hook="copy-in $here/database /usr/local/bin" \
    --customize-hook='rm -rf "$1"/var/lib/postgresql/*' \
    "${SKIFF_DEBIAN_SUITE:-bookworm}" "$file.new.tar" "${SKIFF_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
mv "$file.new.tar" "$file"
