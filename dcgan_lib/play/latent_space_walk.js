
// The triangle in the drawing's units: A is at the left below, B at the right below, C on top.
const WIDTH = 100, HEIGHT = 86.6;
const last = data.side - 1;  // Steps along an edge. A row has one less than the row below it; the last is C alone.
const map = document.getElementById("map"), picture = document.getElementById("picture");
const [cornerC, cornerA, cornerB] = document.querySelectorAll(".corner canvas");

// Where the point is: its row, and how far along the row, from 0 at the left to 1 at the right.
let row = Math.round(last / 3), share = 0.5;

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
const column = () => Math.round(share * (last - row));
const indexOf = (row, column) => row * data.side - (row * (row - 1)) / 2 + column;

function start(draw) {
  function show() {
    const along = column(), index = indexOf(row, along);
    const [a, b, c] = [last - row - along, along, row].map(steps => Math.round((100 * steps) / last));
    const place = fill(texts.place, { a, b, c });
    draw(picture, index);
    picture.setAttribute("aria-label", fill(texts.picture, { place }));
    map.setAttribute("aria-valuenow", index);
    map.setAttribute("aria-valuetext", place);
    document.getElementById("place").textContent = place;
    const point = document.getElementById("point");
    point.setAttribute("cx", (WIDTH * (along + row / 2)) / last);
    point.setAttribute("cy", HEIGHT * (1 - row / last));
  }

  function follow(event) {
    const box = map.querySelector("svg").getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    row = clamp(Math.round((1 - down) * last), 0, last);
    const along = clamp(Math.round(across * last - row / 2), 0, last - row);
    share = row === last ? 0.5 : along / (last - row);
    show();
  }

  function step(by) {
    if (row < last) share = clamp(column() + by, 0, last - row) / (last - row);
  }

  // Up and down keep the share, so that the way back is the way there.
  const moves = {
    ArrowUp: () => { row = Math.min(row + 1, last); },
    ArrowDown: () => { row = Math.max(row - 1, 0); },
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Home: () => { row = 0; share = 0; },
    End: () => { row = last; share = 0.5; },
  };
  map.addEventListener("keydown", event => {
    if (!(event.key in moves) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();  // The page must not scroll.
    moves[event.key]();
    show();
  });
  map.addEventListener("pointerdown", event => {
    if (event.button !== 0) return;
    map.setPointerCapture(event.pointerId);
    follow(event);
  });
  map.addEventListener("pointermove", event => {
    if (map.hasPointerCapture(event.pointerId)) follow(event);
  });

  // A line at each fifth of the triangle, along each of its edges.
  const lines = [1, 2, 3, 4].map(fifth => {
    const low = fifth / 5, high = 1 - low, x = WIDTH, y = HEIGHT;
    return `M${(x * low) / 2} ${y * high}L${x * (1 - low / 2)} ${y * high}`
      + `M${x * low} ${y}L${x * (1 + low) / 2} ${y * low}M${x * high} ${y}L${(x * high) / 2} ${y * low}`;
  });
  map.querySelector("path").setAttribute("d", lines.join(""));
  map.setAttribute("aria-valuemax", indexOf(last, 0));
  draw(cornerA, indexOf(0, 0));
  draw(cornerB, indexOf(0, last));
  draw(cornerC, indexOf(last, 0));
  show();
}

openSheet(data.sheet).then(start);
