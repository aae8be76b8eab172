#!/usr/bin/env bash
# Builds the extension and the relay, or the extension alone (stage.sh extension), and installs the extension into
# .build/stage, where a private cluster finds it by the setting extension_destdir.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

step 'Building the extension'
quietly build-extension make -C pg_worldtune -j "$(nproc)"
quietly stage make -C pg_worldtune install DESTDIR="$STAGE"
if [[ ${1:-} != extension ]]; then
  scripts/page.sh
  step 'Building the relay'
  quietly build-relay make -C relay -j "$(nproc)"
fi
