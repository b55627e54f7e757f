#!/usr/bin/env bash
# The page in a real browser: its policy lets its own script run, the chart is drawn, tables sort, it prints.
# timeout: 120
set -u
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "skipped: Chromium is not installed"; exit 77; }
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { echo "skipped: PostgreSQL is not installed"; exit 77; }
samples=$(cd "$(dirname "$0")/../data/quickstart" && pwd)
folder=$(mktemp -d /tmp/rebound-page-XXXXXX)
trap '"$REBOUND" db stop >/dev/null 2>&1; rm -rf "$folder"' EXIT
chmod 711 "$folder"
cd "$folder" || exit 1
unset REBOUND_CONFIG REBOUND_DATABASE
export HOME=$folder REBOUND_DATA=$folder/data XDG_CONFIG_HOME=$folder/config
bad=0
fail() { echo "FAIL: $*"; bad=1; }
browse() {
    timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$folder/browser" --enable-logging=stderr --v=0 "$@" 2>messages
}

"$REBOUND" ingest "$samples" >/dev/null 2>&1 || fail "ingest"
"$REBOUND" report --format html -o page.html || fail "report"

# ---- as it is: nothing refused, nothing thrown
browse --window-size=1280,2000 --dump-dom "file://$folder/page.html" >seen.html || fail "the browser: $(tail -3 messages)"
grep -E 'CONSOLE' messages && fail "the page complains"
grep -q '<canvas id="over-time"[^>]*width="[1-9]' seen.html || fail "no chart was drawn"
grep -q '<th [^>]*><button type="button"' seen.html || fail "tables do not sort"
grep -q '<button class="theme" type="button">' seen.html || fail "light and dark have no button"

# ---- sorting and the theme, pressed by a script that the real page would refuse
{ grep -v 'Content-Security-Policy' page.html; cat <<'JS'; } >pressed.html
<script>
var table = document.querySelector("#providers table"), at = 2;
function column() { return Array.from(table.tBodies[0].rows).map(function (r) { return Number(r.cells[at].dataset.v); }); }
var button = table.tHead.rows[0].cells[at].querySelector("button");
button.click(); var falling = column();
button.click(); var rising = column();
var sorted = falling.slice().sort(function (a, b) { return b - a; });
var ok = String(falling) === String(sorted) && String(rising) === String(sorted.reverse()) && falling.length > 2;
var heading = table.tHead.rows[0].cells[at].getAttribute("aria-sort");
document.querySelector(".theme").click();
document.title = "sorted " + ok + " " + heading + " theme " + document.documentElement.getAttribute("data-theme");
</script>
JS
browse --dump-dom "file://$folder/pressed.html" >seen.html
grep -q '<title>sorted true ascending theme dark</title>' seen.html || fail "pressed: $(grep -o '<title>[^<]*' seen.html)"

# ---- a foreign script is refused by the page's own policy
sed 's|</body>|<script>document.title = "run"</script></body>|' page.html >foreign.html
browse --dump-dom "file://$folder/foreign.html" >seen.html
grep -q '<title>run</title>' seen.html && fail "the policy let a foreign script run"

# ---- paper
browse --print-to-pdf="$folder/page.pdf" --no-pdf-header-footer "file://$folder/page.html"
[ "$(head -c 5 page.pdf 2>/dev/null)" = '%PDF-' ] || fail "no PDF"
exit $bad
