"use strict";
// Moves what this process takes for the time: `new Date()` and `Date.now()`. Timers and performance.now() stay real.
// Plain JavaScript, because it is loaded under bare node: by the functions' worker, and with --require by the demo.

const RealDate = Date;
const realNow = Date.now.bind(Date);

/** @param {() => number} offsetMs how far ahead of real time, in ms, whenever somebody asks for the time */
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
