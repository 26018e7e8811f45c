"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  const picture = document.querySelector(".picture");
  const drawing = picture && picture.querySelector("svg");
  const beside = document.getElementById("chosen");
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The details of a layer are shown below its row, or below the picture, wherever it was chosen.
  const choose = (row, line) => {
    const section = document.getElementById(`layer-${row}`);
    if (!section) return;
    for (const element of all(".chosen")) element.classList.remove("chosen");
    for (const element of all("tr.details")) element.remove();
    section.classList.add("chosen");
    for (const element of all(`[data-row="${row}"]`)) element.classList.add("chosen");
    if (!line) {
      beside.append(section);
      return;
    }
    const details = document.createElement("tr");
    details.className = "details";
    const cell = details.appendChild(document.createElement("td"));
    cell.colSpan = line.cells.length;
    beside.append(section);
    cell.append(section);
    line.after(details);
  };

  const keepSections = () => all("tr.details .layer").forEach((section) => beside.append(section));

  const chosenBy = (event) => event.target.closest("[data-row]");
  const act = (element) => {
    keepSections();
    choose(element.dataset.row, element.closest("tr"));
  };

  document.addEventListener("click", (event) => {
    const element = chosenBy(event);
    if (element) act(element);
  });

  document.addEventListener("keydown", (event) => {
    const element = chosenBy(event);
    if (!element || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    act(element);
  });

  for (const button of all(".fold button")) {
    button.addEventListener("click", () => {
      const open = button.closest("tbody").nextElementSibling.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }

  const centre = (box) => {
    const [outer, inner] = [picture.getBoundingClientRect(), box.getBoundingClientRect()];
    picture.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    picture.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
  };

  const cause = drawing && (drawing.querySelector(".cause") || drawing.querySelector(".mismatch"));
  let scale = 1;
  const zoom = (to) => {
    scale = Math.min(Math.max(to, 0.1), 4);
    const { width, height } = drawing.viewBox.baseVal;
    drawing.setAttribute("width", width * scale);
    drawing.setAttribute("height", height * scale);
  };
  const tools = {
    in: () => zoom(scale * 1.25),
    out: () => zoom(scale / 1.25),
    whole: () => {
      const { width, height } = drawing.viewBox.baseVal;
      zoom(Math.min(picture.clientWidth / width, picture.clientHeight / height, 1));
    },
    cause: () => {
      zoom(1);
      centre(cause);
    },
  };
  for (const button of all("[data-tool]")) {
    button.hidden = button.dataset.tool === "cause" && !cause;
    button.addEventListener("click", () => tools[button.dataset.tool]());
  }

  const search = document.querySelector("input[type=search]");
  search.addEventListener("input", () => {
    const word = search.value.trim().toLowerCase();
    root.classList.toggle("searching", word !== "");
    for (const line of all("tr[data-row]")) line.hidden = !line.dataset.words.includes(word);
    const boxes = all("g.box");
    const found = boxes.filter((box) => word && box.textContent.toLowerCase().includes(word));
    for (const box of boxes) box.classList.toggle("found", found.includes(box));
    if (found.length) centre(found[0]);
  });

  if (cause) centre(cause);
  if (root.dataset.first) choose(root.dataset.first);
})();
