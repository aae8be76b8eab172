#!/bin/sh
# Holds the order of the rooms under src/: a file includes headers of its own room and of those below, nothing else of ours;
# src/pure/ compiles without PostgreSQL's headers. `make` runs it.
set -eu
cd "$(dirname "$0")/src"

# What a room may use.
allowed() {
  case $1 in
    pure) echo pure ;;
    postgres) echo pure postgres ;;
    rating) echo pure postgres rating ;;
    charging) echo pure postgres rating charging ;;
    *) echo "src/$1 is a room that rooms.sh does not know" >&2 && return 1 ;;
  esac
}

status=0
for room in *; do
  rooms=$(allowed "$room")
  for other in *; do
    case " $rooms " in *" $other "*) continue ;; esac
    grep -Hn "#include \"$other/" "$room"/*.[ch] && {
      echo "src/$room must not use src/$other" >&2
      status=1
    }
  done
done
grep -Hn '#include "[^/"]*"' pure/*.[ch] && { echo 'src/pure names a header that is not ours' >&2 && status=1; }
${CC:-cc} -std=gnu11 -fsyntax-only -I. pure/*.c || status=1
exit $status
