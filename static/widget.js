/*!
 * Shopkeeper chat widget. One file, no dependency, no build step.
 *
 * Start it with one tag:
 *   <script src="https://chat.example/widget.js" data-website-token="demo" defer></script>
 * or from a script of your own, once this file has loaded:
 *   shopkeeperSDK.run({ websiteToken: 'demo', baseUrl: 'https://chat.example' });
 *
 * Settings, all optional, set before this file runs:
 *   window.shopkeeperSettings = { hideMessageBubble, position: 'left'|'right', locale, useBrowserLanguage,
 *     type: 'standard'|'expanded_bubble', launcherTitle, darkMode: 'light'|'auto'|'dark', themeColor };
 *
 * Calls made before it has loaded are kept and run in order. The stub is one line:
 *   window.$shopkeeper = window.$shopkeeper || []; $shopkeeper.push(['toggle', 'open']);
 * window.shopkeeperQueue = [['toggle', 'open'], …] and { q: [] } work as well; a queue may also hold functions.
 */
(() => {
  'use strict';

  // Script tags are run again by Turbo and the like: the first run stays in charge.
  if (window.shopkeeperSDK) return;

  const script = document.currentScript || document.querySelector('script[data-website-token]');
  const API = '/api/v1/widget';
  const FULL_SCREEN = '(max-width: 479.98px), (max-height: 459.98px)';
  const GROUP_MS = 5 * 60e3;
  const SEND_TIMEOUT = 20e3;
  const DEFAULT_COLOR = '#1f5c4a';

  const STRINGS = {
    open: 'Open chat', close: 'Close chat', send: 'Send', placeholder: 'Write a message…',
    typing: 'Typing…', offline: 'You are offline. Messages are sent when you are back.',
    reconnecting: 'Connecting again…', failed: 'Not sent.', retry: 'Try again',
    too_long: 'This message is too long.', thumbs_up: 'Helpful', thumbs_down: 'Not helpful',
    source: 'Source', unread: '{n} unread', you: 'You', bot: 'Assistant', new_messages: 'New messages',
    today: 'Today', yesterday: 'Yesterday', conversation_ended: 'This conversation has ended.',
    start_over: 'Start a new one', powered_by: 'Powered by Shopkeeper',
    person_on_the_way: 'A person will be with you soon', messages_log: 'Messages',
  };

  // ---------------------------------------------------------------- small helpers

  const emit = (name, detail) => window.dispatchEvent(new CustomEvent('shopkeeper:' + name, { detail }));
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
  const charCount = (text) => Array.from(text).length;
  // The server takes no longer one; what is cut off is tracking.
  const pageUrl = () => location.href.split('#')[0].slice(0, 2000);

  /** A random id; randomUUID is missing on pages served without TLS. */
  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = Array.from(b, (n) => n.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** Short fingerprint, so that no personal data has to be stored to see a change. */
  function hash(text) {
    let n = 5381;
    for (const c of text) n = ((n * 33) ^ c.codePointAt(0)) >>> 0;
    return n.toString(36);
  }

  /** Builds an element. `on…` keys are listeners, `text` is text, the rest are attributes. */
  function h(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (value == null || value === false) continue;
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else if (key === 'text') node.textContent = value;
      else node.setAttribute(key, value === true ? '' : value);
    }
    node.append(...children.filter(Boolean));
    return node;
  }

  const ICONS = {
    chat: 'M20.5 11.6a8.3 8.3 0 0 1-12 7.4l-5 1.5 1.5-4.8a8.3 8.3 0 1 1 15.5-4.1ZM8.5 10h7M8.5 13.5h4.5',
    down: 'm5.5 9 6.5 6.5L18.5 9', close: 'm6.5 6.5 11 11m0-11-11 11', send: 'M12 19V5.5M6 11.2l6-6 6 6',
    thumb: 'M7.5 10.5V20H4v-9.500zm0 0L11.3 3c1.5 0 2.3 1 2.1 2.400L12.9 9h5.600a2 2 0 0 1 2 2.300l-1.1 7a2 2 0 0 1-2 1.700H7.5',
    page: 'M6 3.500h8l4 4v13H6zm8 0v4h4M9 12h6m-6 4h6', out: 'm8 16 8-8m-6.5 0H16v6.5',
  };

  function icon(name, flipped) {
    const make = (tag, attrs, parent) => {
      const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
      for (const key in attrs) node.setAttribute(key, attrs[key]);
      return parent ? parent.appendChild(node).parentNode : node;
    };
    const svg = make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' });
    return make('path', { d: ICONS[name], ...(flipped && { transform: 'rotate(180 12 12)' }) }, svg);
  }

  // ---------------------------------------------------------------- colour

  /** Any CSS colour as [r, g, b]; what the browser cannot read becomes the default. */
  function parseColor(color) {
    const ctx = document.createElement('canvas').getContext('2d');
    let hex = DEFAULT_COLOR;
    if (ctx) {
      ctx.fillStyle = DEFAULT_COLOR;
      ctx.fillStyle = color;
      if (/^#[0-9a-f]{6}$/i.test(ctx.fillStyle)) hex = ctx.fillStyle;
    }
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }

  function luminance(rgb) {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(a, b) {
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  }

  /** Moves a colour away from the background until it reads well (5:1), keeping its hue. */
  function readable(rgb, background) {
    const lighter = luminance(background) < 0.2;
    for (let i = 0; i < 40 && contrast(rgb, background) < 5; i++) {
      rgb = rgb.map((v) => lighter ? Math.min(255, v * 1.1 + 3) : v * 0.92);
    }
    return rgb.map(Math.round);
  }

  /** The accent's custom properties for light and dark, readable whatever colour the shop chose. */
  function accentTokens(color) {
    const base = parseColor(color);
    const css = (rgb) => `rgb(${rgb.join(' ')})`;
    const [white, dark] = [[255, 255, 255], [8, 19, 14]];
    const onTop = (rgb) => css(contrast(rgb, white) >= 4.5 || contrast(rgb, white) > contrast(rgb, dark) ? white : dark);
    const night = readable(base, [31, 42, 37]);
    return {
      '--l-accent': css(base), '--l-on': onTop(base), '--l-ink': css(readable(base, [241, 236, 226])),
      '--d-accent': css(night), '--d-on': onTop(night),
    };
  }

  // ---------------------------------------------------------------- Markdown subset → DOM nodes

  const INLINE = /\\([\\*_[\]()`])|\*\*(?=\S)([^]+?)\*\*|__(?=\S)([^]+?)__|\*(?=[^\s*])([^*]+)\*|\b_(?=[^\s_])([^_]+)_\b|`([^`]+)`|\[([^\]]+)\]\(\s*([^\s)]+)\s*\)|(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/g;

  class Markdown {
    /** @param {string} base address that relative links start from */
    constructor(base) {
      this.base = base + '/';
    }

    /** A safe absolute address, or null: scripts and unknown schemes never become links. */
    href(link) {
      try {
        const url = new URL(link, this.base);
        return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
      } catch {
        return null;
      }
    }

    link(text, address) {
      const href = this.href(address);
      if (!href) return document.createTextNode(text);
      const web = !href.startsWith('mailto:');
      return h('a', { href, target: web && '_blank', rel: web && 'noopener', text });
    }

    inline(parent, text) {
      let last = 0;
      for (const m of text.matchAll(INLINE)) {
        parent.append(text.slice(last, m.index));
        last = m.index + m[0].length;
        const [all, escaped, bold, bold2, em, em2, code, label, address, bare] = m;
        if (escaped) parent.append(escaped);
        else if (bold || bold2) parent.append(this.inline(h('strong'), bold || bold2));
        else if (em || em2) parent.append(this.inline(h('em'), em || em2));
        else if (code) parent.append(h('code', { text: code }));
        else if (label) parent.append(this.link(label.replace(/\*\*/g, ''), address));
        else parent.append(this.link(all, bare));
      }
      parent.append(text.slice(last));
      return parent;
    }

    /** Paragraphs and lists, line by line. Indented lines go on with the list item above. */
    render(source) {
      const out = document.createDocumentFragment();
      let list = null;
      let open = null;
      for (const line of source.replace(/\r\n?/g, '\n').split('\n')) {
        const item = /^\s*(?:[-*•]|(\d{1,4})[.)])\s+(.+)$/.exec(line);
        if (!line.trim()) {
          open = null;
        } else if (item) {
          const tag = item[1] ? 'OL' : 'UL';
          if (list?.tagName !== tag) out.append(list = h(tag, { start: item[1] > 1 && item[1] }));
          list.append(open = this.inline(h('li'), item[2]));
        } else if (open && (open.tagName === 'P' || /^\s/.test(line))) {
          open.append(h('br'));
          this.inline(open, line.trim());
        } else {
          list = null;
          out.append(open = this.inline(h('p'), line.replace(/^#+\s+(.*)$/, '**$1**')));
        }
      }
      return out;
    }
  }

  // ---------------------------------------------------------------- style sheet
  // Same token names as tokens.css; a shadow tree needs its own copy.

  const LIGHT = `color-scheme:light;--sk-paper:#faf7f1;--sk-surface:#fff;--sk-sunken:#f1ece2;--sk-ink:#1d2622;--sk-ink-soft:#56625b;
    --sk-line:#e0d9cb;--sk-accent:var(--l-accent);--sk-on-accent:var(--l-on);--sk-accent-ink:var(--l-ink);--head:var(--l-accent);--on-head:var(--l-on);
    --sk-amber:#f0b54a;--sk-amber-soft:#fdf0d5;--sk-amber-ink:#6f4400;--sk-danger:#a3301c;--sk-shadow:0 1px 2px #1d26220f,0 12px 40px #1d262233;`;
  const DARK = `color-scheme:dark;--sk-paper:#0f1613;--sk-surface:#1a2420;--sk-sunken:#1f2a25;--sk-ink:#e8eee9;--sk-ink-soft:#a6b4ab;
    --sk-line:#2e3b35;--sk-accent:var(--d-accent);--sk-on-accent:var(--d-on);--sk-accent-ink:var(--d-accent);--head:#17211c;--on-head:#e8eee9;
    --sk-amber:#f0b54a;--sk-amber-soft:#33280f;--sk-amber-ink:#f6d08a;--sk-danger:#ff9d8b;--sk-shadow:0 1px 2px #0006,0 12px 40px #000a;`;

  const CSS = `
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

.panel{position:fixed;z-index:2147483001;bottom:calc(var(--gap) + 76px);right:var(--gap);width:380px;max-width:calc(100vw - 40px);
  height:min(680px,calc(100dvh - 116px));display:flex;flex-direction:column;overflow:hidden;background:var(--sk-paper);
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
.scroll{flex:1;min-height:0;overflow-y:auto;overscroll-behavior:contain;padding:18px 16px 10px;scrollbar-width:thin;scrollbar-color:var(--sk-line) transparent}
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
.card img{width:56px;height:56px;object-fit:contain;border-radius:8px}
div.card p{display:block}
a.card:hover{border-color:var(--sk-accent-ink)}
.card small{display:block;font-size:12.5px;color:var(--sk-ink-soft)}
.card b{display:block;font-weight:600}
.card span{min-width:0;overflow-wrap:anywhere}
.card p{margin:2px 0 0;color:var(--sk-ink-soft);display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}

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

form{border-top:1px solid var(--sk-line);background:var(--sk-surface);padding:10px 10px 8px}
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

@media ${FULL_SCREEN}{
  .panel,.bare .panel{inset:var(--vt,0px) 0 auto 0;width:100%;max-width:none;height:var(--vh,100dvh);border:0;border-radius:0}
  .head{padding-top:calc(12px + env(safe-area-inset-top))}
  form{padding-bottom:calc(8px + env(safe-area-inset-bottom))}
  .opened .launcher{display:none}
}
@media (max-width:479.98px){.sk{--gap:16px}}
@media (prefers-reduced-motion:reduce){*,::before,::after{animation:none!important;transition:none!important}.typing i{opacity:.7}}
@media (forced-colors:active){.launcher,.badge,.bubble,.mine .bubble,.go,.pill,.mark,.typing i{border:1px solid ButtonText}.typing i{background:CanvasText}
  .thumbs [aria-pressed=true]{background:Highlight;color:HighlightText}}
@media print{.sk{display:none}}`;

  // ---------------------------------------------------------------- storage

  /** The conversation's id and token. Nothing is written before the shopper has written something. */
  class Store {
    constructor(websiteToken) {
      this.key = 'shopkeeper:' + websiteToken;
      this.memory = null;
    }

    read() {
      let record = this.memory;
      try {
        record = JSON.parse(localStorage.getItem(this.key));
      } catch { /* storage is blocked: memory lasts as long as the page */ }
      return record?.id && record.token ? record : null;
    }

    write(record) {
      this.memory = record;
      try {
        if (record) localStorage.setItem(this.key, JSON.stringify(record));
        else localStorage.removeItem(this.key);
      } catch { /* as above */ }
    }

    /** Unsent messages outlive a page change in this tab. */
    outbox(items) {
      const key = this.key + ':outbox';
      try {
        if (!items) return JSON.parse(sessionStorage.getItem(key)) || [];
        if (items.length) sessionStorage.setItem(key, JSON.stringify(items));
        else sessionStorage.removeItem(key);
      } catch { /* as above */ }
      return [];
    }
  }

  // ---------------------------------------------------------------- connection

  /**
   * Keeps one WebSocket alive, with back-off; after three failures in a row it polls by REST
   * and looks for a socket again once a minute. mode: idle, connecting, live, waiting or polling.
   */
  class Link {
    constructor(app) {
      this.app = app;
      this.mode = 'idle';
      this.fails = 0;
      this.trouble = false;
    }

    start() {
      if (this.mode === 'idle') this.open();
    }

    stop() {
      this.clear();
      this.mode = 'idle';
      this.fails = 0;
      this.healthy();
      const ws = this.ws;
      this.ws = null;
      if (ws) ws.close();
    }

    clear() {
      for (const timer of [this.guard, this.retry, this.beat, this.upgrade]) clearTimeout(timer);
    }

    delay() {
      return Math.min(15e3, 500 * 2 ** this.fails) * (0.75 + Math.random() / 2);
    }

    open() {
      this.clear();
      this.mode = 'connecting';
      let ws;
      try {
        ws = this.ws = new WebSocket(this.app.base.replace(/^http/, 'ws') + API + '/ws');
      } catch {
        return this.lost(0);
      }
      this.guard = setTimeout(() => this.drop(), 10e3);
      ws.onopen = () => ws.send(JSON.stringify(this.app.resumeFrame(true)));
      ws.onmessage = (event) => this.receive(ws, event.data);
      ws.onclose = (event) => ws === this.ws && this.lost(event.code);
    }

    /** Gives a dead socket up at once: its own close event may take a minute to come. */
    drop() {
      const ws = this.ws;
      this.lost(0);
      if (ws) ws.close();
    }

    receive(ws, data) {
      if (ws !== this.ws) return;
      clearTimeout(this.guard);
      let frame;
      try {
        frame = JSON.parse(data);
      } catch {
        return;
      }
      if (frame.type === 'resumed' && this.mode === 'connecting') {
        this.mode = 'live';
        this.fails = 0;
        this.healthy();
        this.heartbeat();
      }
      this.app.onFrame(frame);
    }

    heartbeat() {
      clearTimeout(this.beat);
      this.beat = setTimeout(() => this.check(), 25e3);
    }

    /** Asks for a sign of life; any frame within eight seconds will do. */
    check() {
      this.send({ type: 'ping' });
      clearTimeout(this.guard);
      this.guard = setTimeout(() => this.drop(), 8e3);
      this.heartbeat();
    }

    lost(code) {
      this.clear();
      this.ws = null;
      this.mode = 'waiting';
      this.app.onLinkLost();
      if (code === 4404) return this.app.forget(true);
      this.fails += navigator.onLine === false ? 0 : 1;
      this.worry();
      if (this.fails >= 3) this.startPolling();
      else this.retry = setTimeout(() => this.open(), this.delay());
    }

    startPolling() {
      this.mode = 'polling';
      this.upgrade = setTimeout(() => this.open(), 60e3);
      this.poll();
    }

    async poll() {
      clearTimeout(this.retry);
      const failing = this.pollFails > 0;
      try {
        await this.app.pollOnce();
        this.pollFails = 0;
        if (this.mode === 'polling') this.healthy();
      } catch {
        this.pollFails = (this.pollFails || 0) + 1;
        this.worry();
      }
      if (this.mode !== 'polling') return;
      // The server is back after an outage: a socket may well open now.
      if (failing && !this.pollFails) return this.open();
      const wait = this.pollFails ? Math.min(15e3, 3e3 * this.pollFails) : this.app.isOpen ? 3e3 : 30e3;
      this.retry = setTimeout(() => this.poll(), wait);
    }

    /** Something changed for the better (online, tab shown, shopper asks): try at once. */
    kick() {
      if (this.mode === 'live') this.check();
      else if (this.mode === 'waiting') this.open();
      else if (this.mode === 'polling') this.poll();
    }

    send(frame) {
      if (this.mode !== 'live' || this.ws?.readyState !== 1) return false;
      this.ws.send(JSON.stringify(frame));
      return true;
    }

    /** A short break needs no notice, so the bar waits a moment. */
    worry() {
      this.worryTimer ||= setTimeout(() => {
        this.trouble = true;
        this.app.paint();
      }, 1200);
    }

    healthy() {
      clearTimeout(this.worryTimer);
      this.worryTimer = 0;
      this.trouble = false;
      this.app.paint();
    }
  }

  // ---------------------------------------------------------------- the application

  class App {
    constructor({ websiteToken, baseUrl }) {
      this.websiteToken = websiteToken;
      this.base = new URL(baseUrl || '', location.href).href.replace(/[?#].*$/, '').replace(/\/+$/, '');
      this.settings = window.shopkeeperSettings || {};
      this.locale = this.settings.locale || script?.dataset.locale || (this.settings.useBrowserLanguage ? navigator.language : '');
      this.store = new Store(websiteToken);
      this.link = new Link(this);
      this.markdown = new Markdown(this.base);
      this.user = null;
      this.attributes = {};
      this.epoch = 0;
      this.isOpen = this.ready = false;
      this.outbox = [];
      this.clearConversation();
    }

    clearConversation() {
      this.conversation = null;
      this.record = null;
      this.messages = [];
      this.held = new Map();
      this.contiguous = this.replayTo = this.readSent = 0;
      this.loading = this.fresh = false;
      this.agentsOnline = null;
      this.typingSender = null;
    }

    // ---- start

    async boot(attempt = 0) {
      try {
        await this.loadConfig();
      } catch (error) {
        emit('error', { code: 'config', detail: error.message });
        if (attempt < 4 && !(error.status < 500)) setTimeout(() => this.boot(attempt + 1), 2e3 * 3 ** attempt);
        return;
      }
      if (!document.body) await new Promise((done) => document.addEventListener('DOMContentLoaded', done));
      this.view = new View(this);
      this.listen();
      this.outbox = this.store.outbox().map((item) => ({ ...item, inFlight: false }));
      const record = this.store.read();
      if (record) this.adopt(record, true);
      this.ready = true;
      drainQueue();
      this.flush();
      this.paint();
      emit('ready');
    }

    async loadConfig() {
      const query = new URLSearchParams({ website_token: this.websiteToken });
      if (this.locale) query.set('locale', this.locale);
      this.config = await this.rest('GET', '/config?' + query);
      this.strings = { ...STRINGS, ...this.config.strings };
      this.limit = this.config.limits?.message_chars || 4000;
      const lang = this.config.locale || this.locale || 'en';
      try {
        this.lang = Intl.getCanonicalLocales(lang.replace('_', '-'))[0];
      } catch {
        this.lang = 'en';
      }
    }

    listen() {
      window.addEventListener('online', () => { this.link.kick(); this.flush(); this.paint(); });
      window.addEventListener('offline', () => this.paint());
      document.addEventListener('visibilitychange', () => {
        if (document.hidden) return;
        this.link.kick();
        this.paint();
      });
      // An open socket would keep the page out of the browser's back/forward cache.
      window.addEventListener('pagehide', () => this.link.stop());
      window.addEventListener('pageshow', (event) => event.persisted && this.record && this.link.start());
      window.addEventListener('storage', (event) => {
        if (event.key === this.store.key || event.key === null) this.onStorage();
      });
    }

    /** Another tab began, read or reset the conversation. */
    onStorage() {
      const record = this.store.read();
      if (!record) {
        if (this.record) this.forget(false, true);
      } else if (record.id !== this.record?.id) {
        this.epoch++;
        this.link.stop();
        this.adopt(record, true);
      } else {
        this.record = record;
        this.paint();
      }
    }

    // ---- REST

    async rest(method, path, body) {
      const headers = {};
      if (body) headers['Content-Type'] = 'application/json';
      if (this.record && path.startsWith('/conversations/')) headers.Authorization = 'Bearer ' + this.record.token;
      const response = await fetch(this.base + API + path, {
        method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store',
      });
      const data = response.status === 204 ? null : await response.json().catch(() => null);
      if (response.ok) return data;
      throw Object.assign(new Error(data?.detail || data?.title || 'HTTP ' + response.status), { status: response.status });
    }

    restConversation(method, path, body) {
      return this.rest(method, `/conversations/${encodeURIComponent(this.record.id)}${path}`, body);
    }

    // ---- conversation: begin, take over, forget

    async createConversation() {
      if (this.creating) return;
      const stored = this.store.read();
      if (stored) return this.adopt(stored, true);
      const epoch = this.epoch;
      this.creating = true;
      try {
        const { conversation, token } = await this.rest('POST', '/conversations', {
          website_token: this.websiteToken, locale: this.locale || this.config.locale, page_url: pageUrl(),
          referrer: document.referrer || undefined, ...this.profile(),
        });
        this.link.healthy();
        if (epoch !== this.epoch) return;
        this.conversation = conversation;
        const record = { id: conversation.id, token, read: 0, sent: this.profileHash(), user: this.userHash() };
        this.store.write(record);
        this.adopt(record, false);
        emit('on-start-conversation', conversation);
      } catch (error) {
        this.createFailed(error);
      } finally {
        this.creating = false;
        if (epoch !== this.epoch) this.flush();
      }
    }

    createFailed(error) {
      if (error.status) {
        for (const item of this.outbox) this.reject(item, 'http_' + error.status, error.message);
        return;
      }
      this.link.worry();
      this.createTries = (this.createTries || 0) + 1;
      clearTimeout(this.createTimer);
      this.createTimer = setTimeout(() => this.flush(), Math.min(15e3, 500 * 2 ** this.createTries));
    }

    /** Takes a stored or new conversation as this tab's own and connects. */
    adopt(record, hasHistory) {
      const conversation = hasHistory ? null : this.conversation;
      this.clearConversation();
      this.conversation = conversation;
      this.record = record;
      this.loading = hasHistory;
      this.fresh = !hasHistory;
      this.createTries = 0;
      this.link.start();
      this.syncProfile();
      this.paint();
    }

    /**
     * Lets the conversation go.
     * @param {boolean} gone the server no longer knows it: unsent messages start a new one
     * @param {boolean} [elsewhere] another tab did it and has cleared the storage
     */
    forget(gone, elsewhere) {
      const wasFresh = this.fresh;
      this.epoch++;
      this.returning = true;
      this.clearConversation();
      this.link.stop();
      if (!elsewhere) this.store.write(null);
      if (!gone) {
        this.outbox = [];
        this.saveOutbox();
      } else if (wasFresh) {
        // A conversation refused right after it was made: do not try in circles.
        for (const item of this.outbox) this.reject(item, 'not_found', '');
      } else {
        this.onLinkLost();
        this.flush();
      }
      this.paint();
    }

    remember(changes) {
      if (!this.record) return;
      Object.assign(this.record, changes);
      this.store.write(this.record);
    }

    // ---- who the shopper is

    profile() {
      const hasAttributes = Object.keys(this.attributes).length > 0;
      return { user: this.user || undefined, custom_attributes: hasAttributes ? this.attributes : undefined };
    }

    profileHash() {
      return hash(JSON.stringify([this.user, this.attributes, this.locale]));
    }

    userHash() {
      return this.user ? hash(this.user.identifier) : undefined;
    }

    /** Sends user, attributes and locale when they differ from what was sent last; calls in a row go as one. */
    syncProfile() {
      clearTimeout(this.profileTimer);
      this.profileTimer = setTimeout(async () => {
        const sent = this.profileHash();
        const body = { ...this.profile(), locale: this.locale || undefined };
        if (!this.record || this.record.sent === sent || !Object.values(body).some(Boolean)) return;
        try {
          await this.restConversation('PATCH', '', body);
          this.remember({ sent, user: this.userHash() || this.record?.user });
          for (const key in this.attributes) if (this.attributes[key] === null) delete this.attributes[key];
        } catch (error) {
          emit('error', { code: 'profile', detail: error.message });
        }
      }, 200);
    }

    // ---- sending

    /** Puts a message in the outbox and sends it as soon as there is a way. */
    post(content, attributes) {
      content = String(content).trim();
      if (!content || charCount(content) > this.limit) {
        emit('error', { code: content ? 'too_long' : 'empty', detail: this.strings.too_long });
        return null;
      }
      const item = { echo_id: uuid(), content, content_attributes: attributes, created_at: Date.now() };
      this.outbox.push(item);
      this.attempt(item);
      this.stopTyping();
      this.paint();
      this.view.scrollDown();
      return item.echo_id;
    }

    attempt(item) {
      item.state = 'sending';
      item.rejected = item.inFlight = false;
      this.saveOutbox();
      this.arm(item);
      if (this.link.mode === 'waiting') this.link.kick();
      this.flush();
    }

    /** Past this time the shopper is offered a retry; a late answer still settles the message. */
    arm(item) {
      clearTimeout(item.timer);
      item.timer = setTimeout(() => {
        if (!this.outbox.includes(item)) return;
        item.state = 'failed';
        this.paint();
      }, SEND_TIMEOUT);
    }

    saveOutbox() {
      this.store.outbox(this.outbox.map(({ timer, ...item }) => item));
    }

    flush() {
      const waiting = this.outbox.filter((item) => !item.inFlight && !item.rejected);
      if (!waiting.length) return;
      if (!this.record) return void this.createConversation();
      if (this.link.mode === 'polling') return void this.flushByRest();
      for (const item of waiting) item.inFlight = this.link.send({ type: 'message', ...this.wire(item) });
    }

    wire({ echo_id, content, content_attributes }) {
      return { echo_id, content, content_attributes, page_url: pageUrl() };
    }

    async flushByRest() {
      if (this.restBusy) return;
      this.restBusy = true;
      const epoch = this.epoch;
      try {
        for (const item of this.outbox.slice()) {
          if (item.rejected || item.inFlight || epoch !== this.epoch) continue;
          await this.deliverByRest(item, epoch);
        }
      } catch { /* no network: the next poll tries again */ }
      this.restBusy = false;
      if (this.link.mode === 'polling') setTimeout(() => this.link.kick(), 700);
    }

    async deliverByRest(item, epoch) {
      try {
        const { message, replies = [] } = await this.restConversation('POST', '/messages', this.wire(item));
        if (epoch === this.epoch) for (const m of [message, ...replies]) this.accept(m);
      } catch (error) {
        if (error.status === 404 && epoch === this.epoch) this.forget(true);
        else if (error.status) this.reject(item, 'http_' + error.status, error.message);
        else throw error;
      }
      this.paint();
    }

    reject(item, code, detail) {
      clearTimeout(item.timer);
      item.state = 'failed';
      item.rejected = true;
      item.inFlight = false;
      item.tooLong = code === 'too_long';
      this.saveOutbox();
      emit('error', { code, detail, echo_id: item.echo_id });
      this.paint();
    }

    onLinkLost() {
      for (const item of this.outbox) item.inFlight = false;
      this.typingSender = null;
      clearTimeout(this.typingTimer);
    }

    // ---- receiving

    resumeFrame(first) {
      const frame = { type: 'resume', after: this.contiguous };
      return first ? { ...frame, conversation_id: this.record.id, token: this.record.token } : frame;
    }

    onFrame(frame) {
      const handler = this['on_' + frame.type];
      if (handler) handler.call(this, frame);
      // Any frame may tell that a message was missed; a resume already asked for covers its own range.
      if (frame.type !== 'message' && frame.type !== 'error' && this.record && frame.seq > Math.max(this.contiguous, this.replayTo)) {
        this.askAgain(frame.seq);
      }
      this.paint();
    }

    askAgain(seq) {
      this.replayTo = seq;
      this.link.send(this.resumeFrame(false));
    }

    on_resumed({ seq, conversation }) {
      this.conversation = conversation;
      this.fresh = false;
      this.replayTo = seq;
      if (this.contiguous >= seq) this.historyDone();
      else setTimeout(() => this.historyDone(), 2e3);
      for (const item of this.outbox) if (!item.rejected) item.state = 'sending';
      this.flush();
    }

    on_message({ seq, message }) {
      this.accept(message);
      // A replay comes in order, so each of its frames closes the gap up to itself.
      if (seq <= this.replayTo) this.contiguous = Math.max(this.contiguous, seq);
      this.advance();
      if (seq > this.contiguous) this.askAgain(seq);
      if (this.contiguous >= this.replayTo) this.historyDone();
      const { kind } = message.sender || {};
      if (kind === 'agent' || message.content_attributes?.final) this.setTyping(null);
    }

    on_ack({ message }) {
      this.accept(message);
      this.advance();
    }

    on_message_updated({ message }) {
      const old = this.held.get(message.id);
      if (old) Object.assign(old, message);
    }

    on_typing({ sender, on }) {
      if (sender?.kind !== 'shopper') this.setTyping(on ? sender : null);
    }

    on_conversation({ conversation }) {
      this.conversation = conversation;
    }

    on_presence({ agents_online: online }) {
      this.agentsOnline = online;
    }

    on_error({ code, detail, echo_id: echo }) {
      if (code === 'not_found') return this.forget(true);
      const item = this.outbox.find((entry) => entry.echo_id === echo);
      if (item) this.reject(item, code, detail);
      else emit('error', { code, detail });
    }

    /** Holds a message once, in order, and settles the outbox entry it answers. */
    accept(message) {
      if (message.echo_id) {
        const index = this.outbox.findIndex((item) => item.echo_id === message.echo_id);
        if (index >= 0) {
          clearTimeout(this.outbox[index].timer);
          this.outbox.splice(index, 1);
          this.saveOutbox();
        }
      }
      if (this.held.has(message.id)) return;
      this.held.set(message.id, message);
      let at = this.messages.length;
      while (at && this.messages[at - 1].seq > message.seq) at--;
      this.messages.splice(at, 0, message);
      if (!this.loading) emit('on-message', message);
    }

    /** Moves the gapless mark over messages that are already held. */
    advance() {
      for (const { seq } of this.messages) if (seq === this.contiguous + 1) this.contiguous = seq;
    }

    historyDone() {
      this.loading = false;
      this.paint();
    }

    async pollOnce() {
      const epoch = this.epoch;
      let page;
      do {
        try {
          page = await this.restConversation('GET', `/messages?after=${this.contiguous}&limit=100`);
        } catch (error) {
          if (error.status === 404 && epoch === this.epoch) return this.forget(true);
          throw error;
        }
        if (epoch !== this.epoch) return;
        for (const message of page.messages) {
          this.accept(message);
          this.contiguous = Math.max(this.contiguous, message.seq);
        }
        this.conversation = page.conversation || this.conversation;
      } while (page.has_more && page.messages.length);
      this.fresh = false;
      this.historyDone();
      if (this.outbox.some((item) => !item.rejected && !item.inFlight)) this.flushByRest();
    }

    // ---- typing, reading, feedback

    setTyping(sender) {
      clearTimeout(this.typingTimer);
      this.typingSender = sender;
      if (sender) this.typingTimer = setTimeout(() => { this.setTyping(null); this.paint(); }, 30e3);
    }

    /** One typing frame in three seconds, and one when the shopper has paused. */
    noteTyping() {
      clearTimeout(this.idleTimer);
      this.idleTimer = setTimeout(() => this.stopTyping(), 5e3);
      if (Date.now() - (this.typedAt || 0) < 3e3) return;
      if (this.link.send({ type: 'typing', on: true })) this.typedAt = Date.now();
    }

    stopTyping() {
      clearTimeout(this.idleTimer);
      if (this.typedAt) this.link.send({ type: 'typing', on: false });
      this.typedAt = 0;
    }

    unread() {
      const read = this.record?.read || 0;
      return this.messages.filter((m) => m.message_type === 'outgoing' && m.seq > read).length;
    }

    markRead() {
      const seq = this.contiguous;
      if (!this.record || !this.isOpen || document.hidden || this.loading || seq <= this.readSent) return;
      this.readSent = seq;
      if (seq > (this.record.read || 0)) this.remember({ read: seq });
      if (!this.link.send({ type: 'read', seq }) && this.link.mode === 'polling') {
        this.restConversation('POST', '/read', { seq }).catch(() => {});
      }
    }

    rate(message, value) {
      const before = message.feedback;
      message.feedback = before === value ? null : value;
      this.paint();
      if (this.link.send({ type: 'feedback', message_id: message.id, value: message.feedback })) return;
      this.restConversation('POST', `/messages/${encodeURIComponent(message.id)}/feedback`, { value: message.feedback }).catch(() => {
        message.feedback = before;
        this.paint();
      });
    }

    choose(message, { title, value }) {
      const attributes = { submitted_values: [{ title, value }] };
      if (message.seq) attributes.reply_to = message.id;
      emit('postback', { title, value, message_id: message.id });
      this.post(title, attributes);
      this.view.focusComposer();
    }

    // ---- drawing

    /** Frames come in bursts; they are drawn together. */
    paint() {
      if (!this.view || this.painting) return;
      this.painting = setTimeout(() => {
        this.painting = 0;
        this.markRead();
        this.view.render();
      }, 16);
    }

    // ---- public API, reached through window.$shopkeeper

    /**
     * Says who the shopper is. Another identifier than before starts a new conversation,
     * so that nobody reads the one of the person before.
     * @param {string} id the shop's own id of the customer
     * @param {{name?: string, email?: string, identifier_hash?: string}} [details]
     */
    setUser(id, details = {}) {
      const identifier = String(id);
      const known = this.record?.user;
      if (known && known !== hash(identifier)) this.forget(false);
      this.user = { ...details, identifier };
      this.syncProfile();
    }

    /** Adds facts about the shopper or the cart. @param {Record<string, unknown>} values */
    setCustomAttributes(values) {
      Object.assign(this.attributes, values);
      this.syncProfile();
    }

    /** Removes one fact, here and (as null) on the server. @param {string} key */
    deleteCustomAttribute(key) {
      if (this.record) this.attributes[key] = null;
      else delete this.attributes[key];
      this.syncProfile();
    }

    /** Changes the language of the labels. @param {string} locale such as 'de' */
    async setLocale(locale) {
      this.locale = locale;
      try {
        await this.loadConfig();
        this.view.applyConfig();
        this.syncProfile();
      } catch (error) {
        emit('error', { code: 'config', detail: error.message });
      }
    }

    /** Opens or closes the panel; without a word it does the other one. @param {'open'|'close'} [state] */
    toggle(state) {
      const open = state ? state === 'open' : !this.isOpen;
      if (open === this.isOpen) return;
      this.isOpen = open;
      if (open && this.link.mode === 'polling') this.link.poll();
      if (!open) this.stopTyping();
      this.view.setOpen(open);
      this.paint();
      emit(open ? 'opened' : 'closed');
    }

    /** Shows or hides the round button. @param {'show'|'hide'} [state] */
    toggleBubbleVisibility(state) {
      this.view.hideBubble(state ? state === 'hide' : !this.view.bare);
    }

    /** Sends a message in the shopper's name. @param {string} text */
    sendMessage(text) {
      return this.post(text);
    }

    /** Tells the server that a campaign of the shop has come due. @param {string} name */
    triggerCampaign(name) {
      this.rest('POST', '/events', { website_token: this.websiteToken, name: 'campaign.' + name }).catch(() => {});
    }

    /** Forgets the conversation and the user, for example when the customer signs out. */
    reset() {
      this.user = null;
      this.attributes = {};
      this.forget(false);
    }
  }

  // ---------------------------------------------------------------- the view

  class View {
    constructor(app) {
      this.app = app;
      this.nodes = new Map();
      this.full = matchMedia(FULL_SCREEN);
      this.host = document.createElement('shopkeeper-widget');
      this.host.id = 'shopkeeper-widget';
      this.root = this.host.shadowRoot;
      this.build();
      this.bare = !!app.settings.hideMessageBubble;
      this.applyConfig();
      this.keepInPage();
      this.followViewport();
    }

    build() {
      const { app } = this;
      this.badge = h('span', { class: 'badge', hidden: true, 'aria-hidden': 'true' });
      this.face = h('span');
      this.label = h('span', { hidden: true });
      this.launcher = h('button', { type: 'button', class: 'launcher', part: 'launcher', 'aria-controls': 'panel', 'aria-expanded': 'false', onclick: () => app.toggle() },
        this.face, this.label, this.badge);
      this.panel = h('section', { class: 'panel', part: 'panel', id: 'panel', role: 'dialog', hidden: true, onkeydown: (event) => this.onPanelKey(event) },
        this.buildHeader(), this.buildNotice(), ...this.buildLog(), this.buildEnded(), this.buildComposer(),
        this.announcer = h('div', { class: 'sr', role: 'status' }));
      this.sk = h('div', { class: 'sk' }, this.launcher, this.panel);
      // The page sees the host element, not the text box, and would take typed letters for its shortcuts.
      for (const type of ['keydown', 'keypress', 'keyup']) this.sk.addEventListener(type, (event) => event.stopPropagation());
      this.root.append(this.sk);
    }

    buildHeader() {
      this.mark = h('div', { class: 'mark', 'aria-hidden': 'true' });
      this.name = h('h2');
      this.status = h('p', { class: 'status' });
      this.closer = h('button', { type: 'button', class: 'icon', onclick: () => this.app.toggle('close') }, icon('close'));
      return h('div', { class: 'head' }, this.mark, h('div', { class: 'title' }, this.name, this.status), this.closer);
    }

    buildNotice() {
      return this.notice = h('div', { class: 'notice', role: 'status', hidden: true });
    }

    buildLog() {
      this.list = h('div', { class: 'list' });
      this.dots = h('div', { class: 'typing', hidden: true, 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
      this.scroll = h('div', {
        class: 'scroll', role: 'log', tabindex: '0', 'aria-live': 'polite', 'aria-relevant': 'additions',
        onscroll: () => this.onScroll(), onwheel: () => this.letGo(), ontouchmove: () => this.letGo(), onkeydown: () => this.letGo(), onpointerdown: () => this.letGo(),
      }, this.list, this.dots);
      this.pillText = h('span');
      this.pill = h('button', { type: 'button', class: 'pill', hidden: true, onclick: () => this.toEnd() }, icon('down'), this.pillText);
      return [this.scroll, h('div', { class: 'pillbox' }, this.pill)];
    }

    buildEnded() {
      this.endedText = h('span');
      this.again = h('button', { type: 'button', class: 'link', onclick: () => { this.app.forget(false); this.focusComposer(); } });
      return this.ended = h('div', { class: 'ended', hidden: true }, this.endedText, this.again);
    }

    buildComposer() {
      this.input = h('textarea', {
        rows: '1', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'limit',
        oninput: () => this.onInput(), onkeydown: (event) => this.onInputKey(event),
      });
      this.go = h('button', { type: 'submit', class: 'icon go' }, icon('send'));
      this.brand = h('span', { class: 'brand' });
      this.warning = h('span', { id: 'limit', class: 'over', role: 'alert' });
      this.count = h('span', { class: 'count' });
      return h('form', { onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        h('div', { class: 'field' }, this.input, this.go), h('div', { class: 'under' }, this.brand, this.warning, this.count));
    }

    /** Colours, sides and labels; called again when the language changes. */
    applyConfig() {
      const { config, settings, strings, lang } = this.app;
      const theme = config.theme || {};
      const sk = this.sk;
      sk.lang = lang;
      sk.dir = /^(ar|fa|he|ur|ps|ckb|dv|yi)\b/.test(lang) ? 'rtl' : 'ltr';
      sk.dataset.side = settings.position || theme.position || 'right';
      sk.dataset.mode = settings.darkMode || theme.dark_mode || 'auto';
      const tokens = accentTokens(settings.themeColor || theme.color || DEFAULT_COLOR);
      for (const key in tokens) sk.style.setProperty(key, tokens[key]);
      this.name.textContent = config.name || '';
      this.mark.textContent = Array.from(config.name || '?')[0];
      this.panel.setAttribute('aria-label', config.name || strings.bot);
      this.closer.setAttribute('aria-label', strings.close);
      this.scroll.setAttribute('aria-label', strings.messages_log);
      this.input.placeholder = strings.placeholder;
      this.input.setAttribute('aria-label', strings.placeholder);
      this.go.setAttribute('aria-label', strings.send);
      this.pillText.textContent = strings.new_messages;
      this.pill.setAttribute('aria-label', strings.new_messages);
      this.endedText.textContent = strings.conversation_ended;
      this.again.textContent = strings.start_over;
      this.brand.textContent = strings.powered_by;
      const title = settings.type === 'expanded_bubble' && (settings.launcherTitle || config.launcher_title);
      this.label.textContent = title || '';
      this.setFormats(lang);
      this.nodes.clear();
      this.list.replaceChildren();
      this.onInput(true);
      this.render();
    }

    setFormats(lang) {
      this.clock = new Intl.DateTimeFormat(lang, { hour: 'numeric', minute: '2-digit' });
      this.date = new Intl.DateTimeFormat(lang, { weekday: 'long', day: 'numeric', month: 'long' });
      this.number = new Intl.NumberFormat(lang);
    }

    /** Single-page shops swap the body; the element goes back in with all it holds. */
    keepInPage() {
      const restore = () => {
        if (!document.body || this.host.isConnected) return;
        const hadFocus = this.focused;
        const { top } = this;
        document.body.append(this.host);
        if (top != null) this.scroll.scrollTop = top;
        if (hadFocus && this.app.isOpen) this.focusComposer();
        watch();
      };
      const observer = new MutationObserver(restore);
      const watch = () => {
        observer.disconnect();
        observer.observe(document.documentElement, { childList: true });
        if (document.body) observer.observe(document.body, { childList: true });
      };
      for (const type of ['turbo:load', 'astro:after-swap', 'htmx:afterSettle']) document.addEventListener(type, restore);
      this.sk.addEventListener('focusin', () => { this.focused = true; });
      this.sk.addEventListener('focusout', () => { if (this.host.isConnected) setTimeout(() => { this.focused = this.host.isConnected ? !!this.root.activeElement : this.focused; }); });
      restore();
    }

    /** Where the on-screen keyboard covers the page, the full-screen panel takes what is left. */
    followViewport() {
      const port = window.visualViewport;
      if (!port) return;
      const follow = () => {
        this.panel.style.setProperty('--vh', Math.round(port.height) + 'px');
        this.panel.style.setProperty('--vt', Math.round(port.offsetTop) + 'px');
      };
      const zoomed = () => { if (port.scale < 1.05) follow(); };
      port.addEventListener('resize', zoomed);
      port.addEventListener('scroll', zoomed);
    }

    // ---- opening and closing

    setOpen(open) {
      const hadFocus = this.root.activeElement;
      if (open) this.opener = document.activeElement;
      this.panel.hidden = !open;
      this.sk.classList.toggle('opened', open);
      this.render();
      if (open) {
        this.scrollDown(true);
        this.focusComposer();
      } else if (hadFocus) {
        this.giveFocusBack();
      }
    }

    /** To the button of the page that opened the chat, else to the launcher. */
    giveFocusBack() {
      const { opener } = this;
      const known = opener?.isConnected && opener !== document.body && opener !== this.host;
      (known ? opener : this.launcher).focus();
    }

    hideBubble(hidden) {
      this.bare = hidden;
      this.render();
    }

    focusComposer() {
      this.input.focus({ preventScroll: true });
    }

    onPanelKey(event) {
      if (event.isComposing) return;
      if (event.key === 'Escape') {
        event.preventDefault();
        this.app.toggle('close');
      } else if (event.key === 'Tab' && this.full.matches) {
        this.trapTab(event);
      }
    }

    /** Full-screen the panel covers the page, so Tab stays inside it. */
    trapTab(event) {
      const stops = [...this.panel.querySelectorAll('button,a[href],textarea,[tabindex="0"]')].filter((node) => node.getClientRects().length);
      const [first, last] = [stops[0], stops[stops.length - 1]];
      if (this.root.activeElement !== (event.shiftKey ? first : last)) return;
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }

    // ---- composer

    onInputKey(event) {
      // 229 is what Safari reports for the Enter that ends a composition.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    }

    onInput(quiet) {
      const { app, input } = this;
      const size = charCount(input.value.trim());
      const over = size > app.limit;
      const near = size > app.limit * 0.9;
      this.warning.textContent = over ? fill(app.strings.too_long, { n: app.limit, max: app.limit }) : '';
      this.count.textContent = near ? `${this.number.format(size)} / ${this.number.format(app.limit)}` : '';
      this.count.classList.toggle('over', over);
      this.brand.hidden = near || !app.strings.powered_by;
      this.go.setAttribute('aria-disabled', String(over || !size));
      input.setAttribute('aria-invalid', String(over));
      this.growInput();
      if (!quiet && input.value) app.noteTyping();
    }

    growInput() {
      const { style } = this.input;
      style.height = 'auto';
      style.height = Math.min(140, Math.max(40, this.input.scrollHeight)) + 'px';
    }

    submit() {
      if (!this.app.post(this.input.value)) return;
      this.input.value = '';
      this.onInput(true);
      this.focusComposer();
    }

    // ---- scrolling

    nearEnd() {
      const { scrollHeight, scrollTop, clientHeight } = this.scroll;
      return scrollHeight - scrollTop - clientHeight < 80;
    }

    onScroll() {
      if (!this.host.isConnected) return;
      this.top = this.scroll.scrollTop;
      if (this.nearEnd()) this.pill.hidden = true;
    }

    /** The shopper scrolls by hand: new messages move the log only when it is at its end. */
    letGo() {
      this.following = false;
    }

    /** To the end, but no further than the shopper's last words, so that an answer is read from its beginning. */
    scrollDown(atOnce) {
      this.following = true;
      const { scrollHeight, clientHeight } = this.scroll;
      const end = scrollHeight - clientHeight;
      const mine = [...this.list.querySelectorAll('.mine')].pop();
      const question = mine ? mine.getBoundingClientRect().top - this.list.getBoundingClientRect().top : end;
      this.scrollTo(Math.min(end, question), atOnce);
      this.showPill(end - question >= 80, true);
    }

    /** The way down: small while the shopper reads what came, with words when something came unseen. */
    showPill(shown, small) {
      this.pill.hidden = !shown;
      this.pill.classList.toggle('small', small);
    }

    toEnd() {
      this.letGo();
      this.scrollTo(this.scroll.scrollHeight);
      this.focusComposer();
    }

    scrollTo(top, atOnce) {
      const calm = atOnce || matchMedia('(prefers-reduced-motion: reduce)').matches;
      this.scroll.scrollTo({ top, behavior: calm ? 'instant' : 'smooth' });
    }

    // ---- rendering

    render() {
      this.renderLauncher();
      if (!this.app.isOpen) return;
      const atEnd = this.nearEnd();
      const count = this.list.childElementCount;
      this.renderStatus();
      this.renderLog();
      this.renderTyping();
      if (this.following) this.scrollDown(!this.settled);
      else if (atEnd) this.scrollTo(this.scroll.scrollHeight);
      else if (this.list.childElementCount > count) this.showPill(true, false);
      this.settled = !this.app.loading;
    }

    renderLauncher() {
      const { app } = this;
      const n = app.isOpen ? 0 : app.unread();
      const title = this.label.textContent;
      const wide = !!title && !app.isOpen;
      this.sk.classList.toggle('bare', this.bare);
      this.launcher.hidden = this.bare;
      this.launcher.classList.toggle('wide', wide);
      this.label.hidden = !wide;
      if (this.faceOpen !== app.isOpen) this.face.replaceChildren(icon(app.isOpen ? 'down' : 'chat'));
      this.faceOpen = app.isOpen;
      this.badge.hidden = !n;
      this.badge.textContent = n > 99 ? '99+' : n;
      this.launcher.setAttribute('aria-expanded', String(app.isOpen));
      const parts = [app.isOpen ? app.strings.close : wide ? title : app.strings.open];
      if (n) parts.push(fill(app.strings.unread, { n }));
      this.launcher.setAttribute('aria-label', parts.join(', '));
    }

    renderStatus() {
      const { app } = this;
      const { strings, conversation, link } = app;
      const away = navigator.onLine === false;
      const trouble = away || link.trouble;
      const owner = conversation?.owner || {};
      let text = strings.bot;
      if (owner.kind === 'agent') {
        const nobody = app.agentsOnline === false && app.config.hours?.text;
        text = owner.name || nobody || strings.person_on_the_way;
      }
      if (this.status.textContent !== text) this.status.textContent = text;
      this.status.classList.toggle('off', trouble);
      const notice = trouble ? (away ? strings.offline : strings.reconnecting) : '';
      if (this.notice.textContent !== notice) this.notice.textContent = notice;
      this.notice.hidden = !notice;
      this.ended.hidden = conversation?.status !== 'resolved' || app.outbox.length > 0;
      this.scroll.setAttribute('aria-busy', String(app.loading));
      if (this.full.matches) this.panel.setAttribute('aria-modal', 'true');
      else this.panel.removeAttribute('aria-modal');
    }

    renderTyping() {
      const { typingSender, strings } = this.app;
      const on = !!typingSender;
      if (this.dots.hidden === !on) return;
      this.dots.hidden = !on;
      this.announcer.textContent = on ? fill(strings.typing, { name: typingSender.name || strings.bot }) : '';
    }

    /** What the log shows, top to bottom: greeting, days, messages, what is still on its way. */
    timeline() {
      const { app } = this;
      const rows = [];
      if (app.loading && !app.messages.length) return rows;
      const all = [...app.messages, ...app.outbox.map((item) => ({ ...item, item, id: item.echo_id, message_type: 'incoming', content_type: 'text' }))];
      this.addGreeting(rows, all);
      const lastMine = all.map((m) => m.message_type).lastIndexOf('incoming');
      let day = this.dayKey(Date.now());
      all.forEach((m, index) => {
        const key = this.dayKey(m.created_at);
        if (key !== day) rows.push({ key: 'day ' + key, day: m.created_at });
        day = key;
        rows.push({ key: m.echo_id || m.id, m, used: index < lastMine });
      });
      return rows;
    }

    /** Shown until the server's own transcript begins with a word of the shop. */
    addGreeting(rows, all) {
      const { app } = this;
      const { config } = app;
      const local = { message_type: 'outgoing', sender: { kind: 'bot' } };
      if (all.length && all[0].message_type !== 'incoming') return;
      const content = (!all.length && app.returning && config.welcome_back) || config.greeting;
      if (content) rows.push({ key: 'greeting ' + content, m: { ...local, id: 'greeting', content_type: 'text', content } });
      if (all.length) return;
      const items = config.suggestions || [];
      if (items.length) rows.push({ key: 'suggestions', m: { ...local, id: 'suggestions', content_type: 'input_select', content: '', content_attributes: { items } } });
      const { hours } = config;
      if (hours?.text && !hours.open) rows.push({ key: 'hours', m: { id: 'hours', message_type: 'activity', content: hours.text } });
    }

    dayKey(time) {
      return new Date(time).toDateString();
    }

    renderLog() {
      const rows = this.timeline();
      const keys = new Set(rows.map((row) => row.key));
      for (const [key, entry] of this.nodes) {
        if (keys.has(key)) continue;
        entry.node.remove();
        this.nodes.delete(key);
      }
      let cursor = this.list.firstChild;
      rows.forEach((row, index) => {
        const entry = this.entry(row);
        this.update(entry, row, rows[index - 1], rows[index + 1]);
        if (entry.node === cursor) cursor = cursor.nextSibling;
        else this.list.insertBefore(entry.node, cursor);
      });
    }

    /** The node of a row; kept as long as its text is the same, so that focus and reading place stay. */
    entry(row) {
      const { m } = row;
      const mark = m ? [m.content, m.content_type, m.message_type === 'outgoing' && JSON.stringify(m.content_attributes)].join('|') : this.dayKey(Date.now());
      const old = this.nodes.get(row.key);
      if (old?.mark === mark) return old;
      const entry = m ? (m.message_type === 'activity' ? { node: h('div', { class: 'activity', text: m.content }) } : this.buildRow(m)) : { node: this.buildDay(row.day) };
      entry.mark = mark;
      if (old) old.node.replaceWith(entry.node);
      this.nodes.set(row.key, entry);
      return entry;
    }

    buildDay(time) {
      const { strings } = this.app;
      const key = this.dayKey(time);
      const text = key === this.dayKey(Date.now()) ? strings.today
        : key === this.dayKey(Date.now() - 864e5) ? strings.yesterday : this.date.format(time);
      return h('div', { class: 'day' }, h('span', { text }));
    }

    buildRow(m) {
      const mine = m.message_type === 'incoming';
      const entry = { node: h('div', { class: 'row ' + (mine ? 'mine' : 'theirs') }) };
      if (mine) {
        entry.node.append(h('span', { class: 'sr', text: this.app.strings.you + ': ' }), h('div', { class: 'bubble', text: m.content }));
      } else {
        const name = m.sender?.name || (m.sender?.kind === 'bot' && this.app.strings.bot) || this.app.config.name;
        entry.node.append(h('div', { class: 'who', text: name }), ...this.buildBody(m, entry));
      }
      entry.node.append(this.buildMeta(m, entry, mine));
      return entry;
    }

    buildBody(m, entry) {
      const items = m.content_attributes?.items || [];
      const parts = [];
      const onCard = m.content_type === 'article' && items.some((item) => item.title === m.content);
      const bubble = m.content && !onCard && h('div', { class: 'bubble' }, this.app.markdown.render(m.content));
      if (bubble) parts.push(bubble);
      if (m.content_type === 'article' || m.content_type === 'cards') {
        parts.push(...items.map((item) => this.buildCard(item, m.content_type === 'article')));
      } else if (m.content_type === 'input_select') {
        entry.chips = h('div', { class: 'chips' }, ...items.map((item) => this.buildChip(m, item)));
        parts.push(entry.chips);
      } else if (m.content_type !== 'text' && items.length) {
        const list = h('ul', {}, ...items.map((item) => h('li', { text: item.title || item.label || item.name })));
        if (bubble) bubble.append(list);
        else parts.push(h('div', { class: 'bubble' }, list));
      }
      return parts;
    }

    buildCard({ title, description, link, media_url: picture }, isSource) {
      const href = link && this.app.markdown.href(link);
      const src = picture && this.app.markdown.href(picture);
      return h(href ? 'a' : 'div', { class: 'card', href, target: href && '_blank', rel: href && 'noopener' },
        src ? h('img', { src, alt: '', loading: 'lazy', width: 56, height: 56 }) : icon('page'),
        h('span', {}, isSource && h('small', { text: this.app.strings.source }), h('b', { text: title }), description && h('p', { text: description })),
        href && icon('out'));
    }

    buildChip(m, item) {
      return h('button', { type: 'button', class: 'chip', text: item.title, onclick: () => this.app.choose(m, item) });
    }

    buildMeta(m, entry, mine) {
      const meta = h('div', { class: 'meta' });
      if (!mine && m.seq && m.content_type === 'text' && m.sender?.kind === 'bot') {
        const thumb = (value, label) => h('button', {
          type: 'button', class: 'icon', 'aria-label': label, title: label, onclick: () => this.app.rate(this.app.held.get(m.id) || m, value),
        }, icon('thumb', value === 'down'));
        entry.up = thumb('up', this.app.strings.thumbs_up);
        entry.down = thumb('down', this.app.strings.thumbs_down);
        meta.append(h('div', { class: 'thumbs' }, entry.up, entry.down));
      }
      if (m.created_at) {
        entry.time = h('time', { datetime: new Date(m.created_at).toISOString(), text: this.clock.format(m.created_at) });
        meta.append(entry.time);
      }
      if (mine) meta.append(entry.fail = h('span', { class: 'fail', role: 'status', hidden: true }));
      return meta;
    }

    /** What may change about a row without a new node. */
    update(entry, row, before, after) {
      const { m } = row;
      if (!m || m.message_type === 'activity') return;
      const list = entry.node.classList;
      const ends = !this.together(m, after?.m);
      list.toggle('first', !this.together(m, before?.m));
      list.toggle('last', ends);
      list.toggle('sending', m.state === 'sending');
      list.toggle('failed', m.state === 'failed');
      if (entry.time) entry.time.hidden = !ends || m.state === 'failed';
      if (entry.chips) entry.chips.hidden = row.used;
      entry.node.hidden = !!entry.chips && row.used && !m.content;
      entry.up?.setAttribute('aria-pressed', String(m.feedback === 'up'));
      entry.down?.setAttribute('aria-pressed', String(m.feedback === 'down'));
      if (entry.fail) this.updateFail(entry, m);
    }

    updateFail({ fail }, { state, item }) {
      const failed = state === 'failed';
      if (fail.hidden === !failed) return;
      const { strings } = this.app;
      fail.hidden = !failed;
      fail.replaceChildren();
      if (!failed) return;
      const retry = () => { this.app.attempt(item); this.app.paint(); this.focusComposer(); };
      fail.append((item.tooLong ? strings.too_long : strings.failed) + ' ',
        h('button', { type: 'button', class: 'link', text: strings.retry, onclick: retry }));
    }

    together(a, b) {
      return !!b && a.message_type === b.message_type && a.sender?.name === b.sender?.name
        && (a.message_type === 'incoming' || a.sender?.kind === b.sender?.kind)
        && Math.abs((a.created_at || 0) - (b.created_at || 0)) < GROUP_MS;
    }
  }

  // ---------------------------------------------------------------- custom element

  let sheet;

  /** Only a shell: what is shown lives in View, so the element may leave and enter the page freely. */
  class ShopkeeperWidget extends HTMLElement {
    constructor() {
      super();
      if (!sheet) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(CSS);
      }
      this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
    }
  }
  if (!customElements.get('shopkeeper-widget')) customElements.define('shopkeeper-widget', ShopkeeperWidget);

  // ---------------------------------------------------------------- public objects

  const METHODS = ['setUser', 'toggle', 'toggleBubbleVisibility', 'setLocale', 'setCustomAttributes',
    'deleteCustomAttribute', 'triggerCampaign', 'reset', 'sendMessage'];
  const early = [window.$shopkeeper, window.$shopkeeper?.q, window.shopkeeperQueue].filter(Array.isArray).flat();
  let app = null;

  /** Runs one queued call: ['name', …arguments] or a function that gets the API. */
  function call(entry) {
    if (!app?.ready) return void early.push(entry);
    try {
      if (typeof entry === 'function') return entry(api);
      const [name, ...args] = entry;
      if (METHODS.includes(name)) return app[name](...args);
    } catch (error) {
      emit('error', { code: 'api', detail: error.message });
    }
  }

  function drainQueue() {
    while (early.length) call(early.shift());
  }

  /** window.$shopkeeper: the methods are described at the class App, section “public API”. */
  const api = {
    push: (...entries) => entries.forEach(call),
    get isOpen() { return !!app?.isOpen; },
    get hasLoaded() { return !!app?.ready; },
  };
  for (const name of METHODS) api[name] = (...args) => call([name, ...args]);
  window.$shopkeeper = api;
  window.shopkeeperQueue = { push: api.push };

  const scriptBase = script?.src ? script.src.replace(/\/(static\/)?widget[^/]*\.js.*$/, '') : location.origin;

  window.shopkeeperSDK = {
    /**
     * Starts the widget once.
     * @param {{websiteToken: string, baseUrl?: string}} options baseUrl defaults to where this script came from
     */
    run({ websiteToken, baseUrl } = {}) {
      if (app || !websiteToken) return;
      app = new App({ websiteToken, baseUrl: baseUrl || scriptBase });
      app.boot();
    },
  };

  if (script?.dataset.websiteToken) window.shopkeeperSDK.run({ websiteToken: script.dataset.websiteToken, baseUrl: script.dataset.baseUrl });
})();
