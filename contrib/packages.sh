# The packages that skiff needs, by purpose. Sourced by quickstart.sh and tests/run.sh; not a program of its own.

# To build: each library's reason is in README.md; libslirp's headers need those of glib, which its package does not bring.
build_packages="g++ meson ninja-build pkg-config python3 nlohmann-json3-dev libtomlplusplus-dev libyaml-cpp-dev libseccomp-dev
  libzstd-dev libslirp-dev libglib2.0-dev libcurl4-openssl-dev libssl-dev libisal-dev liblzma-dev libbz2-dev zlib1g-dev"
# To run: libraries that are loaded when a command needs them, and the id-mapping helpers.
run_packages="uidmap fuse-overlayfs libslirp0 libcurl4 libisal2 liblzma5 libbz2-1.0 libssl3"
# To test: the framework, and real peers; tests that miss a peer are skipped and say so.
test_packages="libgtest-dev libgmock-dev ca-certificates procps busybox-static docker-registry skopeo umoci openssl git mmdebstrap fish zsh"

# configure DIRECTORY WORD...: sets a build directory up once; when that fails, says why and leaves none that looks finished.
configure() {
    local directory=$1 words
    shift
    [ -f "$directory/build.ninja" ] && return 0
    rm -rf "$directory"
    if ! words=$(meson setup "$directory" "$@" 2>&1); then
        printf '%s\n' "$words" >&2
        rm -rf "$directory"
        return 1
    fi
}

# install_packages PACKAGE...: installs what is missing (as root, or by sudo), or says what is missing.
install_packages() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        echo "skiff: this is no Debian-like system; please see to it that these are installed: $*" >&2
        return 0
    fi
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        echo "skiff: installing with sudo: ${missing[*]}" >&2
        sudo apt-get update -qq
        sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "skiff: these packages are missing: ${missing[*]}" >&2
        echo "       ask an administrator for: apt-get install ${missing[*]}" >&2
        return 1
    fi
}

# ordinary_user NAME: prints the user to run things as: the invoking one, or, for root, NAME, made with a subordinate range.
ordinary_user() {
    if [ "$(id -u)" != 0 ]; then
        id -un
        return
    fi
    id "$1" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$1"
    grep -q "^$1:" /etc/subuid || usermod --add-subuids 1000000-1065535 "$1"
    grep -q "^$1:" /etc/subgid || usermod --add-subgids 1000000-1065535 "$1"
    # As udev sets them elsewhere; a minimal machine has no udev.
    local node
    for node in /dev/fuse /dev/net/tun; do
        [ -c "$node" ] && chmod 0666 "$node"
    done
    echo "$1"
}

# as_user NAME COMMAND...: runs COMMAND as NAME with an environment as after a login, without a session.
as_user() {
    local user=$1 home
    shift
    if [ "$(id -un)" = "$user" ]; then
        "$@"
        return
    fi
    home=$(getent passwd "$user" | cut -d: -f6)
    (cd / && setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups --inh-caps=-all \
        env -i HOME="$home" USER="$user" LOGNAME="$user" PATH="$PATH" TERM="${TERM:-dumb}" LANG=C.UTF-8 CI="${CI:-}" "$@")
}
