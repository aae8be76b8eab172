#!/usr/bin/env bash
# Brings the Node that package-lock.json pins, and its packages, into node_modules; does nothing when they are there.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# npm writes .package-lock.json last, so it is newer than the lock file it was made from.
if [[ node_modules/.package-lock.json -ot package-lock.json || ! -x node_modules/.bin/node ]]; then
  step "Installing Node and its packages into the checkout (log: $LOGS/npm.log)"
  quietly npm npm ci
  # Debian's npm does not link this one program.
  (cd node_modules/.bin && ln -sf ../node-linux-*/bin/node node)
  node --version >/dev/null || die "npm brought no Node that runs on this machine ($(uname -m))"
fi
