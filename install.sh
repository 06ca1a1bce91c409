#!/bin/sh
# Installs bluesky_firehose for the current user. It downloads the archive of this platform, verifies its checksum and,
# if gh is installed and logged in, the attestation of its build; then it runs the program once and copies it to
# ~/.local/bin.
#
# The checksum comes from the same server as the archive, so it shows only that the archive arrived whole. HTTPS, which no
# redirect may leave, and the attestation show who made it.
#
#   sh install.sh [--version VERSION] [--bin-dir DIR] [--releases URL]
set -eu

# A release sets this to the address of its own releases page.
default_releases=

usage() {
  cat <<'TEXT'
Usage: install.sh [--version VERSION] [--bin-dir DIR] [--releases URL]

  --version VERSION  a release such as 0.2.0; the latest by default
  --bin-dir DIR      where the program goes; ~/.local/bin by default
  --releases URL     the releases page, such as https://HOST/OWNER/REPOSITORY/releases; with an http URL nothing shows
                     who sent the program
TEXT
}

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit "${2:-1}"
}

platform() {
  case "$(uname -m)" in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "Cannot install for $(uname -m): there is no binary for it; expected x86_64 or aarch64" ;;
  esac
  case "$(uname -s)" in
    Linux) echo "$machine-unknown-linux-gnu" ;;
    Darwin)
      # A shell under Rosetta says x86_64 on an Apple processor.
      [ "$(sysctl -n hw.optional.arm64 2>/dev/null || true)" = 1 ] && machine=aarch64
      echo "$machine-apple-darwin"
      ;;
    *) fail "Cannot install on $(uname -s): expected Linux or macOS; for Windows unpack the .zip of the release" ;;
  esac
}

# Whoever asked for HTTPS is led nowhere else by a redirect.
fetch() { # URL FILE
  case "$1" in
    https://*) protocols='=https' ;;
    *) protocols='=http,https' ;;
  esac
  if command -v curl >/dev/null 2>&1; then
    curl --proto "$protocols" --proto-redir "$protocols" \
      --fail --silent --show-error --location --retry 2 --output "$2" "$1"
  elif ! command -v wget >/dev/null 2>&1; then
    fail "Cannot download: there is neither curl nor wget; install one of them"
  elif [ "$protocols" = '=https' ]; then
    # wget restricts no redirect; so whatever is not HTTPS goes to a proxy that cannot be there.
    http_proxy=http://127.0.0.1:0 no_proxy='' NO_PROXY='' wget --quiet --output-document="$2" "$1"
  else
    wget --quiet --output-document="$2" "$1"
  fi
}

# Who built the archive, by an attestation that the server of the releases cannot forge.
attest() { # FILE RELEASES
  path=${2#*://}
  host=${path%%/*}
  repository=${path#*/}
  repository=${repository%/releases}
  case "$path" in
    */*/*/releases) ;;
    *) host='' ;;
  esac
  if [ -z "$host" ]; then
    why='its releases page names no repository'
  elif ! command -v gh >/dev/null 2>&1; then
    why='gh is not here'
  elif ! gh auth status --hostname "$host" >/dev/null 2>&1; then
    why="gh is not logged in to $host"
  elif ! gh attestation verify --help >/dev/null 2>&1; then
    why='this gh knows no attestations'
  else
    GH_HOST=$host gh attestation verify "$1" --repo "$repository" >/dev/null ||
      fail "Cannot trust ${1##*/}: no attestation says that $repository built it, see above"
    echo "Verified that $repository on $host built ${1##*/}"
    return
  fi
  echo "Note: who built ${1##*/} is not verified, as $why; its checksum shows only that it arrived whole"
}

sha256() { # FILE
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    fail "Cannot verify the checksum: there is neither sha256sum nor shasum; install one of them"
  fi
}

# One function, called in the last line: a script that arrives in part does nothing.
main() {
  version=latest
  bin_dir=${HOME:?}/.local/bin
  releases=$default_releases
  while [ $# -gt 0 ]; do
    case "$1" in
      --help | -h) usage && exit 0 ;;
      --version | --bin-dir | --releases) [ $# -ge 2 ] && [ -n "$2" ] || fail "Cannot use $1: it has no value" 2 ;;
      *) fail "Cannot use \"$1\": it is unknown, --version, --bin-dir and --releases are known" 2 ;;
    esac
    case "$1" in
      --version) version=${2#v} ;;
      --bin-dir) bin_dir=$2 ;;
      --releases) releases=${2%/} ;;
    esac
    shift 2
  done
  [ -n "$releases" ] || fail "Cannot install: this script has no releases page; give --releases URL" 2
  case "$releases" in
    https://* | http://*) ;;
    *) fail "Cannot use --releases \"$releases\": it is no URL that begins with https://" 2 ;;
  esac

  target=$(platform)
  archive=bluesky_firehose-$target.tar.gz
  if [ "$version" = latest ]; then from=$releases/latest/download; else from=$releases/download/v$version; fi

  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  trap 'exit 1' HUP INT TERM
  fetch "$from/SHA256SUMS" "$temporary/SHA256SUMS" || fail "Cannot download $from/SHA256SUMS: see above"
  expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$temporary/SHA256SUMS")
  [ -n "$expected" ] || fail "Cannot install: $archive is not in $from/SHA256SUMS"
  fetch "$from/$archive" "$temporary/$archive" || fail "Cannot download $from/$archive: see above"
  found=$(sha256 "$temporary/$archive")
  [ "$found" = "$expected" ] || fail "Cannot trust $archive: its SHA-256 is $found; expected $expected"
  attest "$temporary/$archive" "$releases"

  tar -xzf "$temporary/$archive" -C "$temporary"
  program=$temporary/bluesky_firehose-$target/bluesky_firehose
  shown=$("$program" --version) ||
    fail "Cannot run the program of $archive here: on Linux it needs glibc 2.27 or later (Alpine has musl)"
  mkdir -p "$bin_dir"
  # Beside the old program first, so that a running one is replaced in one step.
  cp "$program" "$bin_dir/.bluesky_firehose.new"
  chmod 755 "$bin_dir/.bluesky_firehose.new"
  mv -f "$bin_dir/.bluesky_firehose.new" "$bin_dir/bluesky_firehose"
  echo "Installed $shown as $bin_dir/bluesky_firehose"
  case ":${PATH:-}:" in
    *":$bin_dir:"*) ;;
    *) printf 'Note: %s is not in PATH; for this shell:\n  export PATH="%s:%sPATH"\n' "$bin_dir" "$bin_dir" '$' ;;
  esac
}

main "$@"
