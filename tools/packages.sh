#!/bin/sh
# Installs what Dealog needs and this machine lacks, with apt-get: on Debian 12, Debian 13 and Ubuntu 24.04.
#
#   tools/packages.sh          what building and running need
#   tools/packages.sh --tests  what the tests need as well
#   tools/packages.sh --list   only says what is missing, one name on each line
#
# Does nothing, and needs no rights, when nothing is missing.
set -eu

tests=no list=no
for word in "$@"; do
  case "$word" in
    --tests) tests=yes ;;
    --list) list=yes ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "tools/packages.sh: unknown option $word (try --help)" >&2; exit 2 ;;
  esac
done

if ! command -v apt-get >/dev/null || ! [ -r /etc/os-release ]; then
  echo "This is no Debian or Ubuntu: install by hand what tools/packages.sh names, or build in a debian:12 container." >&2
  exit 1
fi
. /etc/os-release
case "${ID:-}:${VERSION_ID:-}" in
  debian:12) boost=1.81 clang=14 ;;
  debian:13) boost=1.83 clang=19 ;;
  ubuntu:24.04) boost=1.83 clang=16 ;;
  *)
    boost=1.83 clang=16
    echo "Note: Dealog is tried on Debian 12, Debian 13 and Ubuntu 24.04; this is ${PRETTY_NAME:-unknown}." >&2
    ;;
esac

wanted="g++ cmake ninja-build pkg-config ccache git ca-certificates curl tzdata
  libboost$boost-dev libboost-json$boost-dev libboost-url$boost-dev
  librocksdb-dev libflatbuffers-dev flatbuffers-compiler libspdlog-dev catch2
  libssl-dev libsodium-dev libhowardhinnant-date-dev libcli11-dev libicu-dev libxlsxwriter-dev libjemalloc-dev zlib1g-dev"
optional="mold"   # links faster; nothing is lost without it
if [ "$tests" = yes ]; then
  wanted="$wanted clang-tools-$clang"
  # For the OpenAPI linter. A Node that came from elsewhere is as good, and Debian's would clash with it.
  command -v node >/dev/null || wanted="$wanted nodejs"
  command -v npm >/dev/null || wanted="$wanted npm"
  # A verifier of checkpoints and proofs that nobody here wrote (tests/outside).
  wanted="$wanted golang-go golang-golang-x-mod-dev"
fi

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=""
for package in $wanted $optional; do is_installed "$package" || missing="$missing $package"; done
missing=${missing# }
if [ "$list" = yes ]; then
  for package in $missing; do echo "$package"; done
  exit 0
fi
[ -n "$missing" ] || exit 0

run=""
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and installing them takes root (there is no sudo here). As root, run:" >&2
    echo "  apt-get install --no-install-recommends $missing" >&2
    exit 1
  fi
  run=sudo
fi

# Debian's Boost versions shut each other out: say so before apt-get removes one.
for old in $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost[0-9]*-dev' 2>/dev/null | sed -n 's/^installed //p'); do
  case "$missing" in
    *"libboost$boost-dev"*) [ "$old" = "libboost$boost-dev" ] ||
      echo "Note: installing libboost$boost-dev removes $old, for they cannot stand side by side. Ctrl-C within 5 seconds stops here." >&2 && sleep 5 ;;
  esac
done

echo "Installing what is missing: $missing" >&2
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
available=""
for package in $missing; do
  if apt-cache show "$package" >/dev/null 2>&1; then available="$available $package"
  elif [ "$package" = "$optional" ]; then echo "Note: $package is not to be had here; going on without it." >&2
  else available="$available $package"
  fi
done
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $available >&2
