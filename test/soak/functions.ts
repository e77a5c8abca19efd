import { setTimeout as sleep } from "node:timers/promises";
import type { ApplyResponse, PreviewResponse } from "../../core/contract/payload";
import { secretName } from "../../core/contract/secret-name";
import type { Roster } from "../../core/roster/roster";
import {
  applyHandler,
  enforceHandler,
  previewHandler,
  rotateHandler,
} from "../../lambdas/reconciler/handlers/handlers";
import { applyRequest, previewRequest } from "../mysql/reconciler/payloads";
import type { SoakCluster } from "./clusters";
import { type Cloud, Container, type Fault } from "./container";
import type { Shadow } from "./shadow";
import type { SoakServer } from "./soak-server";

const HANDLERS = {
  preview: previewHandler,
  apply: applyHandler,
  enforce: enforceHandler,
  rotate: rotateHandler,
} as const;
type Name = keyof typeof HANDLERS;

/** After so many calls in a row that fail, the next run does not finish what an earlier one began. */
const MOST_TRIES = 12;
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

/** What was done in all runs together. */
export interface Counts {
  runs: number;
  faults: number;
  failures: number;
}

/** The reconciler's functions, as Terraform, the schedules and Secrets Manager call them for one cluster. */
export class Functions {
  readonly #cloud: Cloud;
  readonly #cluster: SoakCluster;
  readonly #server: SoakServer;
  readonly #shadow: Shadow;
  readonly #counts: Counts;
  #applied = "";
  /** The errors of the last calls that failed. */
  errors: string[] = [];

  constructor(
    cloud: Cloud,
    cluster: SoakCluster,
    more: { server: SoakServer; shadow: Shadow; counts: Counts },
  ) {
    this.#cloud = cloud;
    this.#cluster = cluster;
    this.#server = more.server;
    this.#shadow = more.shadow;
    this.#counts = more.counts;
  }

  async #call(name: Name, payload: unknown, fault: Fault | undefined): Promise<unknown> {
    await this.#server.up();
    const container = new Container(this.#cloud, this.#server, fault);
    this.#counts.runs += 1;
    try {
      return await container.call(HANDLERS[name], payload);
    } catch (error) {
      this.#counts.failures += 1;
      this.errors.push(`${name}${container.struck ? ` with ${JSON.stringify(fault)}` : ""}: ${error}`);
      throw error;
    } finally {
      if (container.struck) this.#counts.faults += 1;
      await this.#shadow.follow();
    }
  }

  /** Plans and applies as a pipeline does, again after a failure, until a plan has nothing to do. */
  async deploy(roster: Roster, fault?: Fault): Promise<void> {
    const { name } = this.#cluster;
    await this.#untilDone("deploy", fault, async struck => {
      const request = previewRequest(name, roster, { gate: `gate-${name}` });
      const seen = (await this.#call("preview", request, struck.once("preview"))) as PreviewResponse;
      const [id] = Object.keys(seen.changeSet);
      if (!seen.verified) throw new Error(seen.summary);
      if (seen.pending === 0 && id === this.#applied) return true;
      const { tf, ...apply } = applyRequest(name, roster, seen.changeSet, {
        gate: `gate-${name}`,
        tf: { action: this.#applied === "" ? "create" : "update", prev_input: null },
      });
      // A hook has a name, as the provider sends it.
      const hook = `tf/default/00000000-0000-4000-8000-${String(this.#cluster.index).padStart(12, "0")}`;
      const answer = (await this.#call(
        "apply",
        { ...apply, [hook]: tf },
        struck.once("apply"),
      )) as ApplyResponse;
      this.#applied = answer.changeSetId;
      return false;
    });
  }

  async enforce(fault?: Fault): Promise<void> {
    const request = { protocol: 1, action: "enforce", cluster: this.#cluster.name, trigger: "interval" };
    await this.#untilDone("enforce", fault, async struck => {
      await this.#call("enforce", request, struck.once("enforce"));
      return true;
    });
  }

  /** All four steps, each again if it fails. */
  async rotate(account: string, token: string, fault?: Fault & { readonly step: number }): Promise<void> {
    const SecretId = secretName(`aurora-users/${this.#cluster.name}`, account);
    for (const [index, Step] of STEPS.entries()) {
      const request = { Step, SecretId, ClientRequestToken: token };
      await this.#untilDone(Step, fault?.step === index ? fault : undefined, async struck => {
        await this.#call("rotate", request, struck.once("rotate"));
        return true;
      });
    }
  }

  async #untilDone(
    what: string,
    fault: Fault | undefined,
    work: (struck: { once(name: Name): Fault | undefined }) => Promise<boolean>,
  ): Promise<void> {
    this.errors = [];
    let left = fault;
    // A plan has a fault in one of three cases, so that most come to the apply.
    const once = (name: Name) => {
      if (name === "preview" && left && left.at % 3 > 0) return undefined;
      const now = left;
      left = undefined;
      return now;
    };
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      try {
        if (await work({ once })) return;
      } catch {
        await sleep(20 * tries);
      }
    }
    const errors = this.errors.join("\n  ") || "each plan has more to do";
    throw new Error(`${this.#cluster.name}: ${what} is not done after ${MOST_TRIES} tries:\n  ${errors}`);
  }
}
