// A report of many findings: the trees of whole dumps again and again, each time of other objects,
// and half of all findings as what follows from one vault.

import { createHash } from "node:crypto";

const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);

// The same findings of objects with other names.
function again(tree, nth) {
  const names = tree.map((it) => it.subject.name);
  let text = JSON.stringify(tree);
  for (const name of new Set(names)) text = text.replaceAll(name, `${name}-${nth}`);
  const copy = JSON.parse(text);
  const renamed = (fingerprint) => digest(`${fingerprint} ${nth}`);
  for (const it of copy) {
    it.fingerprint = renamed(it.fingerprint);
    it.causedBy = it.causedBy.map(renamed);
  }
  return copy;
}

export function many(reports, count) {
  const trees = [];
  for (const it of reports.flatMap((it) => it.findings)) {
    if (it.causedBy.length > 0) trees.at(-1).push(it);
    else trees.push([it]);
  }
  const [vault, failed] = trees.find((it) => it.length > 1 && it[1].rule === "backup-failed");
  const backups = Array.from({ length: count / 2 }, (_, nth) => {
    const copy = { ...failed, subject: { ...failed.subject, kind: "ApplicationBackup" } };
    return { ...again([copy], nth)[0], causedBy: [vault.fingerprint] };
  });
  const findings = [vault, ...backups];
  const each = Math.ceil(count / 2 / trees.flat().length);
  for (const tree of trees) {
    for (let nth = 0; nth < each; nth += 1) findings.push(...again(tree, nth));
  }
  const all = { ...reports[0], findings: findings.slice(0, count) };
  const counts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const it of all.findings) counts[it.severity] += 1;
  all.summary = { ...all.summary, findings: counts };
  return all;
}
