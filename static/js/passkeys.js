/* Buttons that ask the browser for a passkey: data-passkey says for what, data-credential
   names the field that takes the answer. The ceremony itself is allauth's webauthn.js. */

for (const button of document.querySelectorAll("[data-passkey]")) {
  const kind = button.dataset.passkey;
  window.allauth.webauthn.forms[`${kind}Form`]({
    ids: {
      [kind]: button.id,
      credential: button.dataset.credential,
      passwordless: button.dataset.passwordless,
      data: "js_data",
    },
  });
}

/* Cancelled, timed out, or a device that knows none: the page says so and stays. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-failed")?.removeAttribute("hidden");
});
