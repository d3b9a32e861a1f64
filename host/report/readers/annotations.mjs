// Reads annotations as a runner of GitHub Actions does, and writes each anew by the escapes of
// @actions/core: the same bytes must come out.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [file, modules] = process.argv.slice(2);
const core = join(modules, "@actions/core/lib/command.js");
const { issueCommand } = await import(pathToFileURL(core));

const unescapeData = (it) =>
  it.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
const unescapeProperty = (it) =>
  unescapeData(it.replaceAll("%3A", ":").replaceAll("%2C", ","));

/** What @actions/core prints. */
function issued(name, properties, message) {
  const lines = [];
  const write = process.stdout.write;
  process.stdout.write = (text) => lines.push(text);
  try {
    issueCommand(name, properties, message);
  } finally {
    process.stdout.write = write;
  }
  return lines.join("").trimEnd();
}

const commands = [];
for (const line of readFileSync(file, "utf8").split("\n")) {
  if (line === "") continue;
  const parts = /^::(\w+) ([^:]*)::(.*)$/.exec(line);
  if (parts === null) throw new Error(`no command: ${line}`);
  const [, name, list, data] = parts;
  const pairs = list.split(",").map((it) => {
    const at = it.indexOf("=");
    return [it.slice(0, at), unescapeProperty(it.slice(at + 1))];
  });
  const properties = Object.fromEntries(pairs);
  const message = unescapeData(data);
  const again = issued(name, properties, message);
  if (again !== line) throw new Error(`not as @actions/core writes it:\n${line}\n${again}`);
  commands.push({ name, message, ...properties });
}
console.log(JSON.stringify(commands));
