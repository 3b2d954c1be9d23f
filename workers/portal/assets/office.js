// What fires is told at once, and the board is fetched anew; without this script the page is as it was opened.
(() => {
  "use strict";
  const news = document.getElementById("news");
  const board = document.getElementById("board");
  if (!news || !board || !window.EventSource) return;
  let timer = 0, again = 0, busy = false;
  const refresh = async () => {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
      if (answer.redirected || !answer.ok) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("board");
      if (fresh) {
        // Whoever is reading with the keyboard stays where he is, and what is open stays open.
        const focus = board.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
        const open = [...board.querySelectorAll("details")].map((it) => it.open);
        board.replaceChildren(...fresh.childNodes);
        board.querySelectorAll("details").forEach((it, place) => { it.open = Boolean(open[place]); });
        if (focus) [...board.querySelectorAll("a")].find((it) => it.getAttribute("href") === focus)?.focus();
      }
    } catch { /* the network is away: the stream says when it is back */ } finally { busy = false; }
  };
  const soon = () => {
    clearTimeout(timer);
    clearTimeout(again);
    timer = setTimeout(refresh, 150);
    // Figures are kept for a few seconds: once more when they are new.
    again = setTimeout(refresh, 5000);
  };
  const stream = new EventSource(news.dataset.live);
  stream.addEventListener("open", () => { news.dataset.open = "yes"; });
  stream.addEventListener("rung", (event) => {
    const rung = JSON.parse(event.data);
    const word = rung.rung === "breached" ? news.dataset.late : news.dataset.other;
    news.textContent = `${rung.application_no}: ${word}`;
    news.dataset.rung = rung.rung;
    soon();
  });
  stream.addEventListener("many", () => { news.textContent = news.dataset.many; soon(); });
  addEventListener("pagehide", () => stream.close());
})();
