"use strict";
// Boxes in the text: those that scroll, and frames with something to play with.

const boxes = document.querySelectorAll("pre, .wide");
const frames = document.querySelectorAll("iframe");

// A box that scrolls can be reached and moved by keyboard.
function markScrolling() {
  for (const box of boxes) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// A frame says how high it is. It is closed: who sent a message is known by its window alone.
function fitFrame({ source, data }) {
  const height = Number(data?.height);
  for (const frame of frames) {
    if (frame.contentWindow === source && height > 0) frame.height = Math.min(Math.ceil(height), 2000);
  }
}

new ResizeObserver(markScrolling).observe(document.body);
addEventListener("message", fitFrame);
