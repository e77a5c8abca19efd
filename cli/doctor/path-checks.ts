import { certificatesAddress, REGIONS_WITH_ROOTS } from "../../core/contract/certificate-regions";
import { regionOfHost } from "../../core/contract/endpoint-region";
import type { Facts } from "./facts";
import { type Check, notSeen, ok, type Verdict, wrong } from "./verdict";

/** The way to the server: the name that the token is for, then from the host name to TLS. */
export const pathChecks: readonly Check[] = [
  { name: "token's name", judge: tokenName },
  { name: "DNS", judge: dns },
  { name: "network", judge: network },
  { name: "TLS", judge: tls },
];

/**
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-connecting.html
 */
const GLOBAL_WRITER = /\.global-[^.]+\.global\.rds\.amazonaws\.com\.?$/i;

/**
 * A token is for one host name and port. RDS takes none for a name of one's own.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
function tokenName({ alias, cluster, host, port, rds }: Facts): Verdict {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, "");
  const found = "seen" in rds ? rds.seen : undefined;
  const other = (real: string) =>
    wrong(
      "token-name",
      `The token is made for ${host}, which is another name for ${real}, and RDS takes tokens for its own names alone`,
      `give \`--host ${real}\`, and write that name into the endpoint of ${cluster}`,
    );
  // The writer of a global database: RDS takes tokens for this name, too.
  if (GLOBAL_WRITER.test(host)) return ok(`${host}:${port}`);
  const isOwn = regionOfHost(host) !== undefined;
  if (found && !isOwn && !found.endpoints.map(plain).includes(plain(host)))
    return other(found.endpoints[0] ?? "an endpoint");
  if (found && found.port !== port)
    return wrong(
      "token-port",
      `The token is made for port ${port}, but ${cluster} listens on ${found.port}`,
      `give \`--host ${host} --port ${found.port}\``,
    );
  if (isOwn) return ok(`${host}:${port}`);
  if ("seen" in alias && alias.seen !== undefined) return other(alias.seen);
  return notSeen(`whether ${host} is a name of RDS`);
}

const isPassed = (facts: Facts): boolean =>
  ["in", "no-token", "plugin", "refused", "tls", "no-tls"].includes(facts.login.kind);

function dns(facts: Facts): Verdict {
  const { host, login, via } = facts;
  if (login.kind !== "dns") return ok(via === undefined ? host : `not needed: ${via} is used`);
  const what = `The name ${via ?? host} has no address here (${login.reason})`;
  return wrong("dns", what, "check its spelling, use the VPN, or a tunnel with `--via`");
}

const HINTS: Readonly<Record<string, string>> & { readonly ECONNRESET: string } = {
  ECONNREFUSED: "check the port, or open the tunnel that `--via` names",
  ECONNRESET: "ask whether a firewall or proxy ends connections on the way",
};
const SLOW = "try again, as a paused cluster takes up to a minute to start";
const NO_WAY = "use the VPN or a tunnel with `--via`, or ask for a rule in the cluster's security group";

function network(facts: Facts): Verdict {
  const { host, login, port, via } = facts;
  const where = via ?? `${host}:${port}`;
  if (isPassed(facts)) return ok(where);
  if (login.kind === "dns") return notSeen("there is no address");
  if (login.kind === "protocol") {
    const what = `What answers at ${where} is no MySQL server (${login.reason})`;
    return wrong("no-mysql", what, "check the port, and where the tunnel leads");
  }
  if (login.kind !== "network") return notSeen("nothing was tried");
  const { code, reason, stage = "nothing" } = login;
  const pause = code === "TIMEOUT" && mayPause(facts) ? `${SLOW}, or ` : "";
  if (code === "ENDED" && via !== undefined) {
    const what = `The tunnel at ${via} takes connections, but ends them before ${host}:${port} says a word`;
    return wrong("network", what, "look at its far side, and at the cluster's security group there");
  }
  const what = `${CAME_TO[stage]} ${where}${AND_THEN[stage]} (${reason})`;
  return wrong(
    "network",
    what,
    `${pause}${HINTS[code] ?? (stage === "nothing" ? NO_WAY : HINTS.ECONNRESET)}`,
  );
}

/** How far the attempt came, as a sentence says it. */
const CAME_TO = {
  nothing: "Nothing answers at",
  connected: "A connection is open to",
  greeted: "The server greets at",
  verified: "TLS is verified with",
} as const;
const AND_THEN = {
  nothing: "",
  connected: ", but no server greets",
  greeted: ", but TLS does not begin",
  verified: ", but it does not answer the login",
} as const;

const mayPause = ({ rds }: Facts): boolean => "seen" in rds && rds.seen?.mayPause === true;

/** @see https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const UNKNOWN_AUTHORITY =
  /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE_FAILURE/;

function tls(facts: Facts): Verdict {
  const { host, login, region } = facts;
  if (!isPassed(facts)) return notSeen("the server was not reached");
  if (login.kind === "refused" && !login.isVerified) return notSeen("the answer came before TLS");
  if (login.kind === "no-tls")
    return wrong(
      "no-tls",
      `What answers in the place of ${host} offers no TLS, so it got no token`,
      "find out what it is: a cluster of Aurora always offers TLS",
    );
  if (login.kind !== "tls") return ok(`the certificate is good for ${host}`);
  if (login.code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return wrong(
      "tls-name",
      `The server's certificate is not for ${host} (${login.reason})`,
      "check where the tunnel leads, and give the endpoint itself by `--host`",
    );
  if (UNKNOWN_AUTHORITY.test(login.code)) {
    const own = REGIONS_WITH_ROOTS.includes(region)
      ? "leave `--ca` out"
      : `give ${certificatesAddress(region)} by \`--ca\``;
    const what = `The server's certificate is from an authority that is not trusted here (${login.reason})`;
    return wrong("tls-authority", what, `${own}, or find out what answers in the server's place`);
  }
  const what = `TLS with ${host} failed (${login.code}: ${login.reason})`;
  return wrong("tls", what, "ask who runs the cluster; the clock counts for certificates, too");
}
