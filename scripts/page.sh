#!/usr/bin/env bash
# Builds the dialer's page into dialer/dist, from the packages that package-lock.json pins; does nothing when what is
# there is newer than all that it is made of.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

is_fresh() {
  [[ -f dialer/dist/index.html ]] &&
    [[ -z $(find dialer package-lock.json -path dialer/dist -prune -o -path dialer/node_modules -prune -o -path dialer/screens -prune \
      -o -type f -newer dialer/dist/index.html -print -quit) ]]
}

if ! is_fresh; then
  scripts/node.sh
  step 'Building the page'
  quietly build-page npm run --silent --workspace dialer build
fi
