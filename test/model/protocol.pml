/*
 * The protocol between Terraform, the functions, the ledger and the database, for Spin. Each `atomic` is one
 * step: between any two, another process, the hostile account or a crash may come. A comment `= name, file`
 * names the function of the step. `#ifndef NO_...` is a guard: without it Spin finds a bug.
 *
 * One cluster, two accounts as bits: JANE, whose access ends, and BOB, whom a source declares. Rosters and
 * what the server holds are sets of them. Four scenes, each a set of processes of its own:
 *   APPLIES  plans and applies, calls that are sent again, an old state's payload
 *   DATES    an expiry, scheduled runs, an apply that was planned before the date
 *   SOURCES  a source, scheduled runs, applies
 *   HOOKS    a hook is replaced, forgotten or moved, then destroyed, with the removal policy "remove"
 */
#define JANE 1
#define BOB 2
#define SETS 4

byte db;                              /* who has access on the server */
byte expired;                         /* whose date has passed */
byte lock;                            /* the cluster's lock: 0, or the holder */
byte crashes = 1;                     /* how many functions may still die */

/* The ledger: rosters, the attempt's change set, what was accepted from the source and put into force. */
byte target, applied, attempt, removing, sourceTarget, sourceApplied;
bool spent[SETS], failed[SETS];
/* The answer of the last call, 0 without one: a change set. */
byte answered;

/* What each plan showed, and what became of it. */
byte roster[SETS], shownGive[SETS], shownTake[SETS], intents[SETS], deaths[SETS];
bool over[SETS];

/* For the properties only. */
byte owed, due;                       /* what an apply, or a scheduled run, still has to take */
byte taking, takingDue;               /* what the run under the lock takes, until it has looked again */
byte takenByApply, takenByRemoval;    /* what no scheduled run may give back */
byte hooksOfTerraform;

#define MAY_CRASH if :: crashes > 0 -> crashes--; goto died :: true fi
#define IS_SETTLED (attempt == 0 && target == applied)
#define WANTED(r) (((r) & ~expired) | sourceTarget)

inline unlock() { if :: lock == _pid + 1 -> lock = 0; taking = 0; takingDue = 0 :: else fi }

/* = runStatements, lambdas/reconciler/mysql/run-statements.ts: one statement, revocations first. */
inline nextStatement() {
  one = 0; gives = false;
  if :: (take & JANE) -> one = JANE
     :: !(take & JANE) && (take & BOB) -> one = BOB
     :: !take && (give & JANE) -> one = JANE; gives = true
     :: !take && !(give & JANE) -> one = BOB; gives = true
  fi;
  if :: gives -> give = give & ~one :: else -> take = take & ~one fi
}

/* Runs the statement, or the server refuses it. */
inline runOrRefuse() {
  if
  :: true ->
     if :: gives -> assert(!(expired & one)); db = db | one
        :: else -> db = db & ~one; owed = owed & ~one; due = due & ~one
     fi
  :: true -> refused = true
  fi
}

proctype Hostile(byte acts) {
  do
  :: acts > 0 -> atomic { acts--; db = db | JANE; owed = owed | (taking & JANE); due = due | (takingDue & JANE) }
  :: break
  od
}

/* An apply of a change set, or a copy of the call. */
proctype Apply(byte set) {
  byte give, take, one; bool gives, refused, ran;
  /* = earlierAnswer, lambdas/reconciler/apply/earlier-answer.ts */
  atomic {
    MAY_CRASH;
#ifndef NO_ANSWER
    if :: answered == set -> goto done :: else fi
#endif
  }
  /* = openAttempt, lambdas/reconciler/apply/apply.ts */
  atomic {
    MAY_CRASH;
#ifndef NO_ATTEMPT
    attempt = set;
#endif
    if :: answered != set -> answered = 0 :: else fi
  }
  /* = withClusterLock, lambdas/reconciler/execute/with-cluster-lock.ts */
#ifndef NO_LOCK
  atomic { lock == 0 -> lock = _pid + 1 }
#endif
  /* = earlierAnswer, lambdas/reconciler/apply/earlier-answer.ts */
  atomic {
    MAY_CRASH;
#ifndef NO_ANSWER
#ifndef NO_SECOND_LOOK
    if :: answered == set ->
          if :: !failed[set] && attempt == set -> attempt = 0 :: else fi;
          unlock(); goto done
       :: else fi
#endif
#endif
  }
  /* = planApply, lambdas/reconciler/apply/plan-apply.ts */
  atomic {
    MAY_CRASH;
    give = WANTED(roster[set]) & ~db;
#ifdef NO_EXPIRY_AT_APPLY
    give = (roster[set] | sourceTarget) & ~db;
#endif
    take = db & ~WANTED(roster[set]);
    /* = permittedPlan, core/decisions/permitted-plan.ts: what expired since may be taken unseen. */
    /* A call that has its answer does not act a second time. */
    assert(answered != set || !(give || take));
#ifndef NO_SHOWN
    if :: (give & ~shownGive[set]) || (take & ~shownTake[set] & ~expired) -> unlock(); goto done
       :: else fi;
#endif
#ifndef NO_SPENT
    if :: spent[set] && (give || (take & ~expired)) -> unlock(); goto done :: else fi;
#endif
    owed = (owed & ~WANTED(roster[set])) | take;
    taking = take
  }
  /* = writeTarget, lambdas/reconciler/apply/commit-roster.ts */
#ifndef NO_TARGET_FIRST
  atomic { MAY_CRASH; target = roster[set] }
#endif
  /* = recordIntent, lambdas/reconciler/execute/audit-run.ts */
  atomic {
    MAY_CRASH;
    if :: give || take -> ran = true; intents[set]++; assert(intents[set] <= 1 + deaths[set])
       :: else fi
  }
  /* = executePlan, lambdas/reconciler/execute/run-plan.ts */
  do
  :: atomic {
       give || take -> MAY_CRASH;
       nextStatement();
       assert(gives || (shownTake[set] & one) || (expired & one));
       assert(!gives || (shownGive[set] & one));
       assert(!spent[set] || (expired & one));
       runOrRefuse();
       if :: gives -> takenByApply = takenByApply & ~one
          :: !gives && !(db & one) -> takenByApply = takenByApply | one
          :: else fi
     }
  :: !give && !take -> break
  od;
  /* = executeAndVerify, lambdas/reconciler/execute/run-plan.ts */
  atomic {
    MAY_CRASH;
    taking = 0;
#ifndef NO_VERIFY
    if :: db != (db & WANTED(roster[set])) || (WANTED(roster[set]) & ~db) -> refused = true :: else fi
#else
    refused = false
#endif
  }
  if
  :: refused ->
#ifdef NO_LOCK_WHILE_RECORDING
     atomic { unlock() };
#endif
     /* = recordFailure, lambdas/reconciler/apply/apply.ts */
     atomic {
       MAY_CRASH;
       if :: ran -> answered = set; spent[set] = true; failed[set] = true :: else fi;
#ifdef NO_OPEN_AFTER_FAILURE
       attempt = 0;
#endif
       unlock()
     }
  :: else ->
     /* = settle, lambdas/reconciler/store/source-ledger.ts */
     atomic { MAY_CRASH; sourceApplied = sourceTarget }
     /* = commitApplied, lambdas/reconciler/apply/commit-roster.ts */
     atomic {
       MAY_CRASH;
       target = roster[set]; applied = roster[set]; spent[set] = true; answered = set;
       if :: attempt == set -> attempt = 0 :: else fi;
       unlock()
     }
  fi;
  goto done;
died:
  atomic { deaths[set]++; unlock() }
done:
  over[set] = true
}

/* = decidePreview, core/decisions/decide-preview.ts: a new change set, or none if the plan is empty. */
inline preview(set, wanted) {
  roster[set] = wanted;
  if
  :: true -> /* the server was observed */
     shownGive[set] = WANTED(wanted) & ~db;
     shownTake[set] = db & ~WANTED(wanted);
     isEmpty = IS_SETTLED && applied == wanted && !shownGive[set] && !shownTake[set]
  :: true -> /* it could not be observed. = isLastSuccess, core/decisions/decide-preview.ts */
     isEmpty = IS_SETTLED && applied == wanted;
#ifdef NO_SETTLED
     isEmpty = applied == wanted
#endif
  fi;
  /* What failed to be taken is pending until it is done. */
  if :: isEmpty -> assert(!(owed & ~WANTED(wanted))) :: else fi
}

#ifdef APPLIES
init {
  byte set = 1, copies = 1, replays = 1, wanted; bool isEmpty;
  atomic { db = BOB; target = db; applied = db; run Hostile(2) }
  do
  :: set < SETS - 1 ->
     atomic {
       if :: wanted = JANE | BOB :: wanted = BOB fi;
       preview(set, wanted)
     };
     if
     :: isEmpty -> break
     :: else ->
        run Apply(set);
        if :: copies > 0 -> copies--; run Apply(set) :: true fi;
        over[set];
        /* The provider notices late that the connection was cut. */
        if :: copies > 0 -> copies--; run Apply(set) :: true fi;
        if
        :: atomic { replays > 0 && spent[set] && _nr_pr <= 2 -> replays--; answered = 0; run Apply(set) }
        :: true
        fi;
        set++
     fi
  :: set == SETS - 1 -> break
  od
}
#endif

/* A scheduled run. = enforceCluster, lambdas/reconciler/enforce/enforce-cluster.ts */
proctype Enforce() {
  byte give, take, one, source, mayGive; bool gives, refused;
  /* = withClusterLock, lambdas/reconciler/execute/with-cluster-lock.ts */
  atomic { lock == 0 -> lock = _pid + 1 }
  /* = planEnforcement, core/decisions/plan-enforcement.ts with `drift: "repair"` */
  atomic {
    MAY_CRASH;
    source = sourceTarget;
    /* = enforceableRoster, core/mysql/enforceable-roster.ts: it gives only what both rosters hold. */
#ifndef NO_BOTH_ROSTERS
    mayGive = target & applied;
#else
    mayGive = applied;
#endif
#ifndef NO_REMOVING
    if :: removing -> mayGive = 0; source = sourceApplied :: else fi;
#endif
    mayGive = mayGive | (source & (source ^ sourceApplied));
#ifndef NO_EXPIRY_AT_ENFORCEMENT
    mayGive = mayGive & ~expired;
#endif
    give = mayGive & ~db;
    take = (db & expired) | (db & sourceApplied & ~source);
    due = due | take; takingDue = take
  }
#ifdef NO_SETTLE_LAST
  atomic { MAY_CRASH; sourceApplied = source }
#endif
  /* = executePlan, lambdas/reconciler/execute/run-plan.ts */
  do
  :: atomic {
       give || take -> MAY_CRASH;
       nextStatement();
       assert(!gives || !((takenByApply | takenByRemoval) & one));
       runOrRefuse()
     }
  :: !give && !take -> break
  od;
  /* = executeAndVerify, lambdas/reconciler/execute/run-plan.ts */
  atomic {
    MAY_CRASH;
    if :: refused || (takingDue & db) -> unlock(); goto done :: else fi;
    takingDue = 0;
    /* A run that says it succeeded has taken what it had to take. */
    assert(!(due & ~source))
  }
#ifndef NO_SETTLE_LAST
  /* = settle, lambdas/reconciler/store/source-ledger.ts */
  atomic { MAY_CRASH; sourceApplied = source }
#endif
died:
  atomic { unlock() }
done:
  skip
}

#if defined(DATES) || defined(SOURCES)
/* The date passes. A run has one time, which it reads under the lock. */
proctype Clock() { atomic { lock == 0 -> expired = JANE } }

/* = readSources, lambdas/reconciler/sources/source-reading.ts: a document that declares Bob, or no longer. */
proctype Source() {
  atomic { sourceTarget = BOB };
  atomic { sourceTarget = 0 }
}

init {
  bool isEmpty; byte runs = 1;
#ifdef DATES
  atomic { run Clock(); run Hostile(1) }
#else
  run Source();
#endif
  atomic { preview(1, JANE) };
  run Apply(1);
  do
  :: runs > 0 -> runs--; run Enforce(); _nr_pr <= 5
  :: break
  od;
  /* Jane's account is taken out of the reviewed roster. */
  over[1];
  atomic { preview(2, 0) };
  if :: isEmpty :: else -> run Apply(2); run Enforce() fi
}
#endif

#ifdef HOOKS
byte newest = 1, last, running, made;
byte formerHooks;                     /* as bits */
bool parameter = true;                /* what a destroy deletes before the hook */
bool fell;

/* An apply with nothing to run, of a hook that is created. */
proctype Create(byte hook; bool late) {
  /* = withClusterLock, lambdas/reconciler/execute/with-cluster-lock.ts */
  atomic { lock == 0 -> lock = _pid + 1 }
  /* = holdBy, core/decisions/hooks.ts: the hook takes the place of the one before it. */
  atomic {
    if
    :: hook == newest -> skip
#ifndef NO_FORMER
    :: hook != newest && (formerHooks & (1 << hook)) -> skip
#endif
    :: else -> formerHooks = formerHooks | (1 << newest); newest = hook
    fi;
    unlock();
    if :: late :: else -> running-- fi
  }
}

/* = deleteHook, lambdas/reconciler/apply/delete-hook.ts */
proctype Delete(byte hook) {
  byte one;
  /* = judgeDeletion, core/decisions/hooks.ts */
  atomic {
    MAY_CRASH;
#ifdef NO_NAMES
    /* Hooks are counted: one that Terraform forgot counts for ever. */
    if :: formerHooks && !(formerHooks & 1) -> formerHooks = 1; goto done :: else fi
#else
#ifndef NO_NEWEST
    if :: hook != newest -> goto done :: else fi
#endif
#endif
  }
  /* = stillDeclared, lambdas/reconciler/apply/judge-hook.ts */
#ifndef NO_PARAMETER
  atomic { if :: parameter -> goto done :: else fi };
#endif
  /* = withClusterLock, lambdas/reconciler/execute/with-cluster-lock.ts */
  atomic { lock == 0 -> lock = _pid + 1 }
  /* = removeAccounts, lambdas/reconciler/apply/removal-policy.ts: it is judged again. */
#if !defined(NO_NAMES) && !defined(NO_NEWEST)
#ifndef NO_SECOND_JUDGEMENT
  atomic { if :: hook != newest -> unlock(); goto done :: else fi }
#endif
#endif
  /* = removeUnderLock, lambdas/reconciler/apply/removal-policy.ts */
  atomic { MAY_CRASH; removing = 1 }
  one = JANE;
  do
  :: atomic {
       one <= BOB -> MAY_CRASH;
       /* Nobody is dropped while Terraform has a hook. */
       assert(hooksOfTerraform == 0);
       db = db & ~one; takenByRemoval = takenByRemoval | one; one = one * 2
     }
  :: one > BOB -> break
  od;
  /* = forgetHook, lambdas/reconciler/apply/delete-hook.ts */
  atomic {
    MAY_CRASH;
    formerHooks = formerHooks | (1 << hook);
    newest = 0; removing = 0; target = 0; applied = 0;
    unlock()
  }
  goto done;
died:
  atomic { fell = true; unlock() }
done:
  running--
}

/* One call of the provider, and perhaps a copy. */
#define SEND(Call) \
  atomic { running++; run Call }; \
  if :: atomic { running++; run Call } :: true fi; \
  running == 0

/* Terraform repeats a deletion that got no answer. */
#define SEND_DELETE(hook) SEND(Delete(hook)); if :: fell -> fell = false; SEND(Delete(hook)) :: else fi

init {
  atomic {
    db = JANE | BOB; target = db; applied = db; hooksOfTerraform = 1;
    run Enforce();
    /* A late copy of the creation of the first hook. */
    run Create(1, true)
  }
  if
  :: last = 1
  :: last = 2; /* = clusterHook, constructs/cluster/cluster-hook.ts: `create_before_destroy` */
#ifndef NO_CREATE_BEFORE_DESTROY
     SEND(Create(2, false));
     parameter = false; /* as under a policy that has none */
     SEND_DELETE(1);
     parameter = true
#else
     parameter = false; SEND_DELETE(1); SEND(Create(2, false))
#endif
  :: last = 2; /* Terraform forgot the hook. */
     SEND(Create(2, false))
  :: last = 2; /* `state mv`: the two calls in any order, and once more for a deletion that was refused */
     atomic { running = 2; run Create(2, false); run Delete(1) };
     running == 0; fell = false;
     SEND_DELETE(1)
  :: last = 2; /* The same without a parameter, as after an upgrade; the creation holds the lock already. */
     atomic { parameter = false; running = 2; made = run Create(2, false) };
     atomic { lock == made + 1 || running < 2 -> run Delete(1) };
     running == 0; fell = false; parameter = true
  fi;
  run Enforce();
  /* = removalParameter, constructs/cluster/cluster-hook.ts */
  parameter = false;
  hooksOfTerraform = 0; SEND_DELETE(last);
  /* The last deletion leaves nobody behind. */
  assert(db == 0)
}
#endif
