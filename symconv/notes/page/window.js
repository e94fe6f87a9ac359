"use strict";
/* The movable window on a page: it starts as the link says, and the link follows what is shown. */
(() => {
  const root = document.querySelector(".playground"), link = document.querySelector("#window .state");
  if (!root) return;
  document.querySelector("#window .scriptless").hidden = true;
  const game = playground(root, JSON.parse(root.dataset.layer), JSON.parse(root.dataset.words));
  root.addEventListener("playground", () => { link.href = `#window?${new URLSearchParams(game.kept())}`; });
  game.recall(Object.fromEntries(new URLSearchParams(location.hash.split("?")[1] ?? "")));
  if (location.hash.startsWith("#window?")) root.scrollIntoView();
})();
