/* The board: a card dragged onto a column is moved by its own form. Without this the form
   does it, and so it does for a keyboard. */

let dragged = null;

const columnOf = (event) => event.target.closest?.("[data-stage]");

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".board-card[draggable]") ?? null;
  event.dataTransfer?.setData("text/plain", "");
});

document.addEventListener("dragend", () => {
  dragged = null;
  for (const column of document.querySelectorAll(".board-over")) {
    column.classList.remove("board-over");
  }
});

document.addEventListener("dragover", (event) => {
  const over = dragged && columnOf(event);
  for (const column of document.querySelectorAll("[data-stage]")) {
    column.classList.toggle("board-over", column === over);
  }
  if (over) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const column = dragged && columnOf(event);
  if (!column) return;
  event.preventDefault();
  const form = dragged.querySelector("form");
  const select = form.querySelector("select");
  if (column.contains(dragged)) return;
  select.value = column.dataset.stage;
  form.requestSubmit();
});
