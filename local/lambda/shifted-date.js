"use strict";
// Shifts `new Date()` and `Date.now()` in this process. Timers and performance.now() keep real time. This is
// plain JavaScript because it is loaded by node itself: by the functions' worker, and with --require by the
// demo.

const RealDate = Date;
const realNow = Date.now.bind(Date);

/**
 * @param {() => number} offsetMs how far the time is ahead of real time, in ms; called for each use of the
 * time
 */
function shiftDate(offsetMs) {
  const now = () => realNow() + offsetMs();
  RealDate.now = now;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  });
  RealDate.prototype.constructor = globalThis.Date;
}

const given = Number(process.env.AURORA_USERS_LOCAL_AHEAD_MS ?? 0);
if (given) shiftDate(() => given);

module.exports = { realNow, shiftDate };
