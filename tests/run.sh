#!/usr/bin/env bash
# Builds skiff with its tests and runs the suite as an ordinary user. The README's second command.
#
#   tests/run.sh                      the whole suite: unit, system, corpus
#   tests/run.sh --suite system       words are passed on to `meson test`
# Environment: SKIFF_BUILD the build directory (default ./build-test); SKIFF_MESON_ARGS further words for `meson setup`.
set -euo pipefail
cd "$(dirname "$0")/.."
source contrib/packages.sh

install_packages $build_packages $run_packages $test_packages
user=$(ordinary_user skiff)

build=${SKIFF_BUILD:-$PWD/build-test}
if ! as_user "$user" test -r "$PWD/tests/run.sh"; then
    # A clone below /root, say: the tests cannot be read by the one who runs them, and need a place of their own.
    place=$(mktemp -d /tmp/skiff-tests.XXXXXX)
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    mkdir "$place/tree"
    { git ls-files -z 2>/dev/null || find . -path './build*' -prune -o -type f -print0; } | xargs -0 cp --parents -t "$place/tree"
    chmod -R a+rX "$place"
    cd "$place/tree"
    build=$place/tree/build-test
fi

werror=false
[ -n "${CI:-}" ] && werror=true
configure "$build" -Dwerror=$werror ${SKIFF_MESON_ARGS:-}
ninja -C "$build"

if [ "$(id -u)" = 0 ]; then
    # What meson and the tests write: logs beside the build, results in it.
    mkdir -p "$build/meson-logs"
    chown -R "$user" "$build/meson-logs"
    chown "$user" "$build"
fi
rm -f "$build"/meson-logs/testlog* "$build"/*.xml
status=0
as_user "$user" meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 3 "$@" || status=$?
# One more judge than meson: it counts what ran, so that a run that executed nothing cannot pass.
python3 tests/support/count_results.py "$build/meson-logs" || status=1
exit $status
