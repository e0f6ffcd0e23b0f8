// The fields of the back office that look up what one types: select2 gives them no name.
"use strict";

(() => {
  const jQuery = window.django && window.django.jQuery;
  if (!jQuery) {
    return;
  }

  const labelOf = (select) => document.querySelector(`label[for="${select.id}"]`);
  const boxOf = (select) => select.nextElementSibling?.querySelector("[role=combobox]");

  // Closed, the field is named by its choice alone: say what is chosen, too.
  const name = (select) => {
    const label = labelOf(select);
    const box = boxOf(select);
    if (!label || !box) {
      return;
    }
    label.id ||= `${select.id}_label`;
    box.setAttribute("aria-labelledby", `${label.id} select2-${select.id}-container`);
    // What is chosen stands in a read-only text box, which is empty at first.
    const chosen = document.getElementById(`select2-${select.id}-container`);
    chosen?.setAttribute("aria-labelledby", label.id);
  };

  const opened = (select) => {
    const words = labelOf(select)?.textContent.trim().replace(/\s*:$/, "") || select.name;
    const results = document.getElementById(`select2-${select.id}-results`);
    const drop = results?.closest(".select2-container");
    drop?.querySelector(".select2-search__field")?.setAttribute("aria-label", words);
    results?.setAttribute("aria-label", words);
    // It hangs at the end of the page, outside of every landmark.
    drop?.setAttribute("role", "region");
    drop?.setAttribute("aria-label", words);
    boxOf(select)?.setAttribute("aria-controls", `select2-${select.id}-results`);
  };

  jQuery(document).on("select2:open", (event) => opened(event.target));
  jQuery(document).on("select2:close", (event) =>
    boxOf(event.target)?.removeAttribute("aria-controls"),
  );
  // Queued behind Django's own, which makes the fields: "load" may come before both.
  jQuery(() => document.querySelectorAll("select.admin-autocomplete").forEach(name));
})();
