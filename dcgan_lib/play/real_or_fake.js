
const count = data.real.length;
const part = id => document.getElementById(id);
const picture = document.querySelector("#quiz canvas"), scores = document.querySelector(".scores");
let guesses = [];  // Of each picture so far: is it real?

function start(draw) {
  function ask() {
    const number = guesses.length + 1;
    draw(picture, guesses.length);
    picture.setAttribute("aria-label", fill(texts.picture, { number, count }));
    part("number").textContent = fill(texts.number, { number, count });
  }

  function guess(isReal) {
    if (guesses.length === count) return;
    guesses.push(isReal);
    if (guesses.length < count) ask();
    else tell();
  }

  function tell() {
    const verdicts = data.scores.map(score => score > 0.5);
    const rightOf = said => data.real.filter((isReal, index) => said[index] === isReal).length;
    part("mine").textContent = fill(texts.score, { right: rightOf(guesses), count });
    part("its").textContent = fill(texts.score, { right: rightOf(verdicts), count });
    const sorted = [...data.scores.keys()].sort((one, other) => data.scores[other] - data.scores[one]);
    for (const [id, kind] of [["reals", true], ["fakes", false]]) {
      const chosen = sorted.filter(index => data.real[index] === kind);
      part(id).replaceChildren(...chosen.map(index => makeCard(index, verdicts[index])));
    }
    turn(true);
    scores.focus();
  }

  function makeCard(index, verdict) {
    const card = document.createElement("li"), canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    draw(canvas, index);
    const isRight = said => said === data.real[index];
    card.append(
      canvas,
      makeLine(`D ${data.scores[index].toFixed(3)}`, isRight(verdict)),
      makeLine(texts.you, isRight(guesses[index])),
    );
    return card;
  }

  function makeLine(text, isRight) {
    const line = document.createElement("span"), mark = document.createElement("span");
    mark.textContent = isRight ? "✓" : "✗";
    mark.className = isRight ? "right" : "wrong";
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", isRight ? texts.right : texts.wrong);
    line.append(text + " ", mark);
    return line;
  }

  function turn(isOver) {
    part("quiz").hidden = isOver;
    part("result").hidden = !isOver;
  }

  part("real").onclick = () => guess(true);
  part("fake").onclick = () => guess(false);
  part("again").onclick = () => {
    guesses = [];
    ask();
    turn(false);
    part("real").focus();
  };
  addEventListener("keydown", event => {
    const keys = { ArrowLeft: true, ArrowRight: false };
    if (!(event.key in keys) || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    guess(keys[event.key]);
  });
  ask();
}

openSheet(data.sheet).then(start);
