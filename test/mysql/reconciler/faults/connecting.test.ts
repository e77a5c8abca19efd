import type { Connection } from "mysql2/promise";
import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { awsCredentialsApi } from "../../../../lambdas/reconciler/aws/aws-credentials-api";
import { AwsCredentialsReader } from "../../../../lambdas/reconciler/aws/credentials";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { rows } from "../../../support/mysql-login";
import { documentedError } from "../../../support/reliability-rows";
import { faultsFixture } from "./faults-fixture";

describe("a fault before the run has a connection", () => {
  const fixture = faultsFixture();
  const username = "'admin'@'%'";

  /** The plan and the apply say the same, nothing ran, and the next run finishes. */
  async function fails(fault: () => unknown, repair: () => unknown = () => {}): Promise<void> {
    const plan = await fixture.plan();
    await fault();
    const blind = await fixture.plan();
    expect(blind).toMatchObject({ verified: false, pending: 0, body: { status: "unverified" } });
    expect(blind.summary).toMatch(documentedError());
    const failed = await fixture.applyFails(plan);
    await repair();
    fixture.repair();
    await fixture.expectRecorded(failed, []);
    expect(failed.message).toContain("Nothing ran. The attempt stays open");
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  }

  /** Nothing more is answered once a client has sent so much. The wait is shorter than in the functions. */
  const silentAt = (request: number) => () => {
    fixture.proxy.onRequest = (_, sent) => {
      if (sent === request) fixture.loseNetwork();
    };
    const services = fixture.freshServices();
    const connect: Services["connect"] = (entry, options) =>
      services.connect(entry, { ...options, timeoutMs: 1_500 });
    fixture.services = { ...services, connect };
  };
  /** Services that do not know the secret yet, and call `wait` between two reads of it. */
  const readingAfter = (wait: () => Promise<void>): Services => {
    const credentials = new AwsCredentialsReader(awsCredentialsApi(), new AccessDeniedRetry(), wait);
    const { ca: caBundle } = fixture.server;
    const connect: Services["connect"] = (entry, { timeoutMs, ...options }) =>
      connectMySql(entry, { credentials, caBundle, connectTimeoutMs: timeoutMs, ...options });
    return { ...fixture.freshServices(), connect };
  };
  const cutAt = (request: number) => () => {
    fixture.proxy.onRequest = (_, sent) => {
      if (sent === request) fixture.proxy.cut("RST");
    };
  };

  it("at connect: each connection is cut", () =>
    fails(() => {
      fixture.proxy.treat = () => "cut";
    }));

  it("within TLS: each connection is cut", () => fails(cutAt(1)));

  it("within TLS: nothing is answered any more", () => fails(silentAt(1)));

  it("at login: each connection is cut", () => fails(cutAt(2)));

  it("at login: nothing is answered any more", () => fails(silentAt(2)));

  it("at login: the secret has a wrong password", async () => {
    const refused = async () =>
      Number((await rows(fixture.root, "SHOW GLOBAL STATUS LIKE 'Aborted_connects'"))[0]!["Value"]);
    let before = 0;
    await fails(
      async () => {
        await fixture.putSecret("wrong-password");
        fixture.services = readingAfter(async () => {});
        before = await refused();
      },
      async () => {
        // Once by the plan and once by the apply: the same password is not sent again.
        expect((await refused()) - before).toBe(2);
        await fixture.putSecret(fixture.server.admin.password);
      },
    );
  });

  it("at login: Secrets Manager does not answer", () =>
    fails(() => {
      fixture.services = fixture.freshServices();
      fixture.aws.faultService(({ service }) => service === "secretsmanager", "error");
    }));

  it("at login: the administrator's own limit of connections is reached", async () => {
    let other: Connection | undefined;
    await fails(
      async () => {
        await fixture.root.query(`ALTER USER ${username} WITH MAX_USER_CONNECTIONS 1`);
        other = await fixture.asAdmin();
      },
      async () => {
        await fixture.root.query(`ALTER USER ${username} WITH MAX_USER_CONNECTIONS 0`);
        other?.destroy();
      },
    );
  });

  it("at login: `max_user_connections` is reached", async () => {
    let other: Connection | undefined;
    await fails(
      async () => {
        await fixture.root.query("SET GLOBAL max_user_connections = 1");
        other = await fixture.asAdmin();
      },
      async () => {
        await fixture.root.query("SET GLOBAL max_user_connections = 0");
        other?.destroy();
      },
    );
  });

  it("at login: the password is rotated, and the secret has the old one for a moment longer", async () => {
    const plan = await fixture.plan();
    const { password } = fixture.server.admin;
    await fixture.root.query(`ALTER USER ${username} IDENTIFIED BY 'rotated-1'`);
    fixture.services = readingAfter(() => fixture.putSecret("rotated-1"));
    try {
      expect(await fixture.plan()).toMatchObject({ verified: true, sql: plan.sql });
    } finally {
      await fixture.root.query(`ALTER USER ${username} IDENTIFIED BY ?`, [password]);
      await fixture.putSecret(password);
    }
    await fixture.expectNextFinishes();
  });

  it("at login: each answer takes 50 ms", async () => {
    fixture.proxy.delayMs = 50;
    const plan = await fixture.plan();
    expect(plan).toMatchObject({ verified: true });
    fixture.proxy.delayMs = 0;
    await fixture.expectNextFinishes();
  });
});
