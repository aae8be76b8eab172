#!/usr/bin/env bash
# Installs the Debian packages that are missing: packages.sh run | check | bench
# Looks for what is needed, not for names of packages: the same header may have come another way.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

is_there() {
  case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing_packages() {
  local group package proof
  while read -r group package proof; do
    [[ $group == run || $group == "$1" ]] || continue
    is_there "$proof" || printf '%s\n' "$package"
  done <scripts/packages.txt
}

# PostgreSQL's package would make a cluster on port 5432 and start it, and start clusters that rest. While apt runs,
# two files say no; they are taken away again, and nothing that was there before is touched.
install_packages() {
  local clusters=/etc/postgresql-common/createcluster.d/worldtune.conf policy=/usr/sbin/policy-rc.d
  trap 'rm -f "${MADE[@]}"' EXIT
  MADE=("$clusters")
  mkdir -p "${clusters%/*}"
  echo 'create_main_cluster = false' >"$clusters"
  if [[ ! -e $policy ]]; then
    MADE+=("$policy")
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=120 update
  apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
}

main() {
  local group=$1
  local -a packages as_root=()
  mapfile -t packages < <(missing_packages "$group")
  ((${#packages[@]})) || return 0

  command -v apt-get >/dev/null || die "missing: ${packages[*]} (Debian's names; there is no apt-get here to install them)"
  step "Installing Debian packages: ${packages[*]} (log: $LOGS/packages.log)"
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || die "there is no sudo to install them with; as root: apt-get install ${packages[*]}"
    as_root=(sudo)
  fi
  quietly packages "${as_root[@]}" "$BASH" "$0" --install "${packages[@]}"
  mapfile -t packages < <(missing_packages "$group")
  ((${#packages[@]} == 0)) || die "still missing after the installation: ${packages[*]}"
}

if [[ ${1:-} == --install ]]; then
  shift
  install_packages "$@"
else
  main "${1:-run}"
fi
