// What HTML alone cannot do: copying, following a log to its end, and two keys.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(() => {
      const words = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = words; }, 1500);
    });
  });

  const keep = { g: "a.brand", "/": "[data-search]" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const found = keep[event.key] && document.querySelector(keep[event.key]);
    if (!found) return;
    event.preventDefault();
    found.focus();
  });

  // A log is followed while its end is in sight.
  const log = document.querySelector("[data-follow]");
  if (log) {
    let inSight = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    log.addEventListener("scroll", () => { inSight = log.scrollTop + log.clientHeight >= log.scrollHeight - 40; });
    new MutationObserver(() => { if (inSight) log.scrollTop = log.scrollHeight; }).observe(log, { childList: true });
  }
})();
