#!/usr/bin/env bash
# Builds the extension and the relay, and installs the extension into .build/stage, where a private cluster finds it by
# the setting extension_destdir.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

step 'Building the extension and the relay'
quietly build-extension make -C pg_worldtune -j "$(nproc)"
quietly build-relay make -C relay -j "$(nproc)"
quietly stage make -C pg_worldtune install DESTDIR="$STAGE"
