#!/usr/bin/env bash
# Installs what skiff needs, builds it, and runs a first container as an ordinary user. The README's first command.
#
#   contrib/quickstart.sh            build into ./build-release and show that it works
#   contrib/quickstart.sh --install  also install it below /usr/local (root, or sudo)
set -euo pipefail
cd "$(dirname "$0")/.."
source contrib/packages.sh

install=no
for word in "$@"; do
    case $word in
    --install) install=yes ;;
    *) echo "quickstart.sh: unknown option: $word (there is only --install)" >&2; exit 125 ;;
    esac
done

echo "== packages"
install_packages $build_packages $run_packages

echo "== build"
configure build-release --buildtype=release -Dtests=false
ninja -C build-release

if [ $install = yes ]; then
    echo "== install"
    if [ "$(id -u)" = 0 ]; then ninja -C build-release install; else sudo ninja -C build-release install; fi
fi

echo "== a first container"
user=$(ordinary_user skiff)
# The user may not be able to read this directory (a clone below /root): the program itself is all that is needed.
program=$(mktemp -d /tmp/skiff-quickstart.XXXXXX)
trap 'rm -rf "$program"' EXIT
chmod 755 "$program"
install -m 755 build-release/src/skiff "$program/skiff"
as_user "$user" "$program/skiff" run --rm hello
as_user "$user" "$program/skiff" images

cat <<EOF

skiff is ready: build-release/src/skiff$([ $install = yes ] && echo ", installed as /usr/local/bin/skiff")
Run it as an ordinary user; it never needs root. The tests: tests/run.sh
EOF
