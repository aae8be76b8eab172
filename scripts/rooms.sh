#!/bin/sh
# Holds the order of the rooms (folders) of a source tree. Its file `rooms` says, a line a room and from the ground up,
# whose headers a room may include beside its own: "room: other another". A room may only use one that stands before it,
# so that the arrows run one way.
set -eu
cd "$1"

status=0
complain() {
  echo "$PWD: $*" >&2
  status=1
}

known=' '
while IFS=: read -r room others; do
  case $room in '' | '#'*) continue ;; esac
  for other in $others; do
    case $known in *" $other "*) ;; *) complain "$room uses $other, which does not stand before it" ;; esac
  done
  known="$known$room "
  included=$(sed -n 's/^#include "\(.*\)"/\1/p' "$room"/*.[ch] | sort -u)
  for header in $included; do
    case " $room $others " in *" ${header%%/*} "*) ;; *) complain "$room must not include $header" ;; esac
    [ -f "$header" ] || complain "$room includes $header, which is not there; an include names the room"
  done
done <rooms

for folder in */; do
  case $known in *" ${folder%/} "*) ;; *) complain "$folder is no room that the file rooms knows" ;; esac
done
exit $status
