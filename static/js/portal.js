/* What pages can do when there is JavaScript. Everything works without it.
   Behaviour hangs on data- attributes and classes; every text comes from the document. */

const root = document.documentElement;
root.classList.add("js");

/* data-dismiss: take away the notice or toast the button stands in. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  button?.closest(".notice, .toast-card")?.remove();
});

/* A click on a row goes where the link in its first cell goes, unless it was meant for
   something else: another link or control, or text that was just selected. */
document.addEventListener("click", (event) => {
  const row = event.target.closest(".ptable tbody tr");
  if (!row || event.defaultPrevented || event.button !== 0) return;
  if (event.target.closest("a, button, input, label, summary")) return;
  if (!window.getSelection().isCollapsed) return;
  const link = row.querySelector("th a");
  if (!link) return;
  if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});

/* A form is sent once. The server refuses a second one anyway; this spares the refusal.
   Captured, so that htmx does not see the second one either. data-repeat: a form whose
   answer is a download leaves the page standing and may be sent again. */
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post" || "repeat" in form.dataset) return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      form.setAttribute("aria-busy", "true");
    }
  },
  true,
);

function release() {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
  }
}

window.addEventListener("pageshow", release);
document.addEventListener("htmx:afterRequest", release);

/* htmx throws refusals away; say so. */
function toast(kind) {
  const template = document.getElementById(`toast-${kind}`);
  document.getElementById("toasts").replaceChildren(template.content.cloneNode(true));
}

document.addEventListener("htmx:responseError", () => toast("refused"));
document.addEventListener("htmx:sendError", () => toast("offline"));
document.addEventListener("htmx:timeout", () => toast("offline"));

/* The sum of what is wrong with a form is the first thing to read. */
function focusErrors() {
  document.querySelector("[data-focus]")?.focus();
}

focusErrors();
document.addEventListener("htmx:afterSettle", focusErrors);

/* "/" goes to the search field, where a page has one. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-search], [role=search] input");
  if (!search) return;
  event.preventDefault();
  search.focus();
});
