/** The style of the page. Contrast is at least 4.5 to 1, in light and in dark. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #b7bfc8;
  --head: #f3f5f7; --soon: #fff1c2; --soon-text: #5c3d00; --ended: #fde2e1; --ended-text: #82071e; --focus: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0d1117; --text: #e6edf3; --soft: #a3adb8; --line: #4a535e; --head: #1b222b;
    --soon: #3d2f00; --soon-text: #ffd866; --ended: #4b1113; --ended-text: #ffb3ae; --focus: #79c0ff; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
p { margin: .25rem 0; color: var(--soft); }
a { color: var(--focus); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--back); padding: .5rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end; margin: 1rem 0 .5rem; }
label { display: grid; gap: .2rem; font-weight: 600; max-width: 100%; }
label > * { font-weight: 400; width: 15rem; max-width: 100%; }
input, select, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft);
  border-radius: 4px; padding: .35rem .5rem; max-width: 100%; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
.frame { overflow: auto; max-height: 80vh; border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .5rem; text-align: start; vertical-align: top; }
thead th { position: sticky; top: 0; background: var(--head); z-index: 1; }
thead button { border: 0; background: none; padding: 0; font-weight: 700; text-align: start; overflow-wrap: anywhere; }
thead small { max-height: 4.5em; overflow: hidden; }
thead small, tbody th small { display: block; font-weight: 400; color: var(--soft); overflow-wrap: anywhere; }
tbody th { position: sticky; left: 0; font-weight: 600; overflow-wrap: anywhere; min-width: 9rem;
  background: var(--back); }
thead th:first-child { left: 0; z-index: 2; }
thead button { max-height: 6em; overflow: hidden; }
td > span { white-space: nowrap; }
td ul { list-style: none; margin: 0; padding: 0; }
td { min-width: 7rem; overflow-wrap: anywhere; }
td small { display: block; color: var(--soft); }
.soon { background: var(--soon); color: var(--soon-text); padding: 0 .25rem; }
.ended { background: var(--ended); color: var(--ended-text); padding: 0 .25rem; }
.soon small, .ended small { color: inherit; }
[hidden] { display: none; }
@media (max-width: 40rem) { body { padding: .5rem; } tbody th { min-width: 7rem; } .frame { max-height: none; } }
@media print {
  :root { --back: #fff; --text: #000; --soft: #333; --line: #777; --head: #eee; --soon: #fff; --soon-text: #000;
    --ended: #fff; --ended-text: #000; }
  form, .skip, #more { display: none; }
  .frame { overflow: visible; max-height: none; border: 0; }
  body { padding: 0; font-size: 10px; }
  thead { display: table-header-group; }
  thead th, tbody th { position: static; }
  tr { break-inside: avoid; }
  .soon, .ended { outline: 1px solid #000; }
}
`;
