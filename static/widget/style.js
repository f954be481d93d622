/** The widget's style sheet. Same token names as tokens.css; a shadow tree needs its own copy. */

import { CARDS } from './style_cards.js';
import { FORMS } from './style_forms.js';

export const FULL_SCREEN = '(max-width: 479.98px), (max-height: 459.98px)';

const LIGHT = `color-scheme:light;--sk-paper:#faf7f1;--sk-surface:#fff;--sk-sunken:#f1ece2;--sk-ink:#1d2622;--sk-ink-soft:#56625b;
  --sk-line:#e0d9cb;--sk-accent:var(--l-accent);--sk-on-accent:var(--l-on);--sk-accent-ink:var(--l-ink);--head:var(--l-accent);--on-head:var(--l-on);
  --sk-amber:#f0b54a;--sk-amber-soft:#fdf0d5;--sk-amber-ink:#6f4400;--sk-danger:#a3301c;--sk-shadow:0 1px 2px #1d26220f,0 12px 40px #1d262233;`;
const DARK = `color-scheme:dark;--sk-paper:#0f1613;--sk-surface:#1a2420;--sk-sunken:#1f2a25;--sk-ink:#e8eee9;--sk-ink-soft:#a6b4ab;
  --sk-line:#2e3b35;--sk-accent:var(--d-accent);--sk-on-accent:var(--d-on);--sk-accent-ink:var(--d-accent);--head:#17211c;--on-head:#e8eee9;
  --sk-amber:#f0b54a;--sk-amber-soft:#33280f;--sk-amber-ink:#f6d08a;--sk-danger:#ff9d8b;--sk-shadow:0 1px 2px #0006,0 12px 40px #000a;`;

export const CSS = `
:host{all:initial!important;display:contents!important}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
.sk{${LIGHT}--gap:20px;color:var(--sk-ink);font:400 15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",
"PingFang SC","Hiragino Sans","Yu Gothic UI","Microsoft YaHei","Malgun Gothic","Noto Sans CJK SC",sans-serif;
-webkit-font-smoothing:antialiased;text-align:start;-webkit-tap-highlight-color:transparent}
.sk[data-mode=dark]{${DARK}}
@media (prefers-color-scheme:dark){.sk[data-mode=auto]{${DARK}}}
button{font:inherit;color:inherit;background:none;border:1px solid transparent;margin:0;padding:0;cursor:pointer;touch-action:manipulation}
:focus-visible{outline:2px solid var(--sk-accent-ink);outline-offset:2px}
svg{width:20px;height:20px;display:block;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.icon{display:grid;place-items:center;width:40px;height:40px;flex:none;border-radius:50%}

.launcher{position:fixed;z-index:2147483000;bottom:calc(var(--gap) + env(safe-area-inset-bottom));right:calc(var(--gap) + env(safe-area-inset-right));
min-width:60px;height:60px;border-radius:30px;background:var(--sk-accent);color:var(--sk-on-accent);
display:flex;align-items:center;justify-content:center;gap:10px;box-shadow:0 2px 6px #0000001f,0 8px 24px #00000033;transition:transform .18s}
.launcher svg{width:28px;height:28px;stroke-width:1.6}
.launcher.wide{padding:0 22px 0 18px;font-weight:600}
.launcher:hover{transform:translateY(-2px)}
.launcher:focus-visible{outline-offset:3px}
[data-side=left] .launcher{right:auto;left:calc(var(--gap) + env(safe-area-inset-left))}
.badge{position:absolute;top:-4px;inset-inline-end:-4px;min-width:24px;height:24px;padding:0 6px;border-radius:12px;background:var(--sk-amber);color:#1d2622;
font:700 13px/20px system-ui,sans-serif;text-align:center;border:2px solid var(--sk-paper)}

.teaser{position:fixed;z-index:2147483000;bottom:calc(var(--gap) + 76px + env(safe-area-inset-bottom));right:calc(var(--gap) + env(safe-area-inset-right));display:flex;align-items:flex-start;max-width:min(320px,calc(100vw - 2*var(--gap)));
  padding:6px;border:1px solid var(--sk-line);border-radius:18px;border-end-end-radius:5px;background:var(--sk-surface);color:var(--sk-ink);box-shadow:var(--sk-shadow);animation:rise .22s}
.teaser:empty{visibility:hidden}
.teaser-text{flex:1;min-width:0;min-height:40px;padding:8px 4px 8px 12px;border-radius:12px;text-align:start;overflow-wrap:anywhere}
.teaser .icon{color:var(--sk-ink-soft)}
.teaser .icon:hover{background:var(--sk-sunken)}
[data-side=left] .teaser{right:auto;left:calc(var(--gap) + env(safe-area-inset-left));border-end-end-radius:18px;border-end-start-radius:5px}
.bare .teaser{bottom:var(--gap)}

.panel{position:fixed;z-index:2147483001;bottom:calc(var(--gap) + 76px);right:var(--gap);width:380px;max-width:calc(100vw - 40px);
height:min(680px,calc(100dvh - 116px));display:flex;flex-direction:column;overflow:hidden;overflow:clip;background:var(--sk-paper);
border:1px solid var(--sk-line);border-radius:20px;box-shadow:var(--sk-shadow);animation:rise .22s cubic-bezier(.2,.8,.3,1)}
.bare .panel{bottom:var(--gap)}
[data-side=left] .panel{right:auto;left:var(--gap)}
@keyframes rise{from{opacity:0;transform:translateY(14px)}}
.head{display:flex;align-items:center;gap:12px;padding:14px 10px 14px 18px;background:var(--head);color:var(--on-head);border-bottom:1px solid #ffffff14}
[dir=rtl] .head{padding:14px 18px 14px 10px}
.mark{display:grid;place-items:center;flex:none;width:40px;height:40px;border-radius:12px;background:#ffffff26;font-weight:650;font-size:18px}
.title{flex:1;min-width:0}
h2{margin:0;font-size:16px;font-weight:650;line-height:1.3;letter-spacing:-.005em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.status{margin:1px 0 0;font-size:13px;line-height:1.35;display:flex;align-items:center;gap:7px}
.status::before{content:"";flex:none;width:8px;height:8px;border-radius:50%;background:#8fe3b8;border:1px solid #0003}
.status.off::before{background:var(--sk-amber)}
.head .icon:hover{background:#ffffff26}
.head :focus-visible{outline-color:currentColor}

.notice,.ended{display:flex;align-items:center;justify-content:center;flex-wrap:wrap;gap:4px 12px;padding:8px 16px;font-size:13.5px;text-align:center;background:var(--sk-amber-soft);color:var(--sk-amber-ink)}
.ended{background:var(--sk-sunken);color:var(--sk-ink-soft)}
.scroll{position:relative;flex:1;min-height:0;overflow-y:auto;overscroll-behavior:contain;padding:18px 16px 10px;scrollbar-width:thin;scrollbar-color:var(--sk-line) transparent}
.scroll:focus-visible{outline-offset:-3px}
.day,.activity{margin:14px auto;text-align:center;color:var(--sk-ink-soft);font-size:13px;max-width:88%}
.day{display:flex;align-items:center;gap:12px;max-width:none}
.day::before,.day::after{content:"";flex:1;border-top:1px solid var(--sk-line)}

.row{display:flex;flex-direction:column;align-items:flex-start;margin-top:4px}
.row.first{margin-top:14px}
.list>:first-child{margin-top:0}
.row.mine{align-items:flex-end}
.who{display:none;margin:0 2px 4px;font-size:13px;color:var(--sk-ink-soft)}
.row.theirs.first>.who{display:block}
.bubble{max-width:88%;padding:10px 14px;border:1px solid var(--sk-line);border-radius:16px;background:var(--sk-surface);overflow-wrap:anywhere}
.theirs.first .bubble{border-start-start-radius:5px}
.mine .bubble{background:var(--sk-accent);color:var(--sk-on-accent);border-color:transparent;white-space:pre-wrap;transition:opacity .2s}
.mine.last .bubble{border-end-end-radius:5px}
.mine.sending .bubble{opacity:.72}
.mine.failed .bubble{opacity:1;background:var(--sk-surface);color:var(--sk-ink);border-color:var(--sk-danger)}
.bubble>*{margin:0}
.bubble>*+*{margin-top:8px}
.bubble ul,.bubble ol{padding-inline-start:1.3em}
.bubble li+li{margin-top:3px}
.bubble li::marker{color:var(--sk-ink-soft)}
.bubble code{font:.92em ui-monospace,Menlo,Consolas,monospace;background:var(--sk-sunken);border-radius:4px;padding:1px 4px}
a{color:var(--sk-accent-ink);text-decoration-thickness:1px;text-underline-offset:2px;border-radius:3px}
strong{font-weight:650}
.meta{display:flex;align-items:center;min-height:22px;margin:0 2px;gap:4px;font-size:12.5px;color:var(--sk-ink-soft)}
.meta:not(:has(:not([hidden]))){display:none}
.thumbs{display:flex;margin-inline-start:-8px;margin-block:-4px -6px}
.thumbs .icon{color:var(--sk-ink-soft)}
.thumbs svg{width:17px;height:17px}
.thumbs .icon:hover{color:var(--sk-ink)}
.thumbs .icon:focus-visible{outline-offset:-4px}
.thumbs [aria-pressed=true]{color:var(--sk-accent-ink)}
.thumbs [aria-pressed=true] path{fill:currentColor;fill-opacity:.3}
.fail{color:var(--sk-danger)}
.link{min-height:40px;padding:0 6px;font-weight:600;color:var(--sk-accent-ink);text-decoration:underline;text-underline-offset:3px;border-radius:8px}
.ended .link{padding:0}

.chips{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
.chip{min-height:40px;padding:7px 16px;border:1px solid var(--sk-accent-ink);border-radius:20px;background:var(--sk-surface);color:var(--sk-accent-ink);font-weight:550;text-align:start;transition:background .15s,color .15s}
.chip:hover{background:var(--sk-accent);color:var(--sk-on-accent);border-color:var(--sk-accent)}
.card{display:grid;grid-template-columns:auto 1fr auto;gap:0 12px;align-items:center;width:88%;margin-top:4px;padding:11px 14px;border:1px solid var(--sk-line);border-inline-start:3px solid var(--sk-amber);
border-radius:12px;background:var(--sk-surface);color:var(--sk-ink);text-decoration:none;font-size:14px;line-height:1.4}
.card svg{color:var(--sk-ink-soft)}
.card svg:last-child{width:16px;height:16px}
a.card:hover{border-color:var(--sk-accent-ink)}
.card small{display:block;font-size:12.5px;color:var(--sk-ink-soft)}
.card b{display:block;font-weight:600}
.card span{min-width:0;overflow-wrap:anywhere}
.card p{margin:2px 0 0;color:var(--sk-ink-soft);display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}

${CARDS}
${FORMS}

.typing{display:inline-flex;gap:5px;margin-top:10px;padding:14px 16px;border:1px solid var(--sk-line);border-radius:16px;border-start-start-radius:5px;background:var(--sk-surface)}
.typing i{width:7px;height:7px;border-radius:50%;background:var(--sk-ink-soft);animation:blink 1.3s infinite both}
.typing i:nth-child(2){animation-delay:.18s}
.typing i:nth-child(3){animation-delay:.36s}
@keyframes blink{0%,70%,100%{opacity:.3}35%{opacity:1;transform:translateY(-2px)}}
.pillbox{position:relative;height:0;display:flex;justify-content:center}
.pill{position:absolute;bottom:10px;display:flex;align-items:center;gap:6px;min-height:40px;padding:0 16px 0 12px;border-radius:20px;background:var(--sk-ink);color:var(--sk-paper);font-size:14px;font-weight:600;box-shadow:0 4px 16px #0003}
.pill svg{width:16px;height:16px}
.pill.small{inset-inline-end:14px;width:40px;padding:0;justify-content:center}
.pill.small span{display:none}

.panel>form{border-top:1px solid var(--sk-line);background:var(--sk-surface);padding:10px 10px 8px}
.field{display:flex;align-items:flex-end;gap:6px;padding:4px;border:1px solid var(--sk-ink-soft);border-radius:24px;background:var(--sk-paper)}
.field:focus-within{border-color:var(--sk-accent-ink);box-shadow:0 0 0 1px var(--sk-accent-ink)}
textarea{flex:1;min-width:0;resize:none;border:0;outline:0;background:none;color:inherit;font:inherit;font-size:16px;line-height:1.45;padding:8px 4px 8px 12px;height:40px;max-height:140px;overflow-y:auto}
[dir=rtl] textarea{padding:8px 12px 8px 4px}
textarea:focus-visible{outline:0}
textarea::placeholder{color:var(--sk-ink-soft);opacity:1}
.go{background:var(--sk-accent);color:var(--sk-on-accent);transition:opacity .15s}
.go[aria-disabled=true]{background:var(--sk-sunken);color:var(--sk-ink-soft);cursor:default}
.under{display:flex;justify-content:space-between;gap:12px;padding:5px 10px 0;font-size:12.5px;color:var(--sk-ink-soft)}
.under .over{color:var(--sk-danger)}
.count{margin-inline-start:auto;font-variant-numeric:tabular-nums}
.brand{flex:1;text-align:center}
.brand:not([hidden])~.count{display:none}

.tool{color:var(--sk-ink-soft)}
.tool:hover{color:var(--sk-ink);background:var(--sk-sunken)}
.tool[aria-pressed=true]{background:var(--sk-danger);color:var(--sk-surface)}
.tool+input+textarea{padding-inline-start:2px}
.said{flex:1;text-align:center}
.said:empty{display:none}
.menu-box{position:relative}
.menu-box>.icon svg{stroke-width:2.800}
.menu{position:absolute;z-index:3;top:46px;inset-inline-end:0;width:max-content;max-width:280px;padding:6px;border:1px solid var(--sk-line);border-radius:14px;background:var(--sk-surface);color:var(--sk-ink);box-shadow:var(--sk-shadow)}
.menu button{display:block;width:100%;min-height:44px;padding:8px 14px;border-radius:9px;text-align:start}
.menu button:hover{background:var(--sk-sunken)}
.menu :focus-visible{outline-color:var(--sk-accent-ink);outline-offset:-2px}
@media ${FULL_SCREEN}{
.panel,.bare .panel{inset:var(--vt,0px) 0 auto 0;width:100%;max-width:none;height:var(--vh,100dvh);border:0;border-radius:0}
.head{padding-top:calc(12px + env(safe-area-inset-top))}
form{padding-bottom:calc(8px + env(safe-area-inset-bottom))}
.opened .launcher{display:none}
}
@media (max-width:479.98px){.sk{--gap:16px}}
@media (prefers-reduced-motion:reduce){*,::before,::after{animation:none!important;transition:none!important}.typing i{opacity:.7}}
@media (forced-colors:active){.launcher,.badge,.bubble,.mine .bubble,.go,.pill,.mark,.typing i{border:1px solid ButtonText}.typing i{background:CanvasText}
.thumbs [aria-pressed=true],.scale label:has(:checked),.marks .on{background:Highlight;color:HighlightText}}
@media print{.sk{display:none}}`;
