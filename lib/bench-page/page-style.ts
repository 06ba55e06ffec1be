/** The page's style sheet. */

import { Html } from './html'
import { lookRules } from './look'

export function pageStyle(): Html {
  return new Html(`${COLOURS}${TEXT}${LAYOUT}${TABLES}${CHARTS}${PATHS}${lookRules()}${PRINT}`)
}

const COLOURS = `
:root{color-scheme:light dark;--paper:#fdfcf9;--ink:#1d1b18;--quiet:#5c574e;--line:#dcd7cb;--raised:#f4f1ea;--doubt:#fbf1d9;--doubt-line:#b98a1a}
@media screen and (prefers-color-scheme:dark){:root{--paper:#171613;--ink:#ece8df;--quiet:#a8a296;--line:#3a3731;--raised:#211f1b;--doubt:#2b2412;--doubt-line:#b98a1a}}
`

const TEXT = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:0 16px;max-width:1264px;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
p{margin:.5em 0;max-width:44em}
h1{margin:.2em 0 .5em;max-width:26em;font-size:clamp(1.6rem,1rem + 2.6vw,2.9rem);line-height:1.16;letter-spacing:-.018em;font-weight:700;text-wrap:balance}
h2{margin:0 0 .5em;font-size:1.45rem;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
h3{margin:0 0 .25em;font-size:1.02rem;line-height:1.35}
code,.key,th[scope=row].words{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em;font-weight:inherit}
h1 code{font-size:.88em;letter-spacing:-.03em}
small{font-size:.86em;color:var(--quiet)}
.about,figcaption p,.sources,footer{color:var(--quiet);font-size:.9rem}
data{white-space:nowrap}
.about{max-width:none}
.about strong{color:var(--ink)}
.finding{margin:14px 0 0;padding:0 0 0 1.1em;max-width:60em}.finding li{margin:.2em 0}
@media (min-width:1080px){.finding{max-width:none;columns:2;column-gap:56px}.finding li{break-inside:avoid}}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.none{color:var(--quiet)}
`

const LAYOUT = `
header{padding:28px 0 0}
section,.doubts{margin:56px 0 0}
section{border-top:1px solid var(--line);padding-top:28px}
.facts{display:grid;grid-template-columns:1fr;gap:0;margin:28px 0 0;padding:0;border-top:2px solid var(--ink)}
.facts>div{padding:12px 0;border-bottom:1px solid var(--line)}
.facts dt{color:var(--quiet);font-size:.9rem}
.facts dd{margin:0}
.facts strong{display:block;font:600 1.35rem/1.3 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:-.02em}
.doubts{print-color-adjust:exact;margin-top:32px;padding:16px 20px;background:var(--doubt);border-left:4px solid var(--doubt-line)}
.doubts h2{font-size:1.05rem;letter-spacing:0}
.doubts ul{margin:0;padding:0;list-style:none}
.doubts li{margin:.3em 0;max-width:60em}
.terms,.environment{margin:0}
.terms dt,.environment dt{font-weight:600}
.terms dd,.environment dd{margin:0}
.terms>div{margin:0 0 1em}
.environment>div{padding:6px 0;border-bottom:1px solid var(--line)}
footer{margin:56px 0 0;padding:16px 0 40px;border-top:1px solid var(--line)}
@media (min-width:640px),print{
body{padding:0 32px}
.facts{grid-template-columns:repeat(3,1fr);gap:32px;border-top:0}
.facts>div{border-top:2px solid var(--ink);border-bottom:0}
.terms{columns:2;column-gap:48px}
.terms>div{break-inside:avoid}
.environment>div{display:grid;grid-template-columns:12em 1fr;gap:16px}
}
@media (min-width:1080px){.environment{columns:2;column-gap:56px}.environment>div{break-inside:avoid}}
`

const TABLES = `
.scrolling{overflow-x:auto;margin:12px 0;position:relative}
.scrolling:focus-visible,summary:focus-visible{outline:2px solid var(--ink);outline-offset:3px}
table{border-collapse:collapse;font-size:.9rem;line-height:1.4}
caption{text-align:left;color:var(--quiet);padding:0 0 6px}
th,td{padding:6px 14px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:600;vertical-align:bottom;border-bottom-color:var(--ink)}
.numbers{text-align:right}
td.numbers{white-space:nowrap}
th[scope=row]{white-space:nowrap}
.ranking{width:100%;font-size:.95rem}
.ranking tbody tr:first-child{background:var(--raised);font-weight:600}
.raw{font-size:.78rem;line-height:1.35;width:100%}.raw th,.raw td{padding-right:10px}
.raw td{white-space:nowrap}
.raw th:first-child{position:sticky;left:0;background:var(--paper)}
.raw small{font-size:.92em}
details{margin:6px 0 0}
summary{cursor:pointer;color:var(--quiet);font-size:.9rem;width:max-content;padding:2px 0}
`

const CHARTS = `
figure{margin:0}
.chart{min-width:0}
figcaption{margin:0 0 8px}
.plot{display:block;width:100%;height:auto;color:var(--ink);overflow:visible}
.plot text{white-space:pre;paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round;font-variant-numeric:tabular-nums}
.narrow .plot{max-width:480px}
.wide .plot{max-width:640px}
.wide{display:none}
.beside,.figures{display:grid;gap:36px;margin:24px 0 0}
.beside+.beside{margin-top:48px}
.of-size{margin:32px 0 0;font-size:1.2rem;font-weight:600}
.key::before{content:"";display:inline-block;width:.62em;height:.62em;margin-right:.45em;background:currentColor;border-radius:2px;print-color-adjust:exact}
@media (min-width:640px),print{.wide{display:block}.narrow{display:none}}
@media (min-width:1080px){.beside{grid-template-columns:minmax(0,640px) minmax(0,1fr);gap:56px}.beside .aside{padding-top:4px}.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:44px 56px}.in-three{grid-template-columns:repeat(3,minmax(0,1fr));gap:44px 40px}.in-three .wide{display:none}.in-three .narrow{display:block}}
`

const PATHS = `
.paths{display:grid;grid-template-columns:1fr;gap:32px;margin:24px 0 0}
.path-of{border:1px solid var(--line);border-radius:8px;padding:12px 10px 6px;background:var(--paper)}
.path-of h3{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px;font-weight:600}
.path-of h3 .count{margin-left:auto;font-size:.95rem}
.path-of p{font-size:.88rem;line-height:1.45;color:var(--quiet)}
.path{display:block;width:100%;max-width:400px;height:auto;margin:6px auto 0;font-size:12px}
.path text{fill:var(--ink)}
.path .side text,.path .aside text{fill:var(--quiet)}
.path .user-space{fill:var(--raised);stroke:var(--line)}
.path .station circle{fill:var(--paper);stroke:var(--ink);stroke-width:1.6}
.path .aside circle{stroke:var(--quiet);stroke-width:1;stroke-dasharray:2 2}
.path .way{fill:none;stroke:var(--quiet);stroke-width:1.4}
.path .head{fill:var(--quiet)}
.path .idle .way{stroke-dasharray:1 4;stroke-linecap:round}
.path .reference .way,.path .mapping .way{stroke:currentColor;stroke-width:2;stroke-dasharray:2 4;stroke-linecap:round}
.path .reference .head,.path .shared .head,.path .unknown .head,.path .copy .head{fill:currentColor}
.path .shared .way{stroke:currentColor;stroke-width:2.5}
.path .unknown .way{stroke:currentColor;stroke-width:2.5;stroke-dasharray:7 5}
.path .copy .way{stroke:currentColor;stroke-width:4.5}
.path .badge{fill:currentColor;stroke:var(--paper);stroke-width:2}
.path .number{fill:var(--paper);font-weight:700}
@media (min-width:760px),print{.paths{grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}}
@media (min-width:1080px){.paths{grid-template-columns:repeat(3,minmax(0,1fr))}}
`

const PRINT = `
@media print{
@page{margin:14mm}
@page sideways{size:A4 landscape;margin:12mm}
body{padding:0;max-width:none;font-size:10.5pt}
h1{font-size:22pt}
section{margin-top:24px;padding-top:14px}
p{break-inside:avoid}
#paths,#times,#counts,#reading{break-before:page;border:0}
.beside{grid-template-columns:1.25fr 1fr;gap:28px}
figure,.path-of,tr,.doubts,.facts,.beside .aside{break-inside:avoid}
h2,h3,figcaption{break-after:avoid}
.scrolling{overflow:visible}
.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}
/* All that they hold stands in the last table. */
details,footer{display:none}
.chart .wide{display:none}.chart .narrow{display:block}
.environment{columns:2;column-gap:32px}.environment>div{break-inside:avoid;grid-template-columns:8em 1fr}
#raw{page:sideways;border:0}
.raw{font-size:6.6pt}
.raw th,.raw td{padding:3px 6px 3px 0;white-space:normal}
.raw th:first-child{position:static}
}
`
