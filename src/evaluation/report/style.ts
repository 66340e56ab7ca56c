/** The page's style: light and dark by the reader's setting, print in light; no outside resources. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2328; --soft: #5b6770; --line: #d9dfe3; --paper: #ffffff; --card: #f5f7f8;
  --accent: #0b6aa8; --warm: #c2500a; --warn: #fff4d6; --warn-ink: #5d4300; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaed; --soft: #9aa6ae; --line: #353f47; --paper: #14191d; --card: #1d2429;
  --accent: #62b6ee; --warm: #f08a4b; --warn: #3a2f10; --warn-ink: #f2dfa6; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 44px 0 10px; letter-spacing: -.005em; }
h3 .soft { font-weight: 400; }
h3 { font-size: 16px; margin: 0 0 6px; overflow-wrap: anywhere; }
p { margin: 6px 0; max-width: 78ch; }
.soft { color: var(--soft); } .small { font-size: 13.5px; } .nowrap { white-space: nowrap; }
a { color: var(--accent); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(185px, 1fr)); gap: 12px; margin: 18px 0 8px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.card b { display: block; font-size: 32px; line-height: 1.15; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.card .name { font-weight: 600; font-size: 14px; } .card .range { font-size: 14px; color: var(--soft); font-variant-numeric: tabular-nums; }
.card .what { font-size: 13px; color: var(--soft); margin-top: 6px; line-height: 1.4; }
.notes { background: var(--warn); color: var(--warn-ink); border-radius: 10px; padding: 10px 16px; margin: 14px 0; }
.notes ul { margin: 4px 0; padding-left: 20px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 9px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: 12.5px; background: var(--card); }
th:first-child, td:first-child, .left { text-align: left !important; }
tbody tr:last-child td { border-bottom: 0; }
th { white-space: normal; vertical-align: bottom; }
.one .cls { display: none; } .forest-head span { display: inline-block; width: 96px; text-align: center; }
tr.sum td { font-weight: 650; background: var(--card); }
.tag { display: inline-block; font-size: 11.5px; border: 1px solid var(--line); border-radius: 20px; padding: 0 8px; margin-left: 6px; color: var(--soft); font-weight: 500; }
td .tag { display: block; width: max-content; margin: 3px 0 0 -2px; line-height: 17px; }
.ci { color: var(--soft); font-size: 12.5px; }
.few { font-style: italic; }
.scene { margin: 18px 0 34px; break-inside: avoid; }
.trio { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; }
.quad { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; }
figure { margin: 0; }
figcaption { font-size: 13px; color: var(--soft); margin-top: 4px; }
.pic { position: relative; line-height: 0; border-radius: 6px; overflow: hidden; background: repeating-conic-gradient(var(--line) 0 25%, var(--card) 0 50%) 0 0 / 14px 14px; }
.pic img { width: 100%; height: auto; display: block; cursor: zoom-in; }
.pic .box { position: absolute; border: 2px solid #fff; outline: 1px solid rgba(0,0,0,.75); pointer-events: none; }
.pic .box span { position: absolute; left: -2px; top: -2px; font: 700 12px/16px system-ui, sans-serif; color: #fff; background: rgba(0,0,0,.75); padding: 0 5px; }
.pic .bar { position: absolute; left: 8px; bottom: 8px; border-bottom: 3px solid #fff; color: #fff; font: 600 12px/16px system-ui, sans-serif; text-align: center; text-shadow: 0 0 3px #000, 0 0 3px #000; filter: drop-shadow(0 0 1px #000); min-width: 30px; pointer-events: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13.5px; margin: 8px 0 12px; }
.legend i { display: inline-block; width: 14px; height: 14px; border-radius: 3px; margin-right: 6px; vertical-align: -2px; border: 1px solid rgba(0,0,0,.25); }
.legend i.stripes { background: repeating-linear-gradient(45deg, #777 0 2px, #222 2px 6px); }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 26px; align-items: start; }
.two > * { min-width: 0; }
svg { display: block; width: 100%; height: auto; max-width: 560px; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .axis { stroke: var(--line); } svg .ideal { stroke: var(--soft); stroke-dasharray: 4 4; }
svg .a { stroke: var(--accent); fill: none; stroke-width: 2; } svg .b { stroke: var(--warm); fill: none; stroke-width: 2; stroke-dasharray: 7 4; }
svg .fa { fill: var(--accent); } svg .fb { fill: var(--warm); } svg text.ta { fill: var(--accent); font-weight: 600; } svg text.tb { fill: var(--warm); font-weight: 600; }
svg.forest { width: 130px; height: 18px; max-width: none; display: inline-block; vertical-align: middle; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 8px 0; font-size: 14.5px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.matrix td { min-width: 84px; } .matrix td.hit { font-weight: 650; }
.read dt { font-weight: 600; color: var(--ink); } .read dl { display: block; columns: 2; column-gap: 36px; } .read dt { break-after: avoid; } .read dd { break-inside: avoid; } .read dd { margin: 0 0 10px; color: var(--soft); max-width: 78ch; }
footer { margin-top: 48px; border-top: 1px solid var(--line); padding-top: 14px; font-size: 13px; color: var(--soft); }
dialog { border: 0; padding: 0; background: transparent; max-width: 100vw; max-height: 100vh; }
dialog::backdrop { background: rgba(0,0,0,.85); }
dialog img { max-width: 98vw; max-height: 96vh; min-width: min(70vw, 70vh); image-rendering: auto; cursor: zoom-out; display: block; }
@media (max-width: 760px) { main { padding: 18px 14px 40px; } .trio { grid-template-columns: 1fr; } .quad { grid-template-columns: 1fr 1fr; } .two { grid-template-columns: 1fr; } h1 { font-size: 23px; } .card b { font-size: 27px; } .cards { grid-template-columns: 1fr 1fr; } .card:last-child:nth-child(odd) { grid-column: 1 / -1; } .read dl { columns: 1; } .scroll :is(th, td):first-child { position: sticky; left: 0; background: var(--paper); z-index: 1; } .scroll :is(thead th, .sum td):first-child { background: var(--card); } .scroll th:first-child, .scroll td:first-child { white-space: normal; min-width: 92px; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 6px; } }
@media print { :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --card: #f6f6f6; --accent: #0b6aa8; --warm: #c2500a; --warn: #fff7df; --warn-ink: #000; color-scheme: light; }
  main { max-width: none; padding: 0; } h2 { break-after: avoid; } .scene, .worst, .card, figure, tr { break-inside: avoid; } .trio { grid-template-columns: repeat(3, 1fr); } .quad { grid-template-columns: repeat(4, 1fr); } .scroll { overflow: visible; border: 0; } table { font-size: 8pt; } .ci, th { font-size: 7.5pt; } th, td { padding: 3px 4px; } .line, .forest-head { display: none; } .cards { grid-template-columns: repeat(5, 1fr); gap: 6px; } .card { padding: 8px; } .card:last-child:nth-child(odd) { grid-column: auto; } .card b { font-size: 17pt; } .card .what { font-size: 8pt; } .two { grid-template-columns: 1fr 1fr; } body { font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
`;

/** Pictures open large on a click; the page reads the same without it. */
export const SCRIPT = `
const box = document.querySelector('dialog');
for (const img of document.querySelectorAll('.pic img')) img.addEventListener('click', () => { box.firstElementChild.src = img.src; box.firstElementChild.alt = img.alt; box.showModal(); });
box.addEventListener('click', () => box.close());
`;
