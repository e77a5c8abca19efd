/** The kind of an event, shown by a colour. */
export type Tone = "given" | "taken" | "soon" | "failed";

const TONES: Readonly<Record<Tone, string>> = {
  given: "#0f766e",
  taken: "#475569",
  soon: "#b45309",
  failed: "#b91c1c",
};
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";
const BREAK = "word-break:break-word;overflow-wrap:anywhere";

/**
 * For clients with a dark mode. The others show the light colours below, which stay readable when they are
 * inverted.
 */
const DARK = [
  ".page{background:#0b1220 !important}",
  ".card{background:#182234 !important;border-left-color:#2b3a52 !important;border-right-color:#2b3a52 !important;border-bottom-color:#2b3a52 !important}",
  ".text{color:#e6ebf2 !important}",
  ".dim{color:#9fb0c6 !important}",
  ".rule{border-color:#2b3a52 !important}",
  ".code{background:#0b1220 !important;border-color:#2b3a52 !important;color:#e6ebf2 !important}",
].join(" ");

/** A whole mail: tables and inline styles, which all mail clients show alike. No picture, link or script. */
export const page = (tone: Tone, label: string, heading: string, body: string): string => `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${heading}</title>
<style>:root { color-scheme: light dark } @media (prefers-color-scheme: dark) { ${DARK} }</style>
</head>
<body class="page" style="margin:0;padding:0;background:#eef2f6">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#eef2f6">
<tr><td align="center" style="padding:28px 12px">
<table role="presentation" class="card" width="640" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:640px;background:#ffffff;border:1px solid #d9e1ea;border-top:4px solid ${TONES[tone]};border-radius:6px">
<tr><td style="padding:26px 32px 10px;${FONT}">
<p class="dim" style="margin:0 0 6px;font-size:12px;line-height:18px;font-weight:600;letter-spacing:.04em;text-transform:uppercase;color:${TONES[tone]}">${label} &middot; {{cluster}}</p>
<h1 class="text" style="margin:0 0 14px;font-size:21px;line-height:28px;font-weight:650;color:#142033;${BREAK}">${heading}</h1>
${body}
</td></tr>
<tr><td class="rule" style="padding:14px 32px 20px;border-top:1px solid #e6ebf1;${FONT}">
<p class="dim" style="margin:0;font-size:12px;line-height:18px;color:#64748b">Sent by aurora-users for the cluster <bdi>{{cluster}}</bdi> &middot; {{time}}<br>Correlation id: <span style="${MONO};${BREAK}">{{correlationId}}</span></p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;

export const paragraph = (text: string): string =>
  `<p class="text" style="margin:0 0 16px;font-size:15px;line-height:23px;color:#27364b;${BREAK}">${text}</p>`;

export const section = (title: string): string =>
  `<h2 class="text" style="margin:22px 0 8px;font-size:15px;line-height:22px;font-weight:650;color:#142033;${BREAK}">${title}</h2>`;

/** A block of commands, for copying. */
export const code = (text: string): string =>
  `<pre class="code" style="margin:0 0 12px;padding:12px 14px;background:#f4f6f9;border:1px solid #dfe6ee;border-radius:5px;font-size:12px;line-height:19px;color:#142033;white-space:pre-wrap;${MONO};${BREAK}">${text}</pre>`;

export const inlineCode = (text: string): string => `<span style="${MONO};font-size:.94em">${text}</span>`;

/** A table of facts. */
export const facts = (rows: string): string =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 14px">${rows}</table>`;

export const fact = (name: string, value: string): string =>
  `<tr><td class="dim" valign="top" width="104" style="padding:3px 12px 3px 0;font-size:13px;line-height:20px;color:#64748b;white-space:nowrap">${name}</td><td class="text" valign="top" style="padding:3px 0;font-size:14px;line-height:20px;color:#27364b;${BREAK}">${value}</td></tr>`;

/** A table of data. @param head name and width of each column */
export const table = (head: readonly (readonly [string, string])[], rows: string): string =>
  `<table class="rule" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;table-layout:fixed;border-collapse:collapse;border-top:1px solid #e6ebf1"><tr>${head
    .map(
      ([name, width]) =>
        `<th class="dim rule" align="left" width="${width}" style="padding:7px 12px 7px 0;border-bottom:1px solid #e6ebf1;font-size:12px;line-height:18px;font-weight:600;color:#64748b">${name}</th>`,
    )
    .join("")}</tr>${rows}</table>`;

export const cell = (text: string): string =>
  `<td class="text rule" valign="top" style="padding:9px 12px 9px 0;border-bottom:1px solid #e6ebf1;font-size:14px;line-height:20px;color:#27364b;${BREAK}">${text}</td>`;

export const dim = (text: string): string =>
  `<span class="dim" style="font-size:13px;color:#64748b">${text}</span>`;
