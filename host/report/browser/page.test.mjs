// What somebody sees and does with a report in a browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostile } from "./hostile.mjs";
import { many } from "./many.mjs";
import {
  compared, counted, fixture, launched, nothing, opened, seen, shown, unfold,
} from "./pages.mjs";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const names = ["vault-denied", "velero-oom", "several-faults", "healthy", "two-vaults"];
let browser;
let pages;

before(async () => {
  browser = await launched();
  pages = Object.fromEntries(names.map((name) => [name, fixture(name)]));
  pages["nothing-read"] = nothing();
  pages.events = fixture("events-only");
  const reports = [pages["several-faults"].report, pages["two-vaults"].report];
  pages.many = shown(many(reports, 60), "many");
});
after(() => browser.close());

// Opens a page, does something with it, and sees that nothing else happened.
async function using(name, options, act) {
  const { page, report } = pages[name] ?? name;
  const { tab, wrong, context } = await opened(browser, page, options);
  try {
    await act(tab, report);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

test("each finding stands on the page, and nothing is asked for", async () => {
  for (const name of Object.keys(pages)) {
    await using(name, {}, async (tab, report) => {
      const ids = await seen(tab);
      assert.deepEqual(ids, counted(report).map((it) => it.fingerprint), name);
      assert.equal(await tab.locator(".result output").textContent(), "", name);
      const text = await tab.locator("main").textContent();
      for (const it of counted(report)) {
        assert.ok(text.includes(it.subject.name), `${name}: ${it.subject.name}`);
      }
    });
  }
});

test("the first words say how it stands", async () => {
  const words = {
    "vault-denied": /^\d+ critical/,
    "several-faults": "1 critical, 5 high, 1 medium",
    healthy: "Nothing found in what could be judged",
    "nothing-read": "Nothing was read",
  };
  for (const [name, want] of Object.entries(words)) {
    await using(name, {}, async (tab) => {
      const heading = await tab.locator("h1").textContent();
      assert.match(heading, want instanceof RegExp ? want : new RegExp(`^${want}$`), name);
      const good = await tab.locator(".notices .good").count();
      assert.equal(good, 0, `${name}: not all was judged`);
    });
  }
});

test("what could not be seen is told, with the command that collects it", async () => {
  for (const name of ["nothing-read", "events"]) {
    await using(name, {}, async (tab) => {
      const text = await tab.locator("main").innerText();
      assert.match(text, /rulebox needs --script > collect\.sh/, name);
      assert.match(text, /rulebox collect -o bundle\.tar\.gz/, name);
      assert.match(text, /not a pass/, name);
    });
  }
});

async function checkChoice(tab, report, choose, takes, hash) {
  await choose();
  const want = counted(report).filter(takes).map((it) => it.fingerprint);
  assert.ok(want.length > 0 && want.length < counted(report).length, `${hash} tells apart`);
  await tab.waitForFunction((hash) => decodeURIComponent(location.hash) === hash, hash);
  assert.deepEqual(await seen(tab), want, hash);
  const all = counted(report).length;
  const told = await tab.locator(".result output").textContent();
  assert.equal(told, `${want.length} of ${all} findings`);
  // Another tab with the same address shows the same.
  await tab.reload();
  assert.deepEqual(await seen(tab), want, `${hash}, loaded again`);
  await tab.getByRole("button", { name: "Show all" }).click();
  await tab.waitForFunction(() => location.hash === "");
  assert.equal((await seen(tab)).length, all);
}

test("findings are chosen by all that they have, and the address keeps it", async () => {
  await using("several-faults", {}, async (tab, report) => {
    const rule = report.findings[2].rule;
    const check = (choose, takes, hash) => checkChoice(tab, report, choose, takes, hash);
    await check(
      () => tab.getByLabel("critical").check(),
      (it) => it.severity === "critical",
      "#severity=critical",
    );
    await check(
      () => tab.locator("[name=rule]").selectOption(rule),
      (it) => it.rule === rule,
      `#rule=${rule}`,
    );
    await check(
      () => tab.getByLabel("Search").fill("OOM-killed"),
      (it) => JSON.stringify(it).includes("OOM-killed"),
      "#q=OOM-killed",
    );
  });
  const report = structuredClone(pages["several-faults"].report);
  Object.assign(report.findings[1], { pack: "other-pack" });
  Object.assign(report.findings[2].subject, { namespace: "" });
  Object.assign(report.findings[3].subject, { namespace: "a&b=c" });
  await using(shown(report, "choices"), {}, async (tab) => {
    const check = (choose, takes, hash) => checkChoice(tab, report, choose, takes, hash);
    await check(
      () => tab.locator("[name=pack]").selectOption("other-pack"),
      (it) => it.pack === "other-pack",
      "#pack=other-pack",
    );
    await check(
      () => tab.locator("[name=namespace]").selectOption("a&b=c"),
      (it) => it.subject.namespace === "a&b=c",
      "#namespace=a&b=c",
    );
    await check(
      () => tab.locator("[name=namespace]").selectOption("none"),
      (it) => it.subject.namespace === "",
      "#namespace=-",
    );
  });
});

test("findings are chosen by cluster", async () => {
  const report = structuredClone(pages["several-faults"].report);
  const asOf = report.asOf;
  report.clusters = ["east", "west"].map((cluster) => ({ cluster, asOf }));
  report.findings.forEach((it, nth) => { it.cluster = nth < 2 ? "east" : "west"; });
  await using(shown(report, "clusters"), {}, (tab) =>
    checkChoice(
      tab,
      report,
      () => tab.locator("[name=cluster]").selectOption("west"),
      (it) => it.cluster === "west",
      "#cluster=west",
    ));
});

test("of a group its members are chosen, and what is folded is opened", async () => {
  await using("many", {}, async (tab, report) => {
    const name = counted(report)[25].subject.name;
    await tab.getByLabel("Search").fill(name);
    await tab.waitForFunction(() => location.hash !== "");
    const ids = await seen(tab);
    assert.ok(ids.includes(counted(report)[25].fingerprint));
    const found = tab.locator(`#f-${counted(report)[25].fingerprint}`);
    await found.scrollIntoViewIfNeeded();
    assert.ok(await found.isVisible());
  });
});

test("an address leads to a finding, whatever is folded or hidden", async () => {
  const target = counted(pages.many.report)[25];
  await using("many", { hash: `#f-${target.fingerprint}` }, async (tab, report) => {
    const found = tab.locator(`#f-${target.fingerprint}`);
    assert.ok(await found.isVisible());
    await tab.getByLabel("Search").fill("no such thing");
    await tab.waitForFunction(() => document.querySelector("output").value.startsWith("0 of"));
    await tab.evaluate((hash) => { location.hash = hash; }, `#f-${target.fingerprint}`);
    await found.waitFor({ state: "visible" });
    assert.equal((await seen(tab)).length, counted(report).length);
  });
});

test("a command is copied by the mouse and by keys, as it is in the report", async () => {
  await using("several-faults", {}, async (tab, report) => {
    const steps = report.findings[0].steps.filter((it) => it.kind !== "say");
    const copied = () => tab.evaluate(() => navigator.clipboard.readText());
    const card = tab.locator(`#f-${report.findings[0].fingerprint}`);
    const button = card.getByRole("button", { name: "Copy" }).first();
    await button.click();
    await card.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await copied(), steps[0].text);
    const last = tab.locator(".command button").last();
    await tab.evaluate(() => navigator.clipboard.writeText(""));
    await unfold(tab);
    await last.focus();
    await tab.keyboard.press("Enter");
    await tab.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
    const command = await last.locator("xpath=..").locator("code").textContent();
    assert.equal(await copied(), command);
  });
});

test("keys lead everywhere, and one sees where they are", async () => {
  await using("several-faults", {}, async (tab) => {
    await tab.keyboard.press("Tab");
    const focused = () => tab.evaluate(() => document.activeElement.className
      || document.activeElement.name || document.activeElement.localName);
    assert.equal(await focused(), "skip");
    await tab.keyboard.press("Enter");
    assert.equal(await focused(), "main");
    await tab.keyboard.press("/");
    assert.equal(await focused(), "q");
    await tab.keyboard.type("vault/x");
    assert.equal(await tab.getByLabel("Search").inputValue(), "vault/x");
    await tab.keyboard.press("Escape");
    assert.notEqual(await focused(), "q");
    await tab.reload();
    const reached = new Set();
    for (let nth = 0; nth < 80; nth += 1) {
      await tab.keyboard.press("Tab");
      const { name, outline } = await tab.evaluate(() => {
        const it = document.activeElement;
        return { name: it.localName, outline: getComputedStyle(it).outlineStyle };
      });
      if (name === "body") break;
      reached.add(name);
      assert.notEqual(outline, "none", `${name}: its focus is seen`);
    }
    for (const it of ["a", "button", "input", "select", "summary"]) assert.ok(reached.has(it), it);
  });
});

test("no page is wider than its window", async () => {
  for (const name of [...Object.keys(pages), "hostile"]) {
    const what = name === "hostile" ? attacked() : name;
    for (const width of [320, 768, 1280]) {
      await using(what, { viewport: { width, height: 800 } }, async (tab) => {
        await unfold(tab);
        const wide = await tab.evaluate(() => document.scrollingElement.scrollWidth);
        assert.ok(wide <= width, `${name} at ${width}: ${wide}`);
      });
    }
  }
});

// What of a picture is seen: it, and what scrolls it.
const isSeen = (tab, it) => tab.locator(it).last().evaluate((it) => {
  const [box, of] = [it, it.closest(".wide")].map((it) => it.getBoundingClientRect());
  return box.width > 0 && box.left >= of.left - 1 && box.right <= of.right + 1;
});

test("a phone shows the end of the timeline first, and what stands there", async () => {
  await using("velero-oom", { viewport: { width: 375, height: 800 } }, async (tab) => {
    for (const it of ["text.as-of-name", "text.lane-name.last", ".mark.kill"]) {
      assert.ok(await isSeen(tab, `.timeline .wide ${it}`), it);
    }
    const fade = () => tab.locator(".timeline .wide")
      .evaluate((it) => getComputedStyle(it).getPropertyValue("--fade"));
    assert.equal(await fade(), "48px", "there is more of it");
    await tab.locator(".timeline .wide").evaluate((it) => { it.scrollLeft = -it.scrollWidth; });
    await tab.evaluate(() => new Promise((done) => {
      requestAnimationFrame(() => requestAnimationFrame(done));
    }));
    assert.equal(await fade(), "0px", "it begins here");
    assert.ok(await isSeen(tab, ".timeline .wide text.lane-name:not(.last)"));
  });
});

test("a comparison can be read, copied from and scrolled nowhere", async () => {
  const changed = structuredClone(pages["several-faults"].report);
  changed.findings[1].severity = "low";
  changed.findings[2].summary = "It was otherwise.";
  changed.findings.splice(3, 1);
  shown(changed, "before");
  const page = compared("before", "several-faults");
  for (const [colorScheme, width] of [["light", 1280], ["dark", 375]]) {
    await using({ page }, { colorScheme, viewport: { width, height: 800 } }, async (tab) => {
      await unfold(tab);
      assert.ok(await tab.getByText("was: It was otherwise.").isVisible());
      const wide = await tab.evaluate(() => document.scrollingElement.scrollWidth);
      assert.ok(wide <= width, `${width}: ${wide}`);
      const command = tab.locator(".command").first();
      await command.getByRole("button", { name: "Copy" }).click();
      await command.getByRole("button", { name: "Copied" }).waitFor();
      const copied = await tab.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, await command.locator("code").textContent());
      await tab.evaluate(axe);
      const { violations } = await tab.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes[0].html}`), []);
    });
  }
});

test("axe finds nothing, in light and in dark", async () => {
  for (const name of Object.keys(pages)) {
    for (const [colorScheme, width] of [["light", 1280], ["dark", 375]]) {
      await using(name, { colorScheme, viewport: { width, height: 800 } }, async (tab) => {
        await unfold(tab);
        await tab.evaluate(axe);
        const { violations } = await tab.evaluate(() => axe.run({ resultTypes: ["violations"] }));
        const told = violations.map(({ id, help, nodes: [{ html, failureSummary }] }) =>
          `${id}: ${help}: ${html} ${failureSummary}`);
        assert.deepEqual(told, [], `${name}, ${colorScheme}, ${width}`);
      });
    }
  }
});

test("without a script all can be read and unfolded", async () => {
  await using("several-faults", { javaScriptEnabled: false }, async (tab, report) => {
    assert.ok(await tab.locator(".filters").isHidden());
    for (const it of counted(report)) {
      assert.ok(await tab.locator(`#f-${it.fingerprint} h3`).isVisible(), it.subject.name);
    }
    const evidence = tab.locator(".evidence").first();
    assert.ok(await evidence.locator("dl").isHidden());
    await evidence.locator("summary").click();
    assert.ok(await evidence.locator("dl").isVisible());
  });
});

test("paper has all that is folded, and no choices", async () => {
  for (const javaScriptEnabled of [true, false]) {
    await using("several-faults", { javaScriptEnabled }, async (tab) => {
      await tab.emulateMedia({ media: "print" });
      assert.ok(await tab.locator(".filters").isHidden());
      assert.ok(await tab.locator(".evidence dl").first().isVisible());
      assert.equal(await tab.locator(".command button:visible").count(), 0);
      const paper = await tab.pdf();
      assert.ok(paper.length > 10_000);
      await tab.emulateMedia({ media: "screen" });
      if (javaScriptEnabled) assert.equal(await tab.locator("details[open] > dl").count(), 0);
    });
  }
});

test("a long text and a long list are folded, and what is left out is told", async () => {
  const report = structuredClone(pages["several-faults"].report);
  const [first] = report.findings;
  first.cause = "c".repeat(12_000);
  first.summary = "s".repeat(1_000);
  first.evidence = Array.from({ length: 250 }, (_, nth) => ({
    path: `path-${nth}`,
    value: nth === 0 ? "v".repeat(10_000) : `value-${nth}`,
  }));
  await using(shown(report, "long"), {}, async (tab) => {
    const card = tab.locator(`#f-${first.fingerprint}`);
    const { height } = await card.boundingBox();
    assert.ok(height < 1_200, `${height}`);
    await unfold(tab);
    const text = await card.innerText();
    assert.match(text, /2,000 more characters stand in the report as JSON/);
    assert.match(text, /11,400 more characters/);
    assert.ok(text.includes("s".repeat(1_000).slice(0, 600)));
    assert.ok(text.includes("value-7") && text.includes("value-207"));
    assert.ok(!text.includes("value-208"));
    assert.match(text, /42 more stand in the report as JSON/);
  });
});

// The same report once with texts that attack, and once with harmless ones.
function attacked() {
  return shown(hostile(pages["several-faults"].report, true), "attacked");
}

test("no text of others becomes anything but text", async () => {
  const tags = (tab) => tab.evaluate(() => [...document.querySelectorAll("*")]
    .map((it) => `${it.localName} ${it.getAttributeNames().filter((of) => of !== "open")}`));
  let harmless;
  const plain = shown(hostile(pages["several-faults"].report, false), "harmless");
  await using(plain, {}, async (tab) => {
    harmless = await tags(tab);
  });
  await using(attacked(), {}, async (tab) => {
    assert.deepEqual(await tags(tab), harmless);
    await unfold(tab);
    for (const it of await tab.locator(".command button").all()) await it.click();
    for (const it of await tab.locator("select").all()) {
      for (const nth of [1, 0]) await it.selectOption({ index: nth });
    }
    assert.equal(await tab.evaluate(() => window.attacked), undefined);
    const text = await tab.evaluate(() => document.documentElement.textContent);
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u200b\u001b\u009b\u2028]/u);
  });
});
