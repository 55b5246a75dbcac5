#!/usr/bin/env bash
# Builds skiff with its tests and runs the suite as an ordinary user. The README's second command.
#
#   tests/run.sh                      the whole suite: unit, system, corpus
#   tests/run.sh --suite unit         words are passed on to `meson test`
# Environment: SKIFF_BUILD the build directory (default ./build-test); SKIFF_MESON_ARGS further words for `meson setup`.
set -euo pipefail
cd "$(dirname "$0")/.."
source contrib/packages.sh

install_packages $build_packages $run_packages $test_packages

build=${SKIFF_BUILD:-build-test}
werror=false
[ -n "${CI:-}" ] && werror=true
[ -d "$build" ] || meson setup "$build" -Dwerror=$werror ${SKIFF_MESON_ARGS:-} >/dev/null
ninja -C "$build"

user=$(ordinary_user skiff)
# Everything the tests need is copied to where that user can read it: a clone may lie below /root.
place=$(mktemp -d /tmp/skiff-tests.XXXXXX)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
mkdir "$place/tree"
git ls-files -z | xargs -0 cp --parents -t "$place/tree"
cp -a "$build" "$place/build"
chown -R "$user" "$place/build" 2>/dev/null || true
chmod -R a+rX "$place"

# Results are counted from meson's own log, so that a run that executed nothing cannot pass.
status=0
as_user "$user" env SKIFF_SOURCE="$place/tree" meson test -C "$place/build" --no-rebuild --print-errorlogs \
    --timeout-multiplier 3 "$@" || status=$?
log=$(ls -t "$place"/build/meson-logs/testlog*.json 2>/dev/null | head -n 1)
python3 - "$log" <<'EOF' || status=1
import json, sys
results = [json.loads(line)["result"] for line in open(sys.argv[1])]
passed = sum(r in ("OK", "EXPECTEDFAIL") for r in results)
skipped = results.count("SKIP")
print(f"{passed} passed, {len(results) - passed - skipped} failed, {skipped} skipped")
sys.exit(0 if passed else 1)
EOF
exit $status
