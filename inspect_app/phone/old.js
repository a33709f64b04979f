document.querySelector("main") || document.addEventListener("DOMContentLoaded", function () {
  document.querySelector("main").textContent =
    "浏览器过旧，请更新后再用。 This browser is too old; please update it.";
});
