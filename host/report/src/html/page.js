// Search, filters and keys. The page can be read without; what is chosen stands in its
// address, behind the #. A script that exchanges findings calls `rulebox.update()`.
const rulebox = (() => {
  const form = document.querySelector(".filters");
  const search = form.elements.namedItem("q");
  const names = ["cluster", "pack", "rule", "namespace"];
  // So many members of a group are opened by a choice that they fit.
  const OPEN = 100;
  let findings = [];

  // A finding of a group has what its group says of all.
  const gather = () => {
    findings = [...document.querySelectorAll(".finding")].map((it) => {
      const group = it.closest(".group");
      const of = (name) => it.dataset[name] ?? group?.dataset[name] ?? "";
      const values = Object.fromEntries(["severity", ...names].map((name) => [name, of(name)]));
      const holders = [group, it.closest(".others"), it.closest(".tree")].filter(Boolean);
      return { it, values, holders, text: null };
    });
  };
  const text = (finding) => {
    if (finding.text === null) {
      const { it, values } = finding;
      const named = `${it.id.slice(2)} ${values.severity} ${values.pack}/${values.rule}`;
      finding.text = `${it.textContent} ${named} ${values.cluster}`.toLowerCase();
    }
    return finding.text;
  };
  const chosen = () => {
    const data = new FormData(form);
    const equal = names.map((name) => [name, data.get(name)]).filter(([, value]) => value);
    return {
      severities: new Set(data.getAll("severity")),
      // An empty value of a choice is all: what has no name is written as a dash.
      equal: equal.map(([name, value]) => [name, value === "-" ? "" : value]),
      words: (data.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean),
    };
  };

  let wasFiltered = false;
  const show = () => {
    const { severities, equal, words } = chosen();
    const filtered = severities.size + equal.length + words.length > 0;
    if (!filtered && !wasFiltered) return;
    wasFiltered = filtered;
    const holders = new Map();
    let count = 0;
    for (const finding of findings) {
      const { it, values } = finding;
      const fits =
        (severities.size === 0 || severities.has(values.severity)) &&
        equal.every(([name, value]) => values[name] === value) &&
        words.every((word) => text(finding).includes(word));
      if (it.hidden === fits) it.hidden = !fits;
      if (fits) count += 1;
      for (const holder of finding.holders) {
        holders.set(holder, (holders.get(holder) ?? 0) + (fits ? 1 : 0));
      }
    }
    for (const [holder, fitting] of holders) {
      holder.hidden = fitting === 0;
      // What was found stands open, unless it fills pages; what somebody has opened stays so.
      if (filtered && holder.matches(".others") && fitting <= OPEN) holder.open = true;
    }
    const overview = document.querySelector(".overview");
    if (overview) overview.hidden = filtered;
    document.body.classList.toggle("filtered", filtered);
    const number = (it) => it.toLocaleString("en");
    const all = `${number(count)} of ${number(findings.length)} findings`;
    form.querySelector(".shown").value = filtered ? all : "";
  };

  // What was chosen last, where the address names a finding now.
  let kept = "";
  const write = () => {
    const address = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) address.append(name, value);
    kept = address.toString();
    history.replaceState(null, "", kept ? `#${kept}` : location.pathname + location.search);
  };
  const named = () => document.getElementById(location.hash.slice(1));
  const read = () => {
    if (!named()) kept = location.hash.slice(1);
    const address = new URLSearchParams(kept);
    for (const field of form.elements) {
      if (!field.name) continue;
      const values = address.getAll(field.name);
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else field.value = values[0] || "";
    }
    show();
  };
  // Goes to the finding that the address names.
  const go = () => {
    const target = named();
    if (!target) { read(); return; }
    if (target.closest("[hidden]")) {
      kept = "";
      read();
    }
    for (let it = target; it; it = it.parentElement) if (it.matches("details")) it.open = true;
    target.scrollIntoView();
  };

  let pending = 0;
  const soon = () => {
    // Keys that follow each other at once are one choice.
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => { show(); write(); });
  };
  const update = () => {
    gather();
    addButtons();
    form.hidden = findings.length === 0;
    wasFiltered = true;
    read();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(soon));
  addEventListener("hashchange", go);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !form.hidden) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.blur();
    }
  });
  // A phone has the choices folded, and another screen has room for them.
  const wide = matchMedia("(min-width: 40.01rem)");
  const choose = form.querySelector(".choose");
  const fit = () => { choose.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();

  // Paper unfolds nothing.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const it of folded) it.open = true;
  });
  addEventListener("afterprint", () => { for (const it of folded) it.open = false; });

  update();
  if (named()) go();
  return { update };
})();
