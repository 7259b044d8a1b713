
const slider = document.querySelector("input"), grid = document.querySelector("img");
slider.max = slider.value = data.frames.length - 1;
slider.oninput = () => {
  const [number, source] = data.frames[slider.value];
  const step = number.toLocaleString("en"), place = fill(texts.place, { step });
  grid.src = source;
  grid.alt = fill(texts.picture, { step });
  slider.setAttribute("aria-valuetext", place);
  document.getElementById("place").textContent = place;
};
slider.oninput();
