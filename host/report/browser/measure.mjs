// How large a page of many findings is, and how long a browser takes for it: the medians of some
// runs. The times on the clock are those of this machine, with all that it does meanwhile.

import { statSync } from "node:fs";
import { fixture, launched, opened, shown } from "./pages.mjs";
import { many } from "./many.mjs";

const RUNS = 5;
const count = Number(process.argv[2]);
const reports = ["several-faults", "two-vaults"].map((name) => fixture(name).report);
const { page } = shown(many(reports, count), "many");
const browser = await launched();
const median = (all) => Math.round(all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]);
const taken = new Map();
const note = (what, value) => taken.set(what, [...(taken.get(what) ?? []), value]);

// What the page has taken of a processor.
const busy = async (devtools) => {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find((it) => it.name === "TaskDuration").value * 1000;
};

// From a choice until the browser has painted what it shows.
const choose = (tab, act) => tab.evaluate(async (act) => {
  const form = document.querySelector(".filters");
  const start = performance.now();
  if (act === "one severity") form.querySelector("[value=high]").click();
  else if (act === "all") form.querySelector("[type=reset]").click();
  else {
    form.elements.q.value = act;
    form.dispatchEvent(new Event("input"));
  }
  await new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done))));
  return performance.now() - start;
}, act);

for (let run = 0; run < RUNS; run += 1) {
  const { tab, context } = await opened(browser, "about:blank");
  const devtools = await context.newCDPSession(tab);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  await tab.goto(`file://${page}`);
  await tab.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
  const [painted, loaded] = await tab.evaluate(() => {
    const [it] = performance.getEntriesByType("navigation");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return [paint.startTime, it.domContentLoadedEventEnd];
  });
  note("first paint", painted);
  note("content loaded", loaded);
  let before = await busy(devtools);
  note("opened, of a processor", before);
  for (const act of ["one severity", "all", "vault", "vault-9"]) {
    const time = await choose(tab, act);
    const after = await busy(devtools);
    note(`${act} chosen`, time);
    note(`${act} chosen, of a processor`, after - before);
    before = after;
  }
  await context.close();
}
await browser.close();
console.log(`${count} findings: ${(statSync(page).size / 1e6).toFixed(2)} MB`);
for (const [what, all] of taken) console.log(`${what}: ${median(all)} ms`);
