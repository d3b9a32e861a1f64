// Reports as pages, and the browser that shows them. `cargo xtask page` names the programs.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const root = resolve(fileURLToPath(import.meta.url), "../../../..");
export const folder = mkdtempSync(join(tmpdir(), "rulebox-page-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function needed(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: type \`cargo xtask page\``);
  return value;
}

// Runs Rulebox. That there are findings, or that nothing could be read, is no failure here.
export function rulebox(...words) {
  try {
    const stdio = ["ignore", "pipe", "pipe"];
    execFileSync(needed("RULEBOX_PROGRAM"), words, { cwd: root, stdio });
  } catch (error) {
    assert.ok([1, 3].includes(error.status), `rulebox ${words.join(" ")}: ${error.stderr}`);
  }
}

// The page and the report of a dump.
export function checked(input, name = input.replaceAll("/", "-")) {
  const [page, json] = [join(folder, `${name}.html`), join(folder, `${name}.json`)];
  rulebox("check", input, "-o", `html=${page}`, "-o", `json=${json}`);
  return { page, report: JSON.parse(readFileSync(json, "utf8")) };
}

// A dump of `fixtures/clusters`.
export const fixture = (name) => checked(`fixtures/clusters/${name}.yaml`, name);

// An input in which there is nothing.
export function nothing() {
  writeFileSync(join(folder, "empty.yaml"), "\n");
  return checked(join(folder, "empty.yaml"), "nothing");
}

// The page of a report that no run has made.
export function shown(report, name) {
  const [page, json] = [join(folder, `${name}.html`), join(folder, `${name}.json`)];
  writeFileSync(json, JSON.stringify(report));
  rulebox("report", json, "-o", `html=${page}`);
  return { page, report };
}

// The page of the comparison of two reports that are there.
export function compared(before, after) {
  const page = join(folder, `${before}-${after}.html`);
  const reports = [before, after].map((it) => join(folder, `${it}.json`));
  rulebox("diff", ...reports, "-o", `html=${page}`);
  return page;
}

export function launched() {
  // In a container nobody may make the namespaces of a sandbox; only our own pages are opened.
  const args = ["--no-sandbox"];
  const libraries = process.env.RULEBOX_CHROMIUM_LIBRARIES;
  const env = libraries ? { ...process.env, LD_LIBRARY_PATH: libraries } : process.env;
  return chromium.launch({ executablePath: needed("RULEBOX_CHROMIUM"), args, env });
}

// Opens a page, and notes all that it must not do.
export async function opened(browser, page, options = {}) {
  const { hash = "", ...others } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...others });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const tab = await context.newPage();
  const wrong = [];
  const address = /^(http|about):/.test(page) ? page : pathToFileURL(page).href;
  tab.on("console", (it) => {
    if (["error", "warning"].includes(it.type())) wrong.push(`console: ${it.text()}`);
  });
  tab.on("pageerror", (it) => wrong.push(`error: ${it}`));
  tab.on("dialog", (it) => { wrong.push(`dialog: ${it.message()}`); it.dismiss(); });
  tab.on("request", (it) => {
    if (it.url().split("#")[0] !== address) wrong.push(`request: ${it.url()}`);
  });
  await tab.goto(address + hash);
  return { tab, wrong, context };
}

export const counted = (report) => report.findings.filter((it) => !it.suppressed);

// The findings that are not hidden, by their fingerprints.
export function seen(tab) {
  const ids = (all) => all.filter((it) => !it.closest("[hidden]")).map((it) => it.id.slice(2, 18));
  return tab.locator(".finding").evaluateAll(ids);
}

export function unfold(tab) {
  return tab.locator("details").evaluateAll((all) => { for (const it of all) it.open = true; });
}
