/** How far a login came. The texts are the system's or the server's own. */
export type LoginOutcome =
  | { readonly kind: "in"; readonly currentUser: string; readonly grants: readonly string[] }
  /** The server's certificate is good. Nothing was sent, as there is no token or no account. */
  | { readonly kind: "no-token" }
  | { readonly kind: "dns"; readonly reason: string }
  /** `stage`: how far it came before. */
  | {
      readonly kind: "network";
      readonly code: string;
      readonly reason: string;
      readonly stage?: LoginStage;
    }
  /** What answers is no MySQL, or ended the connection. */
  | { readonly kind: "protocol"; readonly reason: string }
  | { readonly kind: "no-tls" }
  | { readonly kind: "tls"; readonly code: string; readonly reason: string }
  /** The server asked for a proof that is no token. */
  | { readonly kind: "plugin"; readonly plugin: string }
  | ServerRefusal;

/** What was reached: nothing, a TCP connection, the server's greeting, or verified TLS. */
export type LoginStage = "nothing" | "connected" | "greeted" | "verified";

/** An error of the server. */
export interface ServerRefusal {
  readonly kind: "refused";
  /** MySQL's number. */
  readonly errno: number;
  readonly message: string;
  /** The client's address or name as the server sees it, where its error names it. */
  readonly client?: string | undefined;
  /** Whether it had asked for the token before, as it does for accounts that log in by one. */
  readonly hadToken: boolean;
  /** Whether it came within verified TLS. Before it, anything on the way could have sent it. */
  readonly isVerified: boolean;
}
