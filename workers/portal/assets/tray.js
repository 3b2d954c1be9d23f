// What arrives is told at once, and the tray is fetched anew; without this script the page is as it was opened. The stream
// goes on from the number that was seen last: a line that is lost loses nothing, and what is fetched twice is shown once.
(() => {
  "use strict";
  const news = document.getElementById("news");
  const tray = document.getElementById("tray");
  if (!news || !tray) return;
  let timer = 0, busy = false, again = false;
  const soon = (millis) => { clearTimeout(timer); timer = setTimeout(refresh, millis); };
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
      if (answer.status >= 500) throw new Error("not now");
      if (answer.redirected || !answer.ok) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("tray");
      if (fresh) {
        // Whoever is reading with the keyboard stays where he is.
        const focus = tray.contains(document.activeElement) ? document.activeElement.id : "";
        tray.replaceChildren(...fresh.childNodes);
        if (focus) document.getElementById(focus)?.focus();
      }
    } catch {
      // The network or the portal is away. What was told is told once, so the page asks until it has it.
      soon(3000);
    } finally {
      busy = false;
      if (again) { again = false; soon(0); }
    }
  };
  // A document opens beside this page: its count has changed when it is there, and when somebody comes back.
  tray.addEventListener("submit", () => soon(1500));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(100); });
  if (!window.EventSource) return;
  let stream, seen = "";
  const listen = () => {
    const address = new URL(news.dataset.live, location.href);
    if (seen) address.searchParams.set("after", seen);
    stream = new EventSource(address);
    stream.addEventListener("open", () => { news.dataset.open = "yes"; });
    stream.addEventListener("error", () => {
      delete news.dataset.open;
      // A browser comes again by itself after a line that is lost, not after an answer that is no stream: the portal starts
      // anew, and not all centres come at once; or the session is over, and the page leads to the form.
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, 3000 + Math.random() * 7000);
      soon(1000);
    });
    stream.addEventListener("certificate.ready", (event) => {
      seen = event.lastEventId;
      const told = JSON.parse(event.data).data;
      news.textContent = `${news.dataset.arrived}: ${told.docket_no || told.uin}`;
      soon(150);
    });
    // What went on or back lies here no more.
    for (const word of ["certificate.rerouted", "certificate.returned"]) {
      stream.addEventListener(word, (event) => { seen = event.lastEventId; soon(150); });
    }
  };
  listen();
  addEventListener("pagehide", () => stream.close());
})();
