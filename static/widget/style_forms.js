/** How what is asked of the shopper looks: a rating, an address, files; and the files of a message. */

export const FORMS = `
.csat{width:100%;margin-top:6px;padding:14px;border:1px solid var(--sk-line);border-radius:14px;background:var(--sk-surface)}
.csat-form{border:0;padding:0;background:none}
fieldset{margin:0;padding:0;border:0;min-width:0}
legend{padding:0;margin-bottom:10px;font-weight:600}
.scale{display:flex;gap:8px}
.scale label{position:relative;flex:1;min-height:44px;display:grid;place-items:center;border:1px solid var(--sk-ink-soft);border-radius:10px;cursor:pointer}
.scale input{position:absolute;inset:0;margin:0;opacity:0;cursor:pointer}
.scale label:hover{border-color:var(--sk-accent-ink)}
.scale label:has(:checked){background:var(--sk-accent);color:var(--sk-on-accent);border-color:transparent}
.scale label:has(:focus-visible){outline:2px solid var(--sk-accent-ink);outline-offset:2px}
.ends{display:flex;justify-content:space-between;margin:6px 0 0;font-size:12.5px;color:var(--sk-ink-soft)}
.csat-more{display:grid;gap:10px;margin-top:12px}
.csat-more p{margin:0}
.csat-more textarea{width:100%;height:auto;border:1px solid var(--sk-ink-soft);border-radius:10px;padding:8px 12px;background:var(--sk-paper)}
.csat-result{display:flex;flex-wrap:wrap;align-items:center;gap:6px 10px;margin:0}
.marks{display:flex;gap:4px}
.marks i{width:10px;height:10px;border-radius:50%;background:var(--sk-line)}
.marks .on{background:var(--sk-accent-ink)}
.sheet{padding:14px 16px;border-top:1px solid var(--sk-line);background:var(--sk-surface);max-height:60%;overflow-y:auto}
.sheet form{display:grid;gap:10px}
.sheet p{margin:0}
.sheet label{font-weight:600}
.sheet input{width:100%;min-height:44px;padding:8px 12px;border:1px solid var(--sk-ink-soft);border-radius:10px;background:var(--sk-paper);color:inherit;font:inherit;font-size:16px}
.sheet .hint{font-size:13px;color:var(--sk-ink-soft)}
.sheet-actions{display:flex;gap:8px}
.files{margin:0;padding:0;list-style:none;display:grid;gap:6px;overflow-wrap:anywhere}
.files li{display:grid;grid-template-columns:auto 1fr;gap:2px 10px;align-items:center}
.files .fail{grid-column:2;font-size:13px}
.files .fail:empty{display:none}
.attached{display:grid;gap:6px;margin-top:4px;max-width:88%;justify-items:start}
.mine .attached{justify-items:end}
.photo{display:grid;place-items:center;min-width:96px;min-height:72px;overflow:hidden;border:1px solid var(--sk-line);border-radius:14px;background:var(--sk-sunken);color:var(--sk-ink-soft)}
.photo canvas{display:block;max-width:240px;width:100%;height:auto}
.document{display:flex;align-items:center;gap:10px;min-height:44px;padding:8px 14px;border:1px solid var(--sk-line);border-radius:12px;background:var(--sk-surface);text-align:start;overflow-wrap:anywhere}
.document svg{flex:none}`;
