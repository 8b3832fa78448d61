"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const rows = Array.from(document.querySelectorAll("#findings tbody tr"));
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById("count");
  const names = Array.from(form.querySelectorAll("select")).map((one) => one.name);
  const show = () => {
    const wanted = names.map((name) => [name, form.elements[name].value]);
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let uses = 0, mentions = 0;
    rows.forEach((row, index) => {
      const fits = wanted.every(([name, value]) => !value || row.dataset[name] === value
        || (value === "~use" && row.dataset.kind !== "mention"))
        && words.every((word) => texts[index].includes(word));
      row.hidden = !fits;
      if (fits) { if (row.dataset.kind === "mention") { mentions += 1; } else { uses += 1; } }
    });
    count.textContent = uses + (uses === 1 ? " use" : " uses") + " shown, " + mentions
      + (mentions === 1 ? " mention" : " mentions") + " apart, of " + rows.length + " findings";
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("reset", () => setTimeout(show, 0));
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  show();
})();
