#!/usr/bin/env bash
# Does what a newcomer does: a fresh clone in a path with a space, with an empty npm cache and an empty home,
# then the README's two commands. Prints the time of each. Takes minutes; run it by hand before a release.
#
#   scripts/fresh-clone.sh [--keep] [--warm-cache]
#
# --keep        leaves the clone where it is
# --warm-cache  uses this machine's cache of MySQL and moto (npm's stays empty)
set -euo pipefail
keep=no warm=no
for option in "$@"; do
  case "$option" in
    --keep) keep=yes ;;
    --warm-cache) warm=yes ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done

source=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/aurora-users-fresh.XXXXXX")
clone="$place/a path with a space/clone"
cleanup() { [ "$keep" = yes ] && echo "left at: $clone" || rm -rf "$place"; }
trap cleanup EXIT

if [ -n "$(git -C "$source" status --porcelain)" ]; then
  echo "fresh-clone: there are changes that are not committed; they are not in the clone" >&2
fi
# Where packages come from is the machine's own affair and goes with it; what was fetched before does not.
npm_config_userconfig=$(npm config get userconfig)
[ "$warm" = yes ] && export AURORA_USERS_CACHE="${AURORA_USERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdktf-aurora-users}"
mkdir -p "$place/home" "$(dirname "$clone")"
export npm_config_userconfig npm_config_cache="$place/npm-cache" HOME="$place/home"
unset XDG_CACHE_HOME

step() {
  local name=$1 started=$SECONDS status=0
  shift
  "$@" || status=$?
  durations+=("$(printf '%-6s %4d s  %s' "$name" $((SECONDS - started)) "$([ $status = 0 ] && echo ok || echo "failed with status $status")")")
  [ $status = 0 ] || failed=yes
}
durations=() failed=no
step clone git clone --quiet --no-local "$source" "$clone"
cd "$clone"
step demo npm run --silent demo
step tests npm test --silent
if [ -n "$(git status --porcelain)" ]; then
  echo "fresh-clone: the commands left changes behind:" >&2
  git status --short >&2
  failed=yes
fi
printf '%s\n' "" "${durations[@]}"
[ "$failed" = no ]
