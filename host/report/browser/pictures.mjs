// Pictures of pages at three widths, in light and in dark, to be looked at.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fixture, launched, nothing, opened } from "./pages.mjs";

const folder = process.argv[2];
const names = process.argv.slice(3);
const fixtures = ["vault-denied", "velero-oom", "several-faults", "healthy", "two-vaults"];
const browser = await launched();
mkdirSync(folder, { recursive: true });
for (const name of names.length > 0 ? names : [...fixtures, "nothing-read"]) {
  const { page } = name === "nothing-read" ? nothing() : fixture(name);
  for (const width of [375, 768, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      const viewport = { width, height: 900 };
      const { tab, context } = await opened(browser, page, { viewport, colorScheme });
      const path = join(folder, `${name}-${width}-${colorScheme}.png`);
      await tab.screenshot({ path, fullPage: true });
      await context.close();
    }
  }
}
await browser.close();
