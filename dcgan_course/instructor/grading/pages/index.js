"use strict";
// Sorts, filters and searches the table of students. Without it the page shows everything in the order of names.
{
  const table = document.getElementById("students");
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const headers = [...table.tHead.rows[1].cells];
  const rows = [...table.tBodies[0].rows];
  const order = new Intl.Collator("ko", { numeric: true });

  // Letters in their parts: "김ㅁ", half typed, finds 김민지, and "jose" finds José.
  const fold = (text) => text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
  const column = (name, value) => headers.findIndex((header) => header.dataset[name] === value);
  const named = (text) => headers.findIndex((header) => header.textContent === text);
  const columns = { id: named("id"), status: named("status") };
  const texts = rows.map((row) => fold(row.cells[0].textContent + " " + (row.cells[columns.id]?.textContent ?? "")));

  function value(row, index) {
    const cell = row.cells[index];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return text === "" ? null : headers[index].dataset.sort === "number" ? Number(text) : text;
  }

  // What has no value comes last in both directions.
  function compare(one, other, sign) {
    if (one === null || other === null) return (one === null) - (other === null);
    return sign * (typeof one === "number" ? one - other : order.compare(one, other));
  }

  function sort(index, direction) {
    const sign = direction === "ascending" ? 1 : -1;
    const pairs = [...table.tBodies[0].rows].map((row) => [value(row, index), row]);
    pairs.sort(([one], [other]) => compare(one, other, sign));
    table.tBodies[0].append(...pairs.map(([, row]) => row));
    for (const header of headers) header.removeAttribute("aria-sort");
    headers[index].setAttribute("aria-sort", direction);
  }

  function outcome(cell) {
    return cell.textContent.trim() === "" ? "no mark" : cell.dataset.outcome ?? "right";
  }

  function fits(row, text, wanted) {
    if (!wanted.words.every((word) => text.includes(word))) return false;
    if (wanted.status && row.cells[columns.status].textContent !== wanted.status) return false;
    if (wanted.notebook >= 0 && (row.cells[wanted.notebook].textContent === "") !== wanted.without) return false;
    if (!wanted.noted.every((word) => row.dataset.noted.split(" ").includes(word))) return false;
    if (!wanted.outcome) return true;
    const outcomes = wanted.exercises.map((index) => outcome(row.cells[index]));
    if (wanted.outcome === "not right") return outcomes.some((each) => each !== "right" && each !== "no mark");
    return outcomes.includes(wanted.outcome);
  }

  function filter() {
    const chosen = new FormData(form);
    const notebook = chosen.get("notebook");
    const exercise = chosen.get("exercise");
    const exercises = [...headers.keys()].filter((index) => headers[index].dataset.exercise);
    const wanted = {
      words: fold(chosen.get("text")).split(/\s+/),
      status: chosen.get("status"),
      without: notebook.startsWith("-"),
      notebook: notebook ? column("notebook", notebook.replace(/^-/, "")) : -1,
      exercises: exercise ? [column("exercise", exercise)] : exercises,
      outcome: chosen.get("outcome"),
      noted: chosen.getAll("noted"),
    };
    rows.forEach((row, index) => { row.hidden = !fits(row, texts[index], wanted); });
    const count = rows.filter((row) => !row.hidden).length;
    shown.textContent = `${count} of ${rows.length} student${rows.length === 1 ? "" : "s"}`;
  }

  headers.forEach((header, index) => {
    if (!header.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      sort(index, direction);
      history.replaceState({ index, direction }, "");
    });
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.all.addEventListener("click", () => { form.reset(); filter(); });
  // Who comes back from a student's page finds the table as it was: the browser has filled in the form again.
  addEventListener("pageshow", () => {
    if (history.state) sort(history.state.index, history.state.direction);
    filter();
  });
  form.hidden = false;
}
