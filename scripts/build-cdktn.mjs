#!/usr/bin/env node
// build-cdktn.mjs: makes dist/cdktn, the constructs for CDK Terrain, from dist/constructs: the same files,
// with the names of the framework and its provider replaced where they are imported. Both frameworks have the
// same classes (docs/decisions/0059). Run by `npm run build`.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const dist = resolve(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const [from, to] = ["constructs", "cdktn"].map(name => join(dist, name));
const IMPORTED = /(\bfrom |\bimport |\b(?:require|require\.resolve|import)\()(["'])(@?)cdktf(\/[^"'\n]*)?\2/g;

rmSync(to, { recursive: true, force: true });
let replaced = 0;
for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
  if (!/\.(js|d\.ts)$/.test(file)) continue;
  const text = readFileSync(join(from, file), "utf8").replace(IMPORTED, (_, before, quote, at, rest = "") => {
    replaced++;
    return `${before}${quote}${at}cdktn${rest}${quote}`;
  });
  const target = join(to, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
if (replaced === 0) throw new Error(`no import of cdktf in ${from}: run tsc before`);
