// Search, filters and copying. The page can be read without; the filters stand in its address.
"use strict";
(() => {
  const form = document.querySelector(".filters");
  const shown = form.querySelector(".shown");
  const findings = [...document.querySelectorAll(".finding")];
  const names = ["cluster", "pack", "rule", "namespace"];
  const texts = new Map();
  const text = (it) => {
    if (!texts.has(it)) texts.set(it, it.textContent.toLowerCase());
    return texts.get(it);
  };

  const show = () => {
    const chosen = new FormData(form);
    const severities = new Set(chosen.getAll("severity"));
    const words = (chosen.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const it of findings) {
      const fits =
        (severities.size === 0 || severities.has(it.dataset.severity)) &&
        names.every((name) => !chosen.get(name) || it.dataset[name] === chosen.get(name)) &&
        words.every((word) => text(it).includes(word));
      it.hidden = !fits;
      if (fits) count += 1;
    }
    shown.value = count === findings.length ? "" : `${count} of ${findings.length} findings`;
  };

  const write = () => {
    const address = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) address.append(name, value);
    const hash = address.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  };

  const read = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    if (document.getElementById(location.hash.slice(1))) return;
    for (const field of form.elements) {
      if (!field.name) continue;
      const values = address.getAll(field.name);
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else field.value = values[0] || "";
    }
    show();
  };

  for (const block of document.querySelectorAll(".remedy pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const command = block.querySelector("code");
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = "Copied";
      } catch {
        // A file that was opened from a disk may not write to the clipboard in every browser.
        getSelection().selectAllChildren(command);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.prepend(button);
  }

  form.hidden = findings.length === 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { show(); write(); });
  form.addEventListener("reset", () => setTimeout(() => { show(); write(); }));
  addEventListener("hashchange", read);
  read();
})();
