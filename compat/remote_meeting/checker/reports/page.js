
"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const status = document.getElementById("status");
  const none = document.getElementById("none");
  const facets = ["rule", "language", "folder", "certainty"];
  const number = (count) => count.toLocaleString("en");
  const ancestors = (folder) => folder.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/"));

  const files = [...document.querySelectorAll(".file")].map((node) => ({
    node,
    tally: node.querySelector(".tally"),
    folders: ancestors(node.dataset.folder),
    rows: [...node.querySelectorAll(".finding")].map((row) => ({ node: row, words: null, ...row.dataset })),
  }));
  const total = files.reduce((sum, file) => sum + file.rows.length, 0);
  const options = facets.flatMap((facet) =>
    [...form.elements[facet].options].filter((option) => option.value).map((option) => ({ facet, option, label: option.text })),
  );

  const words = (file, row) => (row.words ??= `${file.node.dataset.path}\n${row.node.textContent}`.toLowerCase());

  // What keeps a row out, by name; a choice's own figure counts what the other choices let through.
  const misses = (file, row, wanted) => {
    const missed = [];
    if (wanted.rule && row.rule !== wanted.rule) missed.push("rule");
    if (wanted.language && row.language !== wanted.language) missed.push("language");
    if (wanted.certainty && row.certainty !== wanted.certainty) missed.push("certainty");
    if (wanted.folder && !file.folders.includes(wanted.folder)) missed.push("folder");
    if (wanted.text && !words(file, row).includes(wanted.text)) missed.push("text");
    return missed;
  };

  const update = () => {
    const wanted = Object.fromEntries(facets.map((facet) => [facet, form.elements[facet].value]));
    wanted.text = form.elements.text.value.trim().toLowerCase();
    const counts = new Map();
    const count = (facet, value) => counts.set(`${facet} ${value}`, (counts.get(`${facet} ${value}`) ?? 0) + 1);
    let shown = 0;
    let shownFiles = 0;
    for (const file of files) {
      let here = 0;
      for (const row of file.rows) {
        const missed = misses(file, row, wanted);
        row.node.hidden = missed.length > 0;
        if (!missed.length) here += 1;
        for (const facet of facets) {
          if (missed.some((one) => one !== facet)) continue;
          for (const value of facet === "folder" ? file.folders : [row[facet]]) count(facet, value);
        }
      }
      file.node.hidden = !here;
      file.tally.textContent = here === file.rows.length ? number(here) : `${number(here)} of ${number(file.rows.length)}`;
      shown += here;
      if (here) shownFiles += 1;
    }
    for (const { facet, option, label } of options) {
      option.text = `${label} (${number(counts.get(`${facet} ${option.value}`) ?? 0)})`;
    }
    const counted = (count, one) => `${number(count)} ${count === 1 ? one : `${one}s`}`;
    status.textContent = `${number(shown)} of ${counted(total, "finding")}, in ${counted(shownFiles, "file")}`;
    none.hidden = shown > 0;
  };

  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(update);
  };
  const open = (is) => files.forEach(({ node }) => (node.open = is));

  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(update));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open").addEventListener("click", () => open(true));
  document.getElementById("close").addEventListener("click", () => open(false));
  document.querySelectorAll("[data-show-rule]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.reset();
      form.elements.rule.value = button.dataset.showRule;
      setTimeout(update);
      document.getElementById("findings").focus();
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    form.elements.text.focus();
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll(".file:not([hidden])").forEach((node) => (node.open = true)));

  form.hidden = false;
  update();
})();
