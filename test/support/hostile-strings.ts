import fc from "fast-check";

/** Texts of the kinds that ever broke something: quotes, comments, templates, escapes, and Unicode. */
const PIECES = [
  // SQL
  ...[
    "'",
    '"',
    "`",
    "''",
    "\\",
    "\\'",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!50000 ",
    ";",
    "%",
    "_",
    "\\_",
    "@",
    "'@'%",
  ],
  ...[
    "' OR '1'='1",
    "'; DROP USER 'admin'@'%'; --",
    "` TO 'admin'@'%' WITH GRANT OPTION; --",
    "ACCOUNT UNLOCK",
  ],
  ...[
    "*.*",
    "ALL PRIVILEGES",
    "IDENTIFIED BY 'x'",
    "<password from Secrets Manager>",
    "\\0",
    "0x27",
    "N'x'",
    "_utf8'x'",
  ],
  // Terraform, and what CDKTF makes of it
  ...[
    "${",
    "}",
    "%{",
    "$${",
    "%%{",
    "${path.root}",
    "%{if true}a%{endif}",
    "${local.orders-roster}",
    "TfToken[TOKEN.0]",
  ],
  // YAML, JSON, and names that objects have by themselves
  ...[
    ": ",
    "- ",
    "&a",
    "*a",
    "!!js/function",
    "<<",
    "|",
    ">",
    "?",
    "[",
    "{",
    "{}",
    "[]",
    "null",
    "~",
    "yes",
    "1e3",
  ],
  ...[
    "0o17",
    "1_000",
    "2027-02-30",
    "\\u0000",
    '{"a":1}',
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
  ],
  // HTML, Markdown, shells, paths and logs
  ...[
    "<script>alert(1)</script>",
    "<!--",
    "&lt;",
    "](http://evil.example)",
    "**",
    "|a|",
    "$(id)",
    "`id`",
    "&&",
    "$IFS",
  ],
  ...[
    "../",
    "/etc/passwd",
    "C:\\",
    "%00",
    "%2e",
    "\u001b[31m",
    "\u001b]8;;http://evil.example\u0007",
    "\u009b2J",
  ],
  // Unicode
  ...[
    "\0",
    "\u0001",
    "\t",
    "\n",
    "\r\n",
    "\u007f",
    "\u0085",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u200b",
    "\u00a0",
    "\u3000",
  ],
  ...[
    "\u202e",
    "\u2066",
    "\u00ad",
    "e\u0301",
    "é",
    "İ",
    "ß",
    "ſ",
    "Å",
    "한",
    "日本",
    "😀",
    "\u{10ffff}",
    "\ud800",
    "\udc00",
  ],
  ...["\uff07", "\u02bc", "\u2018", "\uffff", "а", "ａ"],
  // Words, so that some are nearly what they should be
  ...[
    "",
    " ",
    "a",
    "orders",
    "sl_",
    "admin",
    "mysql",
    "root",
    "rdsadmin",
    "SELECT",
    "read",
    "EXECUTE",
    "localhost",
    "0",
  ],
] as const;

const LONG = ["a", "'", "日", "😀", "${", " "].flatMap(piece =>
  [33, 65, 257, 5_000].map(n => piece.repeat(n)),
);

/** A thousand hostile texts, the same each time: each piece, each of them inside a word, and mixtures. */
export function hostileStrings(count = 1_000): readonly string[] {
  const alone = [...PIECES, ...LONG, ...PIECES.map(piece => `x${piece}y`)];
  const mixed = fc
    .array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 5 })
    .map(some => some.join(""));
  const random = fc.sample(mixed, { numRuns: 2 * count, seed: 12 });
  return [...new Set([...alone, ...random])].slice(0, count);
}

/** Those for one of several places: every tenth, and by hand all (docs/development.md). */
export const hostileFor = (place: number): readonly string[] =>
  IS_WHOLE ? ALL : ALL.filter((_, index) => index % 10 === place % 10);

export const IS_WHOLE = process.env["AURORA_USERS_SUITES"] === "all";
const ALL = hostileStrings();

/** What a terminal or a log would obey, or not show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
