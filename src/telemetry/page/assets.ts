/**
 * The style and the script of the status page. The page is whole without the script, which only keeps it up to date.
 *
 * @module
 */

/** Colours, in light and in dark: a contrast of 4.5 to 1 where they are text, of 3 to 1 where they are lines. */
const BACK = "light-dark(#fff,#0d1117)";
const TEXT = "light-dark(#1a1d21,#e6edf3)";
const SOFT = "light-dark(#57606a,#9da7b3)";
const LINE = "light-dark(#d0d7de,#30363d)";
const BOX = "light-dark(#f6f8fa,#161b22)";
const GOOD = "light-dark(#11662f,#5fd38a)";
const WAIT = "light-dark(#7a4b00,#f0b34a)";
const BAD = "light-dark(#b3121d,#ff8a85)";
const C0 = "light-dark(#0b62c4,#6cb2ff)";
const C1 = "light-dark(#b3450b,#ff9d66)";
const C2 = "light-dark(#0a7a4b,#4fd39b)";
const C3 = "light-dark(#8b3fb8,#d39bff)";
const C4 = "light-dark(#8a6100,#f2c14e)";
const C5 = "light-dark(#5f6b7a,#a9b4c2)";

/** The style. */
export const STYLE = `
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;background:${BACK};color:${TEXT};font:15px/1.45 system-ui,sans-serif}
header,main,footer{max-width:1200px;margin:0 auto;padding:0 16px}
header{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;padding-top:12px;padding-bottom:10px}
h1{font-size:1.05rem;margin:0;flex:1 1 auto}
h2{font-size:1rem;margin:0 0 6px}
main,.part{display:grid;grid-template-columns:minmax(0,1fr);gap:12px;align-content:start}
section{background:${BOX};border:1px solid ${LINE};border-radius:8px;padding:12px 14px;min-width:0}
@media(min-width:900px){main{grid-template-columns:repeat(2,minmax(0,1fr))}.wide{grid-column:1/-1}}
p{margin:0 0 6px}ul,ol{margin:0;padding-left:1.2em}
#name{font-size:1.7rem;font-weight:700;line-height:1.2}
.good{color:${GOOD}}.wait{color:${WAIT}}.bad{color:${BAD}}
.good::before{content:"● "/""}.wait::before{content:"◆ "/""}.bad::before{content:"▲ "/""}
.advice{border-left:3px solid ${WAIT};padding-left:8px;margin:8px 0 0}
#live,footer,.uri,dt,.x,.y{color:${SOFT};font-size:.87rem}
#live.bad{color:${BAD};font-weight:700}
button{font:inherit;color:inherit;background:${BOX};border:1px solid ${SOFT};border-radius:6px;padding:3px 12px}
a{color:${C0}}:focus-visible{outline:3px solid ${C0};outline-offset:2px}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:${BACK};padding:6px}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(145px,1fr));gap:8px 14px;margin:0}
dd{margin:0;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;margin:0 0 10px}
caption{text-align:left;font-weight:600;padding:2px 0;overflow-wrap:anywhere}
th,td{text-align:left;font-weight:400;vertical-align:top;padding:3px 8px 3px 0;border-top:1px solid ${LINE};overflow-wrap:anywhere}
td:last-child{padding-right:0}
thead th{color:${SOFT};font-size:.87rem}
#plot td,#plot thead th+th{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-left:8px}
#plot tbody th{position:relative;padding-left:32px}#losses td:first-child{white-space:nowrap}#losses td:nth-child(2),#losses th{overflow-wrap:break-word}#ends tbody th{width:40%}
.plot{display:grid;grid-template-columns:auto minmax(0,1fr);gap:2px 6px;margin:0 0 8px}
.y{display:flex;flex-direction:column;justify-content:space-between;text-align:right;line-height:1}
.plot svg{width:100%;height:180px;display:block}
.x{grid-column:2;display:flex;justify-content:space-between}
.plot svg *,.key *{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}.plot .grid{stroke:${LINE};stroke-width:1}
.key{width:24px;height:4px;position:absolute;left:0;top:.85em}
@media(max-width:500px){#plot th:nth-child(3),#plot td:nth-child(3){display:none}}
.l0{stroke:${C0}}.l1{stroke:${C1};stroke-dasharray:6 3}.l2{stroke:${C2};stroke-dasharray:2 2}
.l3{stroke:${C3};stroke-dasharray:9 3 2 3}.l4{stroke:${C4};stroke-dasharray:4 4}.l5{stroke:${C5};stroke-dasharray:1 3}
#events{max-height:32rem;overflow:auto}#events ol{list-style:none;padding:0}
#events li{border-top:1px solid ${LINE};padding:5px 0}#events li p{margin:0;overflow-wrap:anywhere}
footer{padding-top:10px;padding-bottom:20px}
`;

/**
 * The script: takes the parts that changed, and says so when none come any more. In a page that nobody sees it lets its
 * place go.
 */
export const SCRIPT = `
"use strict";
const at=(id)=>document.getElementById(id),live=at("live"),pause=at("pause");
let source=null,paused=false,again=0,lost=null;
const time=()=>new Date().toISOString().slice(11,19)+" UTC";
const say=(text,bad)=>{live.className=bad?"bad":"";if(live.textContent!==text)live.textContent=text};
const close=()=>{clearTimeout(again);if(source)source.close();source=null};
const open=()=>{close();if(paused||document.hidden)return;source=new EventSource("live");
source.onmessage=({data})=>{lost=null;say("Live",false);const parts=JSON.parse(data);
for(const id in parts){if(id==="title")document.title=parts[id];else at(id).innerHTML=parts[id]}};
source.onerror=()=>{lost=lost||time();say("No connection since "+lost+": what stands below is old",true);
if(source&&source.readyState===2)again=setTimeout(open,5000)}};
pause.hidden=false;
pause.onclick=()=>{paused=!paused;pause.textContent=paused?"Resume":"Pause";if(paused){close();say("Paused at "+time(),false)}else{say("Connecting",false);open()}};
document.onvisibilitychange=()=>{if(paused)return;if(document.hidden)close();else open()};
say("Connecting",false);open();
`;
