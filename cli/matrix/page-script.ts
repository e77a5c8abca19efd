/** How many people are shown at once. */
export const ROWS_AT_ONCE = 200;
/** How many are on paper at most: a browser prints no more than some hundred pages well. */
const ROWS_ON_PAPER = 2_000;

/**
 * The script of the page: it shows the people of the data that match, sorted. Texts become text nodes only.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const { columns, people } = JSON.parse(document.getElementById("data").textContent);
  const at = id => document.getElementById(id);
  const [search, cluster, role, ending] = ["search", "cluster", "role", "ending"].map(at);
  const head = document.querySelector("thead tr");
  const body = document.querySelector("tbody");
  let shown = ${ROWS_AT_ONCE};
  let sort = { key: "user", direction: 1 };
  let found = [];

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const lowered = people.map(({ user, email, cells }) =>
    [user, email, ...cells.flatMap(cell => [cell.account, cell.reason, cell.team, cell.text])].join("\\n").toLowerCase());

  const matches = grant =>
    (cluster.value === "" || columns[grant.column].cluster === cluster.value) &&
    (role.value === "" || grant.role === role.value) &&
    (ending.value === "" || (ending.value === "none" ? !grant.expires : grant.ending === ending.value));

  const keyOf = ({ person, grants }) => {
    if (sort.key === "user") return person.user;
    if (sort.key === "end")
      return grants.filter(one => one.expires && one.ending !== "ended").map(one => one.expires).sort()[0] ?? "";
    return grants.filter(one => one.column === sort.key).map(one => one.text).join();
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  function find() {
    const wanted = search.value.trim().toLowerCase();
    const all = cluster.value === "" && role.value === "" && ending.value === "";
    found = people.flatMap((person, index) => {
      if (wanted !== "" && !lowered[index].includes(wanted)) return [];
      const grants = all ? person.cells : person.cells.filter(matches);
      return grants.length > 0 ? [{ person, grants }] : [];
    });
    const keys = new Map(found.map(row => [row, keyOf(row)]));
    // Rows without a value come last, whichever way they are sorted.
    found.sort((a, b) =>
      Number(keys.get(a) === "") - Number(keys.get(b) === "") ||
      sort.direction * compare(keys.get(a), keys.get(b)) || compare(a.person.user, b.person.user));
  }

  const visible = () => columns.flatMap((column, index) =>
    cluster.value === "" || column.cluster === cluster.value ? [index] : []);

  function heading(key, text, detail) {
    const cell = element("th");
    cell.scope = "col";
    if (sort.key === key) cell.setAttribute("aria-sort", sort.direction > 0 ? "ascending" : "descending");
    const button = element("button", text + (sort.key === key ? (sort.direction > 0 ? " \\u25b2" : " \\u25bc") : ""));
    button.type = "button";
    button.dataset.key = String(key);
    if (detail) button.append(element("small", detail));
    button.addEventListener("click", () => {
      sort = { key, direction: sort.key === key ? -sort.direction : 1 };
      update();
      head.querySelector('[data-key="' + key + '"]').focus();
    });
    cell.append(button);
    return cell;
  }

  function cellOf(grants) {
    const cell = element("td");
    if (grants.length === 0) return cell;
    const list = element("ul");
    for (const grant of grants) {
      const item = element("li");
      const line = element("span", grant.text, grant.ending);
      item.append(line);
      if (grant.reason) item.append(element("small", grant.reason));
      list.append(item);
    }
    cell.append(list);
    return cell;
  }

  function rowOf({ person, grants }, indexes) {
    const row = element("tr");
    const name = element("th", person.user);
    name.scope = "row";
    for (const text of new Set([person.email, ...grants.map(one => one.account)])) if (text) name.append(element("small", text));
    const next = grants.filter(one => one.expires && one.ending !== "ended").sort((a, b) => compare(a.expires, b.expires))[0];
    const end = element("td");
    if (next) end.append(element("span", next.until, next.ending));
    row.append(name, end, ...indexes.map(index => cellOf(grants.filter(one => one.column === index))));
    return row;
  }

  function render(count) {
    const indexes = visible();
    head.replaceChildren(heading("user", "Person"), heading("end", "Next end"),
      ...indexes.map(index => heading(index, columns[index].text, columns[index].cluster)));
    body.replaceChildren(...found.slice(0, count).map(row => rowOf(row, indexes)));
    at("more").hidden = found.length <= count;
    at("more").textContent = "Show " + Math.min(${ROWS_AT_ONCE}, found.length - count) + " more";
    const shownNow = Math.min(count, found.length);
    at("count").textContent = (found.length === 1 ? "1 person" : found.length + " people") +
      (shownNow < found.length ? ", the first " + shownNow + " shown" : "");
  }

  function update() {
    find();
    render(shown);
  }
  const begin = () => {
    shown = ${ROWS_AT_ONCE};
    update();
  };
  for (const control of [search, cluster, role, ending]) control.addEventListener("input", begin);
  at("filters").addEventListener("submit", event => event.preventDefault());
  at("filters").addEventListener("reset", () => setTimeout(begin));
  at("more").addEventListener("click", () => {
    shown += ${ROWS_AT_ONCE};
    render(shown);
  });
  at("print").addEventListener("click", () => print());
  addEventListener("beforeprint", () => render(Math.min(found.length, ${ROWS_ON_PAPER})));
  addEventListener("afterprint", () => render(shown));
  at("filters").hidden = false;
  at("static").hidden = true;
  update();
})();
`;
