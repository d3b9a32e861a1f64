// A button at each command copies it. A script that adds commands calls `addButtons()`.
"use strict";
const addButtons = (() => {
  const copy = async (button) => {
    const command = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
    } catch {
      // A file that was opened from a disk may not write to the clipboard in every browser.
      getSelection().selectAllChildren(command);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".command button");
    if (button) copy(button);
  });
  const add = () => {
    for (const block of document.querySelectorAll(".command:not(:has(button))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      block.append(button);
    }
  };
  add();
  return add;
})();
