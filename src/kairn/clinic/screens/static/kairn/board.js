// A line of the board that came anew goes to its place (data-first, in the order of these texts), and the heads are counted again.
document.body.addEventListener("htmx:afterOnLoad", ({ detail: { requestConfig: { elt } } }) => {
  const board = document.getElementById("board");
  if (!board || !elt.dataset.of) return;
  const line = document.getElementById(elt.id), lines = [...board.querySelectorAll("[data-of]")];
  if (!lines.length) return htmx.trigger(board, "kairn:news", {});
  const after = line && lines.find((other) => other !== line && other.dataset.first > line.dataset.first);
  if (line && line.nextElementSibling !== (after || null)) {
    const held = line.contains(document.activeElement) ? document.activeElement : null;
    line.parentElement.insertBefore(line, after || null);
    held?.focus({ preventScroll: true });
  }
  const reds = lines.filter((one) => "red" in one.dataset).length;
  board.querySelector("[data-lines]").textContent = lines.length;
  board.querySelector("[data-reds]").textContent = reds;
  board.querySelector("[data-reds]").parentElement.hidden = !reds;
});
