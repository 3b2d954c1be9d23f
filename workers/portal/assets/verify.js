// A QR code opens the page with its credential after the #, which a browser never sends by itself. It is handed over in
// the body of one request, and nothing of it is shown: what appears is the answer.
"use strict";
(function () {
  var box = document.getElementById("qr");
  var tones = { genuine: "good", genuine_expired: "mind", genuine_superseded: "mind", suspended: "mind", revoked: "bad",
    altered: "bad", not_issued_here: "bad" };
  function add(parent, name, text, lang) {
    var node = document.createElement(name);
    if (text) node.textContent = text;
    if (lang) node.lang = lang;
    return parent.appendChild(node);
  }
  function both(parent, name, en, bn) {
    if (name !== "p") { var node = add(parent, name); add(node, "span", en, "en"); add(node, "span", bn, "bn"); return; }
    add(parent, "p", en, "en");
    add(parent, "p", bn, "bn");
  }
  function show(answer) {
    box.textContent = "";
    box.className = "verdict " + (tones[answer.verdict] || "open");
    box.dataset.verdict = answer.verdict;
    both(box, "h2", answer.words_en, answer.words_bn);
    answer.explanation.forEach(function (words) { both(box, "p", words.en, words.bn); });
    if (answer.uin) add(add(box, "p", box.dataset.number + " "), "strong", answer.uin.match(/.{4}/g).join("-")).className = "uin";
    var sticker = document.getElementById("sticker-of");
    sticker.hidden = !answer.uin || !/^genuine/.test(answer.verdict);
    sticker.querySelector("[name=number]").value = answer.uin || "";
    if (!answer.facts.length) return;
    add(box, "h3", box.dataset.facts);
    var rows = add(add(box, "table"), "tbody");
    answer.facts.forEach(function (fact) {
      var row = add(rows, "tr"), head = add(row, "th"), cell = add(row, "td");
      head.scope = "row";
      add(head, "span", fact.label_en, "en");
      if (fact.label_bn !== fact.label_en) add(head, "span", fact.label_bn, "bn");
      add(cell, "span", fact.value, "en");
      if (fact.value_bn) add(cell, "span", fact.value_bn, "bn");
    });
  }
  // A link is changed on its way, and whoever takes the answer puts back what can be put back; so all is handed over but a
  // place on this page, and what no link of ours can be.
  function check() {
    var fragment = location.hash.split(":~:")[0];
    if (fragment.length < 2 || document.getElementById(fragment.slice(1))) return;
    box.hidden = false;
    box.className = "note";
    delete box.dataset.verdict;
    document.getElementById("sticker-of").hidden = true;
    box.textContent = box.dataset.wait;
    fetch("/api/v1/verify", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ qr: fragment }) })
      .then(function (response) { return response.json(); })
      .then(function (answer) {
        if (answer.verdict) { show(answer); return; }
        if (answer.code !== "unreadable") throw answer;
        box.textContent = "";
        both(box, "p", answer.detail, answer.detail_bn);
      })
      .catch(function () { box.textContent = box.dataset.fail; });
  }
  addEventListener("hashchange", check);
  check();
})();
