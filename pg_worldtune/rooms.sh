#!/bin/sh
# Holds the order of the rooms under src/: a file includes headers of its own room and of those below, nothing else of ours;
# src/pure/ compiles without PostgreSQL's headers. `make` runs it.
set -eu
cd "$(dirname "$0")/src"

below_pure='pure'
below_postgres='pure postgres'
below_rating='pure postgres rating'
below_charging='pure postgres rating charging'

status=0
for room in *; do
  eval "allowed=\${below_$room-}"
  [ -n "$allowed" ] || { echo "src/$room is a room that rooms.sh does not know" >&2 && exit 1; }
  for other in *; do
    case " $allowed " in *" $other "*) continue ;; esac
    grep -Hn "#include \"$other/" "$room"/*.[ch] && {
      echo "src/$room must not use src/$other" >&2
      status=1
    }
  done
done
grep -Hn '#include "[^/"]*"' pure/*.[ch] && { echo 'src/pure names a header that is not ours' >&2 && status=1; }
${CC:-cc} -std=gnu11 -fsyntax-only -I. pure/*.c || status=1
exit $status
