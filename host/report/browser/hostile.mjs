// Reports whose every text attacks whoever shows it.

const ATTACKS = [
  "</script><script>window.attacked = 1</script>",
  "<img src=x onerror=\"window.attacked = 2\">",
  "\" autofocus onfocus=\"window.attacked = 3\" x=\"",
  "' onmouseover='window.attacked = 4' x='",
  "javascript:window.attacked=5",
  "</style></title></textarea><svg onload=window.attacked=6>",
  "--><iframe src=\"https://evil.example/\"></iframe><!--",
  "<a href=\"https://evil.example/\">x</a><form action=//evil.example><input name=q>",
  "&lt;b&gt;&#60;script&#62;",
  "\u202egnp.exe\u2066\u200b\u2028",
  "\u001b[31mred\u001b[0m\u009b2J",
  "{{constructor.constructor('window.attacked=7')()}} ${window.attacked=8} %3Cscript%3E",
  "]]><![CDATA[<link rel=stylesheet href=//evil.example>",
];

// Fields that a reader of reports takes for words, times or numbers, and not for text.
const FIXED = new Set([
  "schemaVersion", "severity", "result", "kind", "coverage", "source", "type", "time", "latest",
  "expires", "expiresTyped", "staleSince", "start", "end", "fingerprint", "causedBy",
]);

// `attacks`: whether the texts attack; if not they are as many, and plain.
export function hostile(report, attacks) {
  let nth = 0;
  // What was one text stays one, so that references and equal words stay what they are.
  const known = new Map();
  const text = (was) => {
    if (was === "") return was;
    if (!known.has(was)) {
      const attack = attacks ? ATTACKS[nth % ATTACKS.length] : "plain";
      known.set(was, `${String(nth).padStart(5, "0")}${attack}`);
      nth += 1;
    }
    return known.get(was);
  };
  const of = (value, key, holder) => {
    // `kind` is a word in a step, and a text elsewhere.
    const fixed = FIXED.has(key) && !(key === "kind" && !("text" in holder));
    if (typeof value === "string") return fixed ? value : text(value);
    if (Array.isArray(value)) return fixed ? value : value.map((it) => of(it, "", {}));
    if (value === null || typeof value !== "object") return value;
    // The names of labels choose what panels show.
    const labels = key === "labels";
    const part = ([name, it]) => [name, labels ? text(it) : of(it, name, value)];
    return Object.fromEntries(Object.entries(value).map(part));
  };
  const all = of(report, "", {});
  // The names of metrics choose panels, so they stay; their values go there.
  all.metrics.forEach((it, at) => { it.name = report.metrics[at].name; });
  return all;
}
