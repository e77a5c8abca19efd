#!/usr/bin/env bash
# Upgrades a deployed sample from the version at a commit to today's, on the local cloud, and goes back again.
# Proves that nobody loses or gains access, that no statement runs for the upgrade alone, and that the plans
# are empty but for the functions' code. Takes about ten minutes; run it by hand before a release.
#
#   scripts/upgrade-from.sh <commit> [--allow <change>]... [--back-refused <sentence>]
#     [--ledger-without-proofs] [--gates-replaced] [--keep]
#
# --allow         a change that the upgrade's plans may hold as well: a Terraform address (`*` matches any
#                 text), after a colon the attributes that may be updated:
#                 --allow 'aws_cloudwatch_dashboard.*:dashboard_body'
# --back-refused  going back to the commit must be refused with this sentence; without it, it must work
# --ledger-without-proofs
#                 the commit's functions wrote no proofs to the ledger (docs/decisions/0043). Then the first
#                 plan of a cluster must show its hook without a statement, and name the missing proof. Its
#                 apply must write the same roster with a proof, and nothing else but what every apply
#                 records. The event that waited must be deleted, not sent.
# --gates-replaced
#                 the upgrade, and going back, replace the gate of each cluster (docs/decisions/0081). Then
#                 its hook is called once, without a statement, and its apply writes the same roster to the
#                 ledger and what every apply records.
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
