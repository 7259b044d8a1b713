
const data = JSON.parse(document.getElementById("data").textContent);
const texts = data.texts;

// In a notebook the page stands in a frame: the frame becomes as tall as the page.
if (window.frameElement) {
  const page = document.documentElement;
  new ResizeObserver(() => {
    window.frameElement.style.height = Math.ceil(page.getBoundingClientRect().height) + "px";
  }).observe(page);
}

// Puts values into the places of a text that stand in braces.
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Loads a sheet of pictures; what comes of it is the function that draws one of them on a canvas.
async function openSheet({ source, columns, width, height }) {
  const sheet = new Image();
  sheet.src = source;
  await sheet.decode();
  return (canvas, index) => {
    canvas.width = width;
    canvas.height = height;
    const left = (index % columns) * width, top = Math.floor(index / columns) * height;
    canvas.getContext("2d").drawImage(sheet, left, top, width, height, 0, 0, width, height);
  };
}
