// Computes the digest of a chosen file here; the page's policy allows no connection to anywhere.
const place = document.querySelector("[data-local]");
if (place && window.crypto && window.crypto.subtle) {
  const chosen = place.querySelector("input[type=file]");
  place.hidden = false;
  // A file that was saved anew and is chosen again is another one.
  chosen.addEventListener("click", () => { chosen.value = ""; });
  chosen.addEventListener("change", async () => {
    const file = chosen.files[0];
    if (!file) return;
    const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const field = document.querySelector("#sha256");
    if (field) field.value = hex;
    const answers = [...place.querySelectorAll("[data-sha256]")];
    const right = answers.find((answer) => answer.dataset.sha256 === hex);
    for (const answer of answers) answer.hidden = answer !== right;
    const none = place.querySelector("[data-none]");
    if (none) none.hidden = Boolean(right);
  });
}
