#include "elbo/report/html_internal.h"

namespace elbo::report {

// Drawings are made for a light ground; in dark mode they stand on a light card instead of being inverted, which
// would change colors that mean something.
const std::string_view kStylesheet = R"css(
:root {
  color-scheme: light dark;
  --ground: #ffffff; --ink: #1c1f23; --soft: #5a626b; --line: #d5d9de; --tint: #f4f6f8; --accent: #0060a0;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #16191d; --ink: #e4e7ea; --soft: #a0a8b1; --line: #3a4048; --tint: #20252b; --accent: #7cc4f5; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
p, ul, .note { max-width: 44rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.6rem 0 .7rem; padding-top: .7rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .5rem; }
a { color: var(--accent); }
.subtitle { color: var(--soft); margin: 0 0 1.2rem; }
nav { font-size: .93rem; margin: 1.2rem 0; }
nav ol { margin: 0; padding-left: 1.4rem; }
.note { margin: 1.2rem 0; padding: .6rem 1rem; background: var(--tint); border-left: 4px solid var(--accent); }
.wide { overflow-x: auto; margin: 1.2rem 0; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .5rem; }
th, td { padding: .32rem .6rem; text-align: left; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: .2rem; }
td { white-space: nowrap; }
thead th { font-weight: 600; border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink); }
tbody tr:last-child td { border-bottom: 2px solid var(--ink); }
tbody tr.rule td { border-top: 1px solid var(--line); }
th.number { text-align: center; }
td.number { text-align: right; }
th.number:not([colspan]) { text-align: right; }
td.number:has(+ .error) { padding-right: 0; }
td.error { text-align: left; padding-left: .35em; color: var(--soft); }
td.error strong { color: var(--ink); }
tfoot td { white-space: normal; color: var(--soft); font-size: .87rem; padding: .35rem .2rem 0; }
figure { margin: 1.5rem 0; max-width: 100%; }
figure > svg, figure > img { display: block; max-width: 100%; height: auto; background: #ffffff; border-radius: 4px; }
figure > img { image-rendering: pixelated; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .5rem; max-width: 44rem; }
.row { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start; }
.row > figure { flex: 0 1 auto; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
code { background: var(--tint); padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere; }
pre { background: var(--tint); padding: .9rem 1rem; border-radius: 4px; overflow-x: auto; line-height: 1.45; font-size: .85rem; }
pre code { background: none; padding: 0; font-size: 1em; overflow-wrap: normal; }
.code-title { margin-bottom: -.6rem; color: var(--soft); font-size: .9rem; }
details { margin: 1rem 0; }
summary { cursor: pointer; color: var(--accent); }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .87rem; }
@media (max-width: 40rem) {
  main { padding: 1.2rem .9rem 3rem; }
  h1 { font-size: 1.5rem; }
  th, td { padding: .3rem .55rem; }
}
@media print {
  :root { --ground: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --tint: #f4f4f4; --accent: #003a66; }
  main { max-width: none; padding: 0; }
  body { font-size: 10.5pt; }
  h2, h3 { break-after: avoid; }
  figure, table, .note { break-inside: avoid; }
  pre { white-space: pre-wrap; overflow: visible; }
  .wide { overflow: visible; }
}
)css";

}  // namespace elbo::report
