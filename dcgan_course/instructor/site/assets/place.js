"use strict";
// Where the reader is: the link to the other language leads to the same cell, and the contents show its section.

const header = document.querySelector(".top");
const otherLanguage = document.querySelector(".language");
const otherPage = otherLanguage.getAttribute("href");
const cells = [...document.querySelectorAll(".cell")]; // They have the same names in both languages.
const entries = [...document.querySelectorAll(".contents a")];
const headings = entries.map((link) => document.getElementById(link.hash.slice(1)));
const BELOW_HEADER = 32; // Pixels; a little more than scroll-margin-top, so that a place that was linked to counts.

// At the end of a page the last cells cannot come to the top: there the one that was asked for counts.
function linkedCellAtEnd() {
  const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest(".cell");
  if (!cell || scrollY + innerHeight < document.documentElement.scrollHeight - 2) return undefined;
  const { top } = cell.getBoundingClientRect();
  return top >= 0 && top < innerHeight ? cell : undefined;
}

function showPlace() {
  const line = header.getBoundingClientRect().bottom + BELOW_HEADER;
  const isAbove = (place) => place.getBoundingClientRect().top <= line;
  const cell = linkedCellAtEnd() ?? cells.findLast(isAbove);
  otherLanguage.href = cell ? `${otherPage}#${cell.id}` : otherPage;
  const section = headings.findLastIndex(isAbove);
  entries.forEach((link, index) => {
    if (index === section) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
}

let waiting = false;
function showPlaceSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    showPlace();
  });
}

for (const event of ["scroll", "resize", "hashchange", "load"]) addEventListener(event, showPlaceSoon);
for (const event of ["pointerdown", "focus", "click"]) otherLanguage.addEventListener(event, showPlace);
showPlace();
