#!/usr/bin/env bash
# Upgrades a deployed sample from the version at a commit to today's, on the local cloud, and goes back again.
# Proves that nobody loses or gains access, that no statement runs for the upgrade alone, and that the plans
# are empty but for the functions' code. Takes about ten minutes; run it by hand before a release.
#
#   scripts/upgrade-from.sh <commit> [--allow <change>]... [--back-refused <sentence>] [--keep]
#
# --allow         a change that the upgrade's plans may hold as well: a Terraform address (`*` matches any
#                 text), after a colon the attributes that may be updated:
#                 --allow 'aws_cloudwatch_dashboard.*:dashboard_body'
# --back-refused  going back to the commit must be refused with this sentence; without it, it must work
# --keep          leaves the files of the run (the cloud ends all the same)
#
# Exit codes: 0 all claims hold, 1 a claim does not hold or a step fails, 2 wrong arguments.
set -euo pipefail
case "${1:---help}" in
  -h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"
    exit $(($# == 0 ? 2 : 0))
    ;;
esac
cd "$(dirname "$0")/.."
exec node scripts/run.mjs tsx local/upgrade/upgrade-from.ts "$@"
