/** How cards of products and offers, and comparisons, look. */

export const CARDS = `
.shelf-box{position:relative;width:100%}
.shelf{display:flex;gap:10px;margin:6px -16px 0;padding:2px 16px 6px;list-style:none;overflow-x:auto;overscroll-behavior-x:contain;scroll-snap-type:x proximity;scroll-padding-inline:16px;scrollbar-width:thin;scrollbar-color:var(--sk-line) transparent}
.row>.shelf{width:calc(100% + 32px)}
.shelf:focus-visible{outline-offset:-2px}
.shelf>li{flex:0 0 216px;max-width:88%;display:flex;scroll-snap-align:start}
.shelf>li:only-child{flex-basis:264px}
.goods{flex:1;min-width:0;display:flex;flex-direction:column;overflow:hidden;border:1px solid var(--sk-line);border-radius:14px;background:var(--sk-surface);font-size:14px;line-height:1.4;overflow-wrap:anywhere}
.picture{display:grid;place-items:center;aspect-ratio:4/3;overflow:hidden;background:var(--sk-sunken);color:var(--sk-ink-soft)}
.picture img{width:100%;height:100%;object-fit:cover}
.picture svg{width:34px;height:34px;opacity:.6}
.goods-text{flex:1;padding:11px 13px 10px}
.goods h3{margin:0;font-size:15px;font-weight:600;line-height:1.3}
.goods h3 a,.compared th a:not(.picture){color:inherit;text-decoration:none}
.goods h3 a:hover,.compared th a:not(.picture):hover{text-decoration:underline}
.goods p,.compared p{margin:4px 0 0}
.price b,.price s{white-space:nowrap}
.price b{font-size:16px;font-weight:650;font-variant-numeric:tabular-nums}
.price s{margin-inline-start:6px;color:var(--sk-ink-soft)}
.price.less b{color:var(--sk-danger)}
.stock,.about,.expires{color:var(--sk-ink-soft);font-size:13px}
.about{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.reason{font-size:13px;color:var(--sk-accent-ink)}
.actions{display:flex;flex-wrap:wrap;gap:8px;padding:0 13px 13px}
.act{flex:1 1 auto;min-height:40px;padding:8px 12px;border:1px solid var(--sk-accent-ink);border-radius:10px;font-weight:600;font-size:14px;line-height:1.4;text-align:center;text-decoration:none;color:var(--sk-accent-ink)}
.act.main{background:var(--sk-accent);border-color:transparent;color:var(--sk-on-accent)}
.act:hover{filter:brightness(1.08)}
.act:disabled{opacity:.6;cursor:default}
.coupon{border:1.5px dashed var(--sk-amber);background:var(--sk-amber-soft)}
.coupon h3{font-size:18px;font-weight:700;color:var(--sk-amber-ink)}
.coupon .reason,.coupon .stock,.coupon .expires{color:var(--sk-amber-ink)}
.goods .code{margin:0 13px 10px;padding:7px 10px;border-radius:8px;background:var(--sk-surface);text-align:center}
.code code{font:600 15px ui-monospace,Menlo,Consolas,monospace;letter-spacing:.06em;user-select:all}
.steps{display:flex;justify-content:flex-end;gap:4px;margin-top:-2px}
.step:hover{background:var(--sk-sunken)}
.step[aria-disabled=true]{opacity:.35;cursor:default}
[dir=rtl] .step svg{transform:scaleX(-1)}
@media (hover:none){.steps{display:none}}
.compared{max-width:100%;margin-top:6px;overflow-x:auto;overscroll-behavior-x:contain;border:1px solid var(--sk-line);border-radius:14px;background:var(--sk-surface);scrollbar-width:thin;scrollbar-color:var(--sk-line) transparent}
table{border-collapse:separate;border-spacing:0;font-size:14px;line-height:1.4;text-align:start}
.compared th,.compared td{padding:9px 12px;vertical-align:top;text-align:start;border-top:1px solid var(--sk-line);width:122px;min-width:122px;overflow-wrap:anywhere}
.compared table{table-layout:fixed;width:max-content;min-width:100%}
.compared thead th,.compared thead td{border-top:0}
.compared th{font-weight:600}
.compared tr>:first-child{position:sticky;inset-inline-start:0;z-index:1;width:86px;min-width:86px;padding-inline:10px;font-size:13px;background:var(--sk-sunken);color:var(--sk-ink-soft);font-weight:550}
.compared .picture{margin:-9px -12px 9px}
.compared .price s{margin:0;display:block}
.compared .actions{padding:0}
.compared .act{padding:9px 4px;font-size:13px}`;
