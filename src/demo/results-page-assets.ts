/** Style of the page of results. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1d2428;--paper:#fbfaf7;--soft:#667078;--line:#dcd9d1;--link:#0b62a8}
@media(prefers-color-scheme:dark){:root{--ink:#e8e6e1;--paper:#16191b;--soft:#9aa3aa;--line:#33393d;--link:#7ab8ee}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1500px;padding:1.5rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;margin:0 0 .4rem}h2{font-size:1.15rem;margin:0}
p{margin:.3rem 0}header p{max-width:75ch}a{color:var(--link)}code{font-size:.9em}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:2rem;margin-top:1.5rem}
figure{margin:0;min-width:0}figcaption p,.files,td,small{color:var(--soft)}
.stage{position:relative;aspect-ratio:var(--ratio);margin:.5rem 0;overflow:hidden;border-radius:4px;background:#888;--at:50%}
.stage img,.stage svg,.stage input{position:absolute;inset:0;width:100%;height:100%}
.stage .map{clip-path:inset(0 0 0 var(--at))}
.stage path{fill:none;stroke:#fff;stroke-width:1;vector-effect:non-scaling-stroke;opacity:.9}
.stage .bar{position:absolute;top:0;bottom:0;left:var(--at);width:2px;background:#fff;box-shadow:0 0 4px #0008}
.stage input{opacity:0;margin:0;cursor:ew-resize}
.stage:focus-within{outline:3px solid var(--link)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.92rem}
td,th{text-align:left;padding:.1rem .6rem .1rem 0;border-bottom:1px solid var(--line);font-weight:400}
td small{display:block;white-space:nowrap}code{white-space:nowrap}@media(max-width:600px){body{padding:1rem}table{font-size:.8rem}td,th{padding-right:.4rem}}td{vertical-align:top}
tr:last-child td{color:var(--ink)}th{font-weight:600}
.key{margin-right:1rem}.key i,.outline{display:inline-block;width:.9em;height:.9em;margin-right:.35em;vertical-align:-.1em}
.outline{border:1.5px solid #fff;outline:1px solid #888}
body.bare svg{display:none}
`;

/** Behaviour of the page of results: the swipe between scene and map, and the switch of the outlines. */
export const PAGE_SCRIPT = `
for (const stage of document.querySelectorAll('.stage')) {
  const input = stage.querySelector('input');
  const move = () => stage.style.setProperty('--at', input.value + '%');
  input.addEventListener('input', move);
  move();
}
const box = document.getElementById('labels');
box.addEventListener('change', () => document.body.classList.toggle('bare', !box.checked));
`;
