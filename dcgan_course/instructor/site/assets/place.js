"use strict";
// Where the reader is: the link to the other language leads to the same place, and the contents show it.

const header = document.querySelector(".top");
const otherLanguage = document.querySelector(".language");
const otherPage = otherLanguage.getAttribute("href");
const places = [...document.querySelectorAll(".cell, .cell :is(h2, h3)[id]")];
const entries = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const BELOW_HEADER = 32; // Pixels; a little more than scroll-margin-top, so that a place that was linked to counts.

function target() {
  return document.getElementById(decodeURIComponent(location.hash.slice(1)));
}

// At the end of a page the last cells cannot come to the top: there the one that was asked for counts.
function isAtEndWith(place) {
  const { scrollHeight } = document.documentElement;
  if (!places.includes(place) || scrollY + innerHeight < scrollHeight - 2) return false;
  const { top } = place.getBoundingClientRect();
  return top >= 0 && top < innerHeight;
}

function findPlace() {
  if (isAtEndWith(target())) return places.indexOf(target());
  const line = header.getBoundingClientRect().bottom + BELOW_HEADER;
  return places.findLastIndex((place) => place.getBoundingClientRect().top <= line);
}

function showPlace() {
  const index = findPlace();
  otherLanguage.href = index < 0 ? otherPage : `${otherPage}#${places[index].id}`;
  const section = places.slice(0, index + 1).findLast((place) => entries.has(place.id));
  for (const [id, link] of entries) {
    if (id === section?.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
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
otherLanguage.addEventListener("pointerdown", showPlace);
otherLanguage.addEventListener("click", showPlace);
showPlace();
