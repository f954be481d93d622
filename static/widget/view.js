/** The widget's frame on the page: the round button, the panel with its header, opening and closing. */

import { DEFAULT_COLOR, accentTokens } from './colour.js';
import { Composer } from './composer.js';
import { h, icon } from './dom.js';
import { Log } from './log.js';
import { Menu } from './menu.js';
import { CSS, FULL_SCREEN } from './style.js';
import { fill } from './words.js';

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

export class View {
  constructor(app) {
    this.app = app;
    this.full = matchMedia(FULL_SCREEN);
    this.host = document.createElement('shopkeeper-widget');
    this.host.id = 'shopkeeper-widget';
    this.root = this.host.shadowRoot;
    this.log = new Log(app, this);
    this.composer = new Composer(app, this);
    this.menu = new Menu(app, this);
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
      this.buildHeader(), this.buildNotice(), ...this.log.parts, this.buildEnded(),
      this.sheet = h('div', { class: 'sheet', hidden: true }), this.composer.form,
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
    return h('div', { class: 'head' }, this.mark, h('div', { class: 'title' }, this.name, this.status), this.menu.node, this.closer);
  }

  buildNotice() {
    return this.notice = h('div', { class: 'notice', role: 'status', hidden: true });
  }

  buildEnded() {
    this.endedText = h('span');
    this.again = h('button', { type: 'button', class: 'link', onclick: () => { this.app.forget(false); this.composer.focus(); } });
    return this.ended = h('div', { class: 'ended', hidden: true }, this.endedText, this.again);
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
    this.endedText.textContent = strings.conversation_ended;
    this.again.textContent = strings.start_over;
    const title = settings.type === 'expanded_bubble' && (settings.launcherTitle || config.launcher_title);
    this.label.textContent = title || '';
    this.log.applyConfig();
    this.composer.applyConfig();
    this.menu.applyConfig();
    this.render();
  }

  /** Single-page shops swap the body; the element goes back in with all it holds. */
  keepInPage() {
    const restore = () => {
      if (!document.body || this.host.isConnected) return;
      const hadFocus = this.focused;
      const { top, scroll } = this.log;
      document.body.append(this.host);
      if (top != null) scroll.scrollTop = top;
      if (hadFocus && this.app.isOpen) this.composer.focus();
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
      this.log.scrollDown(true);
      this.composer.focus();
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

  /** Says something to screen readers. */
  announce(text) {
    this.announcer.textContent = text;
  }

  /** Shows a form above the text box; `null` takes it away. */
  showSheet(form) {
    this.sheet.replaceChildren(...(form ? [form] : []));
    this.sheet.hidden = !form;
    if (form) this.log.toEnd(true);
  }

  /** Says something in the notice for a while. */
  tell(text) {
    clearTimeout(this.tellTimer);
    this.told = text;
    this.tellTimer = setTimeout(() => { this.told = ''; this.render(); }, 6e3);
    this.render();
  }

  hideBubble(hidden) {
    this.bare = hidden;
    this.render();
  }

  onPanelKey(event) {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      if (!this.sheet.hidden) {
        this.showSheet(null);
        return this.composer.focus();
      }
      this.app.toggle('close');
    } else if (event.key === 'Tab' && this.full.matches) {
      this.trapTab(event);
    }
  }

  /** Full-screen the panel covers the page, so Tab stays inside it. */
  trapTab(event) {
    const stops = [...this.panel.querySelectorAll('button,a[href],input,textarea,[tabindex="0"]')].filter((node) => node.getClientRects().length);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (this.root.activeElement !== (event.shiftKey ? first : last)) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }

  // ---- drawing

  render() {
    this.renderLauncher();
    if (!this.app.isOpen) return;
    this.renderStatus();
    this.menu.render();
    this.log.render();
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
    const notice = trouble ? (away ? strings.offline : strings.reconnecting) : this.told || '';
    if (this.notice.textContent !== notice) this.notice.textContent = notice;
    this.notice.hidden = !notice;
    this.ended.hidden = conversation?.status !== 'resolved' || app.outbox.length > 0;
    if (this.full.matches) this.panel.setAttribute('aria-modal', 'true');
    else this.panel.removeAttribute('aria-modal');
  }
}
