"use strict";
/* Shows the numbers of one part of a network at a time: that which is pointed at, or has the focus, or was chosen. */
(() => {
  const section = document.querySelector(".values");
  if (!section) return;
  const rows = [...section.querySelectorAll("tr[data-part]")], panels = [...section.querySelectorAll(".panel")];
  let kept = rows[0].dataset.part;

  function show(part) {
    for (const panel of panels) panel.hidden = panel.dataset.part !== part;
    for (const row of rows) {
      row.classList.toggle("shown", row.dataset.part === part);
      row.querySelector("button").setAttribute("aria-pressed", row.dataset.part === part);
    }
  }

  for (const row of rows) {
    row.addEventListener("pointerenter", () => show(row.dataset.part));
    row.addEventListener("focusin", () => show(row.dataset.part));
    row.addEventListener("click", () => { kept = row.dataset.part; show(kept); });
  }
  section.querySelector("tbody").addEventListener("pointerleave", () => show(kept));
  section.addEventListener("keydown", (event) => { if (event.key === "Escape") show(kept); });
  section.classList.add("alive");
  show(kept);
})();
