#!/usr/bin/env bash
# Who may include whom, and each library behind its one door. Prints what breaks the rule; exit 1 if anything does.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
say() { echo "$1"; bad=1; }

# folder: what it may include beside itself
rules='base:
model:base
intake:base model
logs:base model
imports:base model
bounces:base model
correlate:base model
classify:base model
store:base model
report:base model store
suppress:base model store
serve:base model store report suppress pipeline
cli:base model intake logs imports bounces correlate classify store report suppress pipeline serve'
while IFS=: read -r folder allowed; do
    for file in src/"$folder"/*.[ch]; do
        [ -e "$file" ] || continue
        while read -r inc; do
            top=${inc%%/*}; top=${top%.h}; case $top in pipeline*) top=pipeline ;; esac
            [ "$top" = "$folder" ] && continue
            case " $allowed " in *" $top "*) ;; *) say "$file: may not include \"$inc\"" ;; esac
        done < <(sed -n 's/^ *# *include "\([^"]*\)".*/\1/p' "$file")
    done
done <<<"$rules"

# library header: the files that may include it
doors='gmime/:src/bounces/mime.c
pcre2.h:src/base/pattern.c
libpq-fe.h:src/store/db.c
event2/:src/serve/loop.c src/serve/http.c src/serve/dnsbl.c
archive.h:src/intake/input.c
jansson.h:src/base/json.c
xxhash.h:src/base/hash.c
glib:src/base/keyed.c src/base/zone.c src/cli/options.c src/cli/config.c src/bounces/mime.c
libpsl.h:src/classify/psl.c
cdb.h:src/suppress/cdb.c'
while IFS=: read -r header files; do
    while read -r file; do
        case " $files " in *" $file "*) ;; *) say "$file: <$header> has its door in ${files:-nowhere}" ;; esac
    done < <(grep -rlE "^ *# *include <$header" src --include='*.[ch]' 2>/dev/null)
done <<<"$doors"

# only cli/ writes to the terminal or exits (base/arena.c when memory is out)
for file in $(grep -lE '\b(printf|puts|putchar|exit)\(' src/{base,model,intake,logs,imports,bounces,correlate,classify,store,report,suppress}/*.c src/pipeline*.c 2>/dev/null); do
    [ "$file" = src/base/arena.c ] || say "$file: only cli/ writes to the terminal or exits"
done
[ $bad = 0 ] && echo "layers: fine"
exit $bad
