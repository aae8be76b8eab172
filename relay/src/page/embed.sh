#!/bin/sh
# Prints, as C, the files of a built page: embed.sh DIRECTORY. Beside each file may lie what it is compressed, with
# .br and .gz after its name.
set -eu
cd "$1"
[ -f index.html ] || { echo "$1 has no built page: run \`make page\` first" >&2; exit 1; }

media_type() {
  case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.svg) echo 'image/svg+xml' ;;
    *.json) echo 'application/json' ;;
    *.wav) echo 'audio/wav' ;;
    *) echo "$1: no media type is known for this file" >&2 && exit 1 ;;
  esac
}

# bytes SYMBOL FILE: the bytes of a file as SYMBOL up to SYMBOL_end; nothing for a file that is not there.
bytes() {
  [ ! -f "$2" ] || printf '__asm__(".global %s\\n%s: .incbin \\"%s\\"\\n.global %s_end\\n%s_end:\\n");\n' \
    "$1" "$1" "$PWD/$2" "$1" "$1"
}

declare_bytes() {
  [ ! -f "$2" ] || printf 'extern const char %s[], %s_end[];\n' "$1" "$1"
}

pair() {
  if [ -f "$2" ]; then printf '{%s, %s_end}' "$1" "$1"; else printf '{NULL, NULL}'; fi
}

files=$(find . -type f ! -name '*.br' ! -name '*.gz' | sed 's|^\./||' | LC_ALL=C sort)
echo '#include "page/page_files.h"'
printf '%s\n' '__asm__(".section .rodata\n");'
number=0
for file in $files; do
  number=$((number + 1))
  for ending in '' .br .gz; do bytes "page_$number${ending#.}" "$file$ending"; done
done
printf '%s\n' '__asm__(".text\n");'
number=0
for file in $files; do
  number=$((number + 1))
  for ending in '' .br .gz; do declare_bytes "page_$number${ending#.}" "$file$ending"; done
done
echo 'const PageFile page_files[] = {'
number=0
for file in $files; do
  number=$((number + 1))
  type=$(media_type "$file")
  printf '    {"%s", "%s", %s, %s, %s},\n' "$file" "$type" "$(pair "page_$number" "$file")" \
    "$(pair "page_${number}br" "$file.br")" "$(pair "page_${number}gz" "$file.gz")"
done
echo '    {NULL, NULL, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}},'
echo '};'
