"use strict";

const form = document.getElementById("filters");
const boxes = name => [...form.querySelectorAll(`input[name="${name}"]`)];
const chosen = name => new Set(boxes(name).filter(box => box.checked).map(box => box.value));

/** Whether an element belongs to what is chosen. Elements that belong to no map, model or seed are always shown. */
function isShown(data, maps, models, seed, least) {
  const onMap = data.map === undefined || maps.has(data.map) || !boxes("map").some(box => box.value === data.map);
  const known = new Set(boxes("model").map(box => box.value));
  const ofModels = (data.models ?? "").split("|").every(model => !known.has(model) || models.has(model));
  const ofSeed = data.seed === undefined || data.seed === seed || (seed === "each");
  return onMap && ofModels && ofSeed && Number(data.count ?? Infinity) >= least;
}

function apply() {
  const maps = chosen("map"), models = chosen("model");
  const seed = form.seed.value, least = Number(form.least.value) || 1;
  for (const element of document.querySelectorAll("main [data-map], main [data-models], main [data-seed]")) {
    element.toggleAttribute("hidden", !isShown(element.dataset, maps, models, seed, least));
  }
  for (const claim of document.querySelectorAll(".claim")) {
    claim.hidden = [...claim.querySelectorAll("tr")].every(row => row.hidden);
  }
}

/** Write what differs from the default into the address, so that it can be shared. */
function remember() {
  const address = new URLSearchParams();
  for (const name of ["map", "model"]) {
    if (chosen(name).size < boxes(name).length) address.set(name, [...chosen(name)].join("|"));
  }
  if (form.seed.value !== "mean") address.set("seed", form.seed.value);
  if (Number(form.least.value) > 1) address.set("least", form.least.value);
  history.replaceState(null, "", `#${address}`);
}

function recall() {
  const address = new URLSearchParams(location.hash.slice(1));
  for (const name of ["map", "model"]) {
    const values = address.get(name)?.split("|");
    for (const box of boxes(name)) box.checked = values?.includes(box.value) ?? true;
  }
  form.seed.value = address.get("seed") ?? "mean";
  if (form.seed.selectedIndex < 0) form.seed.value = "mean";
  form.least.value = address.get("least") ?? 1;
  apply();
}

form.addEventListener("input", () => { apply(); remember(); });
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("click", event => {
  const name = event.target.dataset.all;
  if (!name) return;
  const all = boxes(name).every(box => box.checked);
  for (const box of boxes(name)) box.checked = !all;
  apply();
  remember();
});
addEventListener("hashchange", recall);
recall();
