"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  const choose = (row) => {
    const section = document.getElementById(`layer-${row}`);
    if (!section) return;
    for (const element of document.querySelectorAll(".chosen")) element.classList.remove("chosen");
    section.classList.add("chosen");
    for (const element of document.querySelectorAll(`[data-row="${row}"]`)) element.classList.add("chosen");
  };

  const chosenBy = (event) => event.target.closest("[data-row]");

  document.addEventListener("click", (event) => {
    const element = chosenBy(event);
    if (element) choose(element.dataset.row);
  });

  document.addEventListener("keydown", (event) => {
    const element = chosenBy(event);
    if (!element || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    choose(element.dataset.row);
  });

  if (root.dataset.first) choose(root.dataset.first);
})();
