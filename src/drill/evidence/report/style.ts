/** Light and dark, screen and print. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--ground:#fff;--line:#d1d9e0;--met:#1a7f37;--missed:#cf222e}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--ground:#0d1117;--line:#3d444d;--met:#3fb950;--missed:#f85149}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
header,main{max-width:1020px;margin:0 auto;padding:0 24px}
header{padding-top:28px;border-top:8px solid var(--met)}header.missed{border-color:var(--missed)}
header p{color:var(--soft);margin:0}h1{margin:0 0 16px;font-size:30px;color:var(--met)}.missed h1{color:var(--missed)}
h2{font-size:18px;margin:32px 0 8px}
.cards{display:flex;flex-wrap:wrap;gap:16px}.card{flex:1 1 280px;border:1px solid var(--line);border-left:6px solid var(--met);border-radius:6px;padding:12px 18px}
.card.missed{border-left-color:var(--missed)}.card h2{margin:0}.card p{margin:0;color:var(--soft)}.card .big{font-size:34px;font-weight:650;color:var(--met)}.card.missed .big{color:var(--missed)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:500}.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}tfoot td{font-weight:650}
pre{background:color-mix(in srgb,var(--line) 35%,transparent);padding:10px 14px;border-radius:6px;overflow:auto}
.picture{overflow-x:auto}svg{width:100%;min-width:640px;font:12px system-ui,sans-serif}svg text{fill:var(--soft)}svg .strong{fill:var(--ink);font-weight:650}svg .on-bar{fill:#fff}
svg .grid{stroke:var(--line);stroke-width:.5}svg .tick{stroke:var(--soft);stroke-width:.5;stroke-dasharray:2 2}svg circle{fill:var(--soft)}svg .fault{stroke:var(--missed);stroke-width:2}
svg .ok{fill:var(--met)}svg .failed{fill:var(--missed)}
footer{height:40px}
@media print{body{font-size:12px}.picture{overflow:visible}}
`;
