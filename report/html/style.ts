/**
 * The page's only style sheet: no font, picture or script comes from anywhere else.
 * Colours by the reader's own scheme, and paper is always light; every judgement is a word and a shape too.
 */
export const style = `
:root{--paper:#fff;--ink:#1c2024;--soft:#5b6470;--line:#d5dae0;--card:#f5f7f9;--met:#22693c;--missed:#b3261e;--open:#8a5a00;--bar:#2f6aa8;--bar2:#7aa5d2}
@media screen{:root{color-scheme:light dark}}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a3adb8;--line:#343b43;--card:#1d2226;--met:#6cc58b;--missed:#ff8a80;--open:#e5b454;--bar:#6ea8e0;--bar2:#4f789f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:1060px;margin:0 auto;padding:0 20px}
header{padding-top:24px}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 8px}
h1 .run{display:block;font-size:1.15rem;color:var(--soft);font-weight:600;margin-top:4px}
h2{font-size:1.2rem;margin:36px 0 10px;padding-top:8px;border-top:1px solid var(--line)}
p{margin:6px 0}
.unseen{position:absolute;width:1px;height:1px;margin:0;padding:0;border:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.soft{color:var(--soft)}
.judgement{font-weight:700;white-space:nowrap}
.met{color:var(--met)}.missed{color:var(--missed)}.notJudged{color:var(--open)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px;margin:18px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px}
.card h3{margin:0;font-size:.95rem;font-weight:600;color:var(--soft)}
.card .value{font-size:1.9rem;font-weight:700;line-height:1.25}
.card .value.none{font-size:1.15rem}
.card .track{height:8px;border-radius:4px;background:var(--line);margin:8px 0 4px;overflow:hidden}
.card .fill{height:8px;background:var(--bar)}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);overflow-wrap:normal}
.numbers td{overflow-wrap:normal}
.findings{list-style:none;padding:0;margin:0}
.findings li{border-left:4px solid var(--line);padding:2px 12px;margin:10px 0}
.findings .error{border-color:var(--missed)}.findings .warning{border-color:var(--open)}.findings .note{border-color:var(--bar)}
code{font-family:ui-monospace,monospace;font-size:.88em}
figure{margin:12px 0}
figure svg{width:100%;height:auto;display:block}
figcaption{color:var(--soft);font-size:.88rem;margin-top:6px}
.narrow{display:none}
svg text{fill:var(--ink);font-family:system-ui,sans-serif}
svg .axis{stroke:var(--line)}svg .soft{fill:var(--soft)}
svg .bar{fill:var(--bar)}svg .lost,svg .failed{fill:var(--missed)}svg .passed{fill:var(--met)}
svg .lag{fill:none;stroke:var(--bar);stroke-width:2}
svg .loss{stroke:var(--missed);stroke-dasharray:4 3}svg .served{stroke:var(--met);stroke-dasharray:4 3}
.bars,.runs{list-style:none;margin:0;padding:0;font-size:.88rem;line-height:1.35}
.bars li,.row{display:grid;grid-template-columns:17rem 1fr 7rem;gap:0 12px;align-items:center;break-inside:avoid}
.bars .label{text-align:right}
.bars .took,.row .took{color:var(--soft);font-variant-numeric:tabular-nums}
.bars .track,.row .track{position:relative;align-self:stretch;min-height:20px}
.track .bar,.track .bar2,.track .passed,.track .failed,.track .cancelled{position:absolute;top:50%;height:12px;margin-top:-6px;min-width:2px;border-radius:2px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.track .bar{background:var(--bar)}.track .bar2{background:var(--bar2)}.track .passed{background:var(--met)}.track .failed{background:var(--missed)}.track .cancelled{background:var(--open)}
.moment{position:absolute;top:0;bottom:0;width:0;border-left:2px dashed}
.key{display:inline-block;height:1em;vertical-align:-2px;border-left:2px dashed}
.moment.loss,.key.loss{border-color:var(--missed)}.moment.served,.key.served{border-color:var(--met)}
.runs li{padding:6px 0;border-bottom:1px solid var(--line);break-inside:avoid}
.runs p{margin:0}
.row{grid-template-columns:2.4rem 1fr 7rem}
details{margin:8px 0}
summary{cursor:pointer;padding:6px 0}
footer{padding:30px 20px 50px;color:var(--soft);font-size:.88rem}
@media screen and (max-width:600px){
main,header,footer{padding-left:16px;padding-right:16px}
h1{font-size:1.6rem}h1 .run{font-size:1rem}
.cards{grid-template-columns:1fr 1fr;gap:10px}
.card{padding:10px 12px}
.card .value{font-size:1.4rem}
.card .value.none{font-size:1.05rem}
.card p{font-size:.92rem;line-height:1.4}
th,td{padding-right:8px}
.numbers{font-size:.82rem}
.wide{display:none}.narrow{display:block}
.bars li{grid-template-columns:1fr auto;padding:3px 0}
.bars .label{text-align:left}
.bars .track{grid-row:2;grid-column:1/-1;min-height:14px}
.row{grid-template-columns:2.4rem 1fr 6.6rem}
.prose,.prose tbody{display:block}
.prose thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.prose tr{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;padding:7px 0;border-bottom:1px solid var(--line)}
.prose td{border:0;padding:0;max-width:100%}
.prose td:first-child{font-weight:600}
.prose td:nth-child(n+3):last-child{flex-basis:100%}
.prose td:empty{display:none}
.prose td[data-name]::before{content:attr(data-name) " ";color:var(--soft)}
}
@media print{
html{font-size:11px}
body{font-size:1rem}
h2{break-after:avoid;margin-top:20px}
figure svg,.card,tr,.findings li{break-inside:avoid}
details::details-content{content-visibility:visible;height:auto}
summary{list-style:none}
.card,.card .track,.card .fill{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`.trim();
