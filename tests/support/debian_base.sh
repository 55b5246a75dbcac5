#!/bin/sh
# debian_base.sh FILE: makes FILE, the root file system of a small Debian as a tar archive, unless it is there. The tests of builds
# that install packages stand on it. Needs mmdebstrap, a subordinate id range and a mirror ($SKIFF_DEBIAN_MIRROR).
set -eu
file=$1
unset TMPDIR # a test's own is closed to subordinate ids
mkdir -p "$(dirname "$file")"
exec 9> "$file.lock"
flock 9
[ -s "$file" ] && exit 0
mmdebstrap --quiet --variant=minbase --mode=unshare "${SKIFF_DEBIAN_SUITE:-bookworm}" "$file.new.tar" \
    "${SKIFF_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
mv "$file.new.tar" "$file"
