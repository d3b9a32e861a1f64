// Keeps the page as the server has it: follows its events, asks for the page again, and exchanges
// what has changed. Says how old what is shown is, and when the server does not answer.
"use strict";
(() => {
  // Ages grow by themselves, so the server has a new result each minute, without an event.
  const ASK_AGAIN = 30_000;
  // Several findings come at once.
  const SETTLE = 300;
  const PATIENCE = 15_000;
  const root = document.documentElement;
  const place = location.pathname;
  const shown = { result: root.dataset.result, at: Date.parse(root.dataset.at) };
  // How old the result was when the server answered last, by the clock of the server, and when
  // that was, by a clock that nobody sets.
  let age = 0;
  let answered = performance.now();
  let lost = "";

  const words = (seconds) => {
    if (seconds < 60) return `${Math.round(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  };
  const tell = () => {
    const line = document.getElementById("live");
    const since = (performance.now() - answered) / 1000;
    const evaluated = `evaluated ${words(age + since)} ago`;
    const text = lost ? `${lost} for ${words(since)}, ${evaluated}` : `Live, ${evaluated}`;
    if (line.textContent !== text) line.textContent = text;
    line.className = lost ? "off" : "on";
    // Each second would be read aloud: only that the contact is lost, or is there again.
    line.setAttribute("aria-live", line.dataset.lost === lost ? "off" : "polite");
    line.dataset.lost = lost;
  };

  // What somebody has unfolded, chosen or looks at, by names that the next page has too.
  const path = (it) => {
    const holder = it.closest("[id]");
    if (!holder) return null;
    return [holder.id, [...holder.querySelectorAll("details, summary, button, a")].indexOf(it)];
  };
  const find = ([id, nth]) => {
    const holder = document.getElementById(id);
    if (nth < 0) return holder;
    return holder?.querySelectorAll("details, summary, button, a")[nth];
  };
  const exchange = (next) => {
    const main = document.querySelector("main");
    const details = [...main.querySelectorAll("details")];
    const folds = details.map((it) => [path(it), it.open]).filter(([it]) => it);
    const focus = main.contains(document.activeElement) ? path(document.activeElement) : null;
    const findings = [...main.querySelectorAll(".finding, section")].reverse();
    const anchor = findings.find((it) => it.id && it.getBoundingClientRect().top <= 1);
    const top = anchor?.getBoundingClientRect().top;

    for (const selector of ["main", ".top", "#contents", ".choices"]) {
      const old = document.querySelector(selector);
      const fresh = document.adoptNode(next.querySelector(selector));
      const live = old.querySelector("#live");
      if (live) fresh.querySelector("#live").replaceWith(live);
      old.replaceWith(fresh);
    }
    document.title = next.title;
    rulebox.update();
    for (const [it, open] of folds) {
      const found = find(it);
      if (found?.matches("details")) found.open = open;
    }
    if (focus) find(focus)?.focus({ preventScroll: true });
    const moved = anchor && document.getElementById(anchor.id);
    if (moved) scrollBy(0, moved.getBoundingClientRect().top - top);
  };

  let asking = false;
  let again = false;
  const ask = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(place, {
        cache: "no-store",
        headers: { "If-None-Match": shown.result },
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 200) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        const version = (it) => it.querySelector("meta[name=generator]")?.content;
        // Another program serves other scripts.
        if (version(next) !== version(document)) { location.reload(); return; }
        exchange(next);
        const { result, at } = next.documentElement.dataset;
        Object.assign(shown, { result, at: Date.parse(at) });
      }
      if (answer.status === 200 || answer.status === 304) {
        answered = performance.now();
        age = Math.max(0, (Date.parse(answer.headers.get("date")) - shown.at) / 1000 || 0);
        lost = "";
      } else {
        lost = `The server answers ${answer.status}`;
      }
    } catch {
      lost = "No contact";
    }
    asking = false;
    tell();
    if (again) { again = false; soon(); }
  };
  let pending = 0;
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(ask, SETTLE);
  };

  // A stream that was ended is begun again by the browser, and one that was refused is not.
  let events;
  const follow = () => {
    events = new EventSource("api/v1/events");
    for (const name of ["reset", "added", "changed", "gone"]) events.addEventListener(name, soon);
    events.addEventListener("open", soon);
    events.addEventListener("error", soon);
  };
  follow();
  setInterval(() => {
    if (events.readyState === EventSource.CLOSED) follow();
    if (!document.hidden) ask();
  }, ASK_AGAIN);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  setInterval(tell, 1000);
  ask();
})();
