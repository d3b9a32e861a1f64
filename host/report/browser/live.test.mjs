// The page that `rulebox serve` keeps up to date. What is to happen to the cluster and the server
// is asked of the test that has started both, on standard output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { launched, opened } from "./pages.mjs";

const ask = (words) => console.log(`rulebox: ${words}`);

test("what changes comes by itself, and that the server is away is told", async () => {
  const browser = await launched();
  try {
    await follows(browser);
  } finally {
    await browser.close();
  }
});

async function follows(browser) {
  const address = process.env.RULEBOX_PAGE;
  const { tab, wrong } = await opened(browser, address);
  const others = () => wrong.filter((it) => it !== `request: ${address}api/v1/events`);
  const line = tab.locator("#live");
  const finding = (name) => tab.locator(".finding", { hasText: `csdr/${name}` });
  await line.filter({ hasText: /^Live, evaluated \d+ s ago$/ }).waitFor();
  await finding("vault-prod").waitFor();

  // What was chosen, unfolded and reached by keys stays so.
  await tab.getByLabel("Search").fill("vault");
  await tab.waitForFunction(() => location.hash === "#q=vault");
  const evidence = finding("vault-prod").locator(".evidence");
  await evidence.locator("summary").click();
  assert.ok(await evidence.locator("dl").isVisible());
  ask("vault another Unavailable");
  await finding("another").waitFor();
  assert.equal(await tab.locator("h1").textContent(), "2 critical");
  assert.ok(await evidence.locator("dl").isVisible(), "it stays unfolded");
  const focused = await tab.evaluate(() => document.activeElement.parentElement.className);
  assert.equal(focused, "evidence", "it stays where the keys were");
  assert.match(await tab.locator("output").textContent(), /^2 of 2 findings$/);
  await tab.getByLabel("Search").fill("no such thing");
  await finding("another").waitFor({ state: "hidden" });
  ask("vault third Unavailable");
  await tab.locator("output", { hasText: "0 of 3 findings" }).waitFor();
  assert.ok(await finding("third").isHidden(), "what was chosen counts for what comes");
  await tab.getByRole("button", { name: "Show all" }).click();
  await finding("third").waitFor();
  ask("vault vault-prod Available");
  await finding("vault-prod").waitFor({ state: "detached" });
  assert.deepEqual(others(), []);

  ask("end");
  await line.filter({ hasText: /^No contact for \d+ s, evaluated/ }).waitFor();
  assert.equal(await line.getAttribute("class"), "off");
  assert.ok(await finding("third").isVisible(), "what was known stays");
  ask("start");
  await line.filter({ hasText: /^Live, / }).waitFor({ timeout: 60_000 });
  // Only that the server was away is told to the console.
  assert.deepEqual(others().filter((it) => !it.includes("ERR_")), []);
}
