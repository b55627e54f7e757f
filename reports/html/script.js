(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var data = JSON.parse(document.getElementById("data").textContent);

  function report(name) {
    return data.reports.filter(function (r) { return r.name === name; })[0];
  }

  /* ---- light and dark: the system's choice until the button says otherwise */
  function remembered() {
    try { return localStorage.getItem("rebound-theme"); } catch (e) { return null; }
  }
  function isDark() {
    var chosen = root.getAttribute("data-theme");
    return chosen ? chosen === "dark" : dark.matches;
  }
  function wear(theme, keep) {
    if (theme) root.setAttribute("data-theme", theme); else root.removeAttribute("data-theme");
    if (keep) try { localStorage.setItem("rebound-theme", theme); } catch (e) { /* a file may have no storage */ }
    label();
    draw();
  }
  var button = document.querySelector(".theme");
  function label() {
    if (button) button.textContent = isDark() ? "Light" : "Dark";
  }
  if (button) {
    button.hidden = false;
    button.addEventListener("click", function () { wear(isDark() ? "light" : "dark", true); });
  }
  dark.addEventListener("change", function () { label(); draw(); });

  /* ---- the chart over time: drawn anew when the colours change */
  var canvas = document.getElementById("over-time");
  var chart = null;
  function colour(name) { return getComputedStyle(root).getPropertyValue("--" + name).trim(); }
  function times(rows) {
    var hourly = rows.some(function (r) { return r.time.slice(11, 13) !== "00"; });
    var days = {};
    rows.forEach(function (r) { days[r.time.slice(0, 10)] = true; });
    return rows.map(function (r) {
      if (!hourly) return r.time.slice(5, 10);
      return Object.keys(days).length > 1 ? r.time.slice(5, 10) + " " + r.time.slice(11, 16) : r.time.slice(11, 16);
    });
  }
  function scale(more) {
    var axis = { stacked: true, grid: { color: colour("line"), borderColor: colour("line") }, ticks: { color: colour("soft") } };
    Object.keys(more).forEach(function (k) { Object.assign(axis[k], more[k]); });
    return axis;
  }
  function draw() {
    var rows = (report("timeline") || { rows: [] }).rows;
    if (!canvas || !rows.length || !window.Chart) return;
    function bars(label, name, shade) {
      return { label: label, data: rows.map(function (r) { return r[name]; }), backgroundColor: colour(shade), stack: "ends" };
    }
    if (chart) chart.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.color = colour("ink");
    chart = new Chart(canvas, {
      type: "bar",
      data: {
        labels: times(rows),
        datasets: [
          bars("Delivered", "delivered", "delivered"),
          bars("Deferred for the first time", "deferred", "waiting"),
          bars("Failed", "failed", "failed")
        ]
      },
      options: {
        animation: false, maintainAspectRatio: false, responsive: true,
        interaction: { mode: "index", intersect: false },
        datasets: { bar: { maxBarThickness: 46, categoryPercentage: 0.86, barPercentage: 0.94 } },
        scales: {
          x: scale({ grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 14 } }),
          y: scale({ ticks: { maxTicksLimit: 6, precision: 0 } })
        },
        plugins: { legend: { position: "bottom", labels: { boxWidth: 12, boxHeight: 12, padding: 14 } } }
      }
    });
  }
  wear(remembered(), false);

  /* ---- tables that sort: by click or keyboard, figures largest first */
  function value(row, at) {
    var cell = row.cells[at];
    var text = cell ? (cell.getAttribute("data-v") || cell.textContent.trim()) : "";
    var number = Number(text);
    return text !== "" && !isNaN(number) ? number : text.toLowerCase();
  }
  function compare(a, b) {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? 1 : -1;
  }
  function sort(table, at, heading) {
    var falling = heading.getAttribute("aria-sort") !== "descending" &&
      (heading.getAttribute("aria-sort") === "ascending" || heading.classList.contains("n"));
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    rows.sort(function (a, b) { return (falling ? -1 : 1) * compare(value(a, at), value(b, at)); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (c) { c.removeAttribute("aria-sort"); });
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    rows.forEach(function (r) { body.appendChild(r); });
  }
  Array.prototype.forEach.call(document.querySelectorAll("table.sorts"), function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, at) {
      if (heading.classList.contains("picture")) return;
      var b = document.createElement("button");
      b.type = "button";
      b.title = heading.title;
      while (heading.firstChild) b.appendChild(heading.firstChild);
      heading.appendChild(b);
      b.addEventListener("click", function () { sort(table, at, heading); });
    });
  });

  /* ---- paper is light, and nothing is folded away on it */
  var folded = [], worn = null;
  window.addEventListener("beforeprint", function () {
    worn = root.getAttribute("data-theme");
    root.setAttribute("data-theme", "light");
    draw();
    if (chart) chart.resize();
    folded = Array.prototype.filter.call(document.querySelectorAll("details:not([open]):not(.fold)"), function (d) { d.open = true; return true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (d) { d.open = false; });
    if (worn) root.setAttribute("data-theme", worn); else root.removeAttribute("data-theme");
    draw();
  });
})();
