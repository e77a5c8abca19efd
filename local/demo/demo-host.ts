import { tokenFor } from "./demo-login";
import type { Stage } from "./demo-stage";

const USER = "order-sync";
const ACCOUNT = `sl_${USER}`;
const HOST = "127.0.0.%";
const INSIDE = "127.0.0.5";
const OUTSIDE = "127.0.1.5";
const SELECT = "SELECT COUNT(*) FROM orders.orders";

/** The demo's step about hosts. It proves what it says. @throws DemoError */
export async function showHost(stage: Stage): Promise<void> {
  const { project, screen } = stage;
  screen.headline(
    "A host",
    "One line in a service's file says where it logs in from. Until now, that was anywhere: `%`.",
  );
  const before = await stage.logIn(ACCOUNT, { from: OUTSIDE });
  await stage.lets(before, SELECT, "the service may log in from anywhere");
  const changed = project.edit(USER, /^kind: service$/m, `kind: service\nhosts: ["${HOST}"]`);
  stage.expect(changed.length === 1, `users/${USER}.yaml has hosts now`, changed.join("\n"));
  screen.quote([`users/${USER}.yaml`, ...changed]);
  await screen.during("the app", () => project.synth(stage.cloud, "SHIP-92"));
  const plan = await stage.plan();
  await stage.quotePlan(plan, "terraform_data.order_sync-on-orders");
  stage.expectStatements(plan, [`RENAME USER '${ACCOUNT}'@'%' TO '${ACCOUNT}'@'${HOST}'`]);
  await stage.applyPlan(plan);
  screen.say(`The session from ${OUTSIDE} is over, and the server refuses logins from there:`);
  await stage.refuses(before, SELECT, /^ERROR/, "the session from elsewhere is over");
  before.destroy();
  await stage.logInRefused(ACCOUNT, await tokenFor(ACCOUNT, stage.orders), OUTSIDE);
  screen.say("Addresses that the host holds are let in, with the same grants:");
  const inside = await stage.logIn(ACCOUNT, { from: INSIDE });
  await stage.lets(inside, SELECT, "the service may log in from its host");
  inside.destroy();
}
