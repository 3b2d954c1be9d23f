// What arrives is told at once, and the tray is fetched anew; without this script the page is as it was opened. The stream
// goes on from the number that was seen last: a line that is lost loses nothing, and what is fetched twice is shown once.
(() => {
  "use strict";
  const news = document.getElementById("news");
  const tray = document.getElementById("tray");
  if (!news || !tray) return;
  let timer = 0, busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
      if (answer.redirected || !answer.ok) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("tray");
      if (fresh) {
        // Whoever is reading with the keyboard stays where he is.
        const focus = tray.contains(document.activeElement) ? document.activeElement.id : "";
        tray.replaceChildren(...fresh.childNodes);
        if (focus) document.getElementById(focus)?.focus();
      }
    } catch { /* the network is away: the stream says when it is back */ } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  };
  const soon = (millis) => { clearTimeout(timer); timer = setTimeout(refresh, millis); };
  // A document opens beside this page: its count has changed when it is there, and when somebody comes back.
  tray.addEventListener("submit", () => soon(1500));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(100); });
  if (!window.EventSource) return;
  const stream = new EventSource(news.dataset.live);
  stream.addEventListener("open", () => { news.dataset.open = "yes"; });
  stream.addEventListener("certificate.ready", (event) => {
    const told = JSON.parse(event.data).data;
    news.textContent = `${news.dataset.arrived}: ${told.docket_no || told.uin}`;
    soon(150);
  });
  // What went on or back lies here no more.
  for (const word of ["certificate.rerouted", "certificate.returned"]) stream.addEventListener(word, () => soon(150));
  addEventListener("pagehide", () => stream.close());
})();
