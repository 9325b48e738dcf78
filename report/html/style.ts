/**
 * The page's only style sheet: no font, picture or script comes from anywhere else.
 * Colours by the reader's own scheme; every judgement is a word and a shape too.
 */
export const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2024;--soft:#5b6470;--line:#d5dae0;--card:#f5f7f9;--met:#22693c;--missed:#b3261e;--open:#8a5a00;--bar:#2f6aa8;--bar2:#8fb4da;--loss:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a3adb8;--line:#343b43;--card:#1d2226;--met:#6cc58b;--missed:#ff8a80;--open:#e5b454;--bar:#6ea8e0;--bar2:#3a5878;--loss:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main,header,footer{max-width:1060px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:40px 0 10px;padding-top:8px;border-top:1px solid var(--line)}
p{margin:6px 0}
.soft{color:var(--soft)}
.judgement{font-weight:700;white-space:nowrap}
.met{color:var(--met)}.missed{color:var(--missed)}.notJudged{color:var(--open)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px;margin:22px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px}
.card h3{margin:0;font-size:.95rem;font-weight:600;color:var(--soft)}
.card .value{font-size:1.9rem;font-weight:700;line-height:1.2}
.card .track{height:8px;border-radius:4px;background:var(--line);margin:8px 0 4px;overflow:hidden}
.card .fill{height:8px;background:var(--bar)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:600;color:var(--soft)}
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.findings{list-style:none;padding:0;margin:0}
.findings li{border-left:4px solid var(--line);padding:4px 12px;margin:10px 0}
.findings .error{border-color:var(--missed)}.findings .warning{border-color:var(--open)}.findings .note{border-color:var(--bar)}
code{font-family:ui-monospace,monospace;font-size:.88em;overflow-wrap:anywhere}
figure{margin:12px 0}
figure svg{min-width:680px;width:100%;height:auto;display:block}
figcaption{color:var(--soft);font-size:.88rem}
svg text{fill:var(--ink);font-family:system-ui,sans-serif}
svg .axis{stroke:var(--line)}svg .soft{fill:var(--soft)}
svg .bar{fill:var(--bar)}svg .bar2{fill:var(--bar2)}svg .passed{fill:var(--met)}svg .failed{fill:var(--missed)}svg .cancelled{fill:var(--open)}
svg .loss{stroke:var(--loss);stroke-dasharray:4 3}svg .served{stroke:var(--met);stroke-dasharray:4 3}
svg .line{fill:none;stroke:var(--bar);stroke-width:2}
details summary{cursor:pointer}
footer{padding:30px 20px 50px;color:var(--soft);font-size:.88rem}
@media (max-width:560px){body{font-size:15px}h1{font-size:1.35rem}.cards{grid-template-columns:1fr 1fr}.card .value{font-size:1.5rem}}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--card:#fff}body{font-size:11px}h2{break-after:avoid}figure,.card,tr{break-inside:avoid}figure svg{min-width:0}details{display:block}}
`.trim();
