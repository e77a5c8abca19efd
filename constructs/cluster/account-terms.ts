/** What the server asks of the generated passwords of a service. */
export interface PasswordTerms {
  /**
   * After how many days the server refuses a password that was not rotated, 0 to 1000; 0 is never.
   * @default 0
   */
  readonly expiresAfterDays?: number;
}

/** The limits of an account: whole numbers up to 4294967295; 0 is no limit. */
export interface AccountLimits {
  /**
   * The most connections at a time (MAX_USER_CONNECTIONS).
   * @default 0
   */
  readonly connections?: number;
  /**
   * The most statements an hour (MAX_QUERIES_PER_HOUR).
   * @default 0
   */
  readonly queriesPerHour?: number;
  /**
   * The most statements an hour that change something (MAX_UPDATES_PER_HOUR).
   * @default 0
   */
  readonly updatesPerHour?: number;
  /**
   * The most connections an hour (MAX_CONNECTIONS_PER_HOUR).
   * @default 0
   */
  readonly connectionsPerHour?: number;
}

/** The names in a client's certificate, as MySQL writes them: `/C=DE/O=Example/CN=shop`. At least one. */
export interface CertificateNames {
  /**
   * The subject.
   * @default - any
   */
  readonly subject?: string;
  /**
   * The issuer.
   * @default - any that the server trusts
   */
  readonly issuer?: string;
}
