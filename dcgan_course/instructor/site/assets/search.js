"use strict";
// The search over all lessons of a language. `searchIndex` is in search_index.js.

const search = document.querySelector(".search");
const input = search.querySelector("input");
const results = search.querySelector(".results");
const said = results.querySelector("p");
const list = results.querySelector("ol");
const MOST = 20;
const BEFORE = 40, AROUND = 140; // Characters of a result's text: before what was found, and in all.

const plain = (text) => text.normalize("NFC").toLowerCase();
// While a Korean syllable is being typed, its first letter stands alone: it is not looked for yet.
const wordsOf = (text) => plain(text).replace(/[ㄱ-ㅎㅏ-ㅣ]+$/, "").split(/\s+/).filter(Boolean);

for (const section of searchIndex) {
  section.plainTitle = plain(section.title);
  section.plainTexts = section.texts.map(([, text]) => plain(text));
  section.plain = [section.plainTitle, ...section.plainTexts].join("\n");
}

// A section is found if each word is somewhere in it, also as a part of a longer one: Korean words have endings.
function find(words) {
  const rank = (section) => words.filter((word) => section.plainTitle.includes(word)).length;
  return searchIndex
    .filter((section) => words.every((word) => section.plain.includes(word)))
    .sort((one, other) => rank(other) - rank(one)); // Stable: else in the order of the lessons.
}

// Returns the text of a section that has most of the words, and its place.
function bestText(section, words) {
  let [best, most] = [-1, 0];
  section.plainTexts.forEach((text, index) => {
    const count = words.filter((word) => text.includes(word)).length;
    if (count > most) [best, most] = [index, count];
  });
  const inTitle = words.every((word) => section.plainTitle.includes(word));
  if (best < 0) return { anchor: section.anchor, text: section.texts[0]?.[1] ?? "" };
  return { anchor: inTitle ? section.anchor : section.texts[best][0], text: section.texts[best][1] };
}

// Appends a text to an element, with the words in it marked.
function appendMarked(element, text, words) {
  const lower = text.toLowerCase();
  let done = 0;
  while (lower.length === text.length) { // A letter that gets longer in lower case would shift the marks.
    const hits = words.map((word) => [lower.indexOf(word, done), word]).filter(([at]) => at >= 0);
    if (!hits.length) break;
    const [at, word] = hits.reduce((first, hit) => (hit[0] < first[0] ? hit : first));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + word.length);
    element.append(text.slice(done, at), mark);
    done = at + word.length;
  }
  element.append(text.slice(done));
}

function cutAround(text, words) {
  const found = words.map((word) => plain(text).indexOf(word)).filter((at) => at >= 0);
  const from = Math.max(0, Math.min(...found, text.length) - BEFORE);
  const start = found.length ? from : 0;
  return (start ? "…" : "") + text.slice(start, start + AROUND) + (start + AROUND < text.length ? "…" : "");
}

function makeResult(section, words) {
  const { anchor, text } = bestText(section, words);
  const link = document.createElement("a");
  link.href = `${section.page}#${anchor}`;
  const [title, lesson, around] = ["strong", "span", "span"].map((name) => document.createElement(name));
  appendMarked(title, section.title, words);
  lesson.className = "lesson";
  lesson.textContent = section.title === section.lesson ? "" : section.lesson;
  appendMarked(around, cutAround(text, words), words);
  link.append(title, " ", lesson, " ", around);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function say(count) {
  const { nothing, found, more } = search.dataset;
  if (!count) return nothing;
  return (count > MOST ? more : found).replace("{count}", count).replace("{shown}", MOST);
}

function showResults() {
  const words = wordsOf(input.value);
  results.hidden = !words.length;
  if (!words.length) return;
  const found = find(words);
  said.textContent = say(found.length);
  list.replaceChildren(...found.slice(0, MOST).map((section) => makeResult(section, words)));
  results.scrollTop = 0;
}

function close() {
  results.hidden = true;
}

// Up and down go through the results, Escape closes them.
function moveByKey(event) {
  const links = [...list.querySelectorAll("a")];
  const stops = [input, ...links];
  const now = stops.indexOf(document.activeElement);
  if (event.key === "Escape" && !results.hidden) {
    input.focus();
    close();
  } else if (event.key === "Enter" && now === 0 && !event.isComposing && !results.hidden) {
    links[0]?.click();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && now >= 0 && !results.hidden) {
    const next = stops[now + (event.key === "ArrowDown" ? 1 : -1)];
    next?.focus();
  } else return;
  event.preventDefault();
}

input.addEventListener("input", showResults);
input.addEventListener("focus", showResults);
search.addEventListener("keydown", moveByKey);
list.addEventListener("click", close);
document.addEventListener("pointerdown", ({ target }) => search.contains(target) || close());
search.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !search.contains(relatedTarget) && close());
search.hidden = false;
