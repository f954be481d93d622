/**
 * What the widget says by itself. Here is seen when a message comes due: on which page, after how long, with what in the
 * cart, when the mouse leaves. Whether it is then shown, the server decides, which also keeps some shoppers without it.
 */

import { h, icon } from './dom.js';
import { emit } from './words.js';

/** A conversation in which something was said within this time goes on: nothing is put beside it. */
const GOING_ON_MS = 30 * 60e3;
/** So long after a key was pressed, somebody still writes. */
const WRITING_MS = 5e3;
/** What is written within this time after a message counts as its effect. */
const EFFECT_MS = 24 * 60 * 60e3;

const pattern = (pages) => new RegExp('^' + pages.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*') + '$');

export class Proactive {
  constructor(app) {
    this.app = app;
    this.triggers = app.config.proactive.map((trigger) => ({ ...trigger, matches: pattern(trigger.pages) }));
    this.asked = new Set();
    this.seconds = 0;
    this.typedAt = 0;
    document.addEventListener('keydown', () => { this.typedAt = Date.now(); }, { capture: true, passive: true });
    // Only a mouse can be seen leaving, and only upwards it leaves for another page.
    document.addEventListener('mouseout', (event) => { if (!event.relatedTarget && event.clientY <= 0) this.look(true); });
    window.addEventListener('shopkeeper:on-message', ({ detail }) => detail.message_type === 'incoming' && this.replied());
    window.addEventListener('shopkeeper:opened', () => this.opened());
    this.ticking = setInterval(() => this.tick(), 1e3);
  }

  tick() {
    if (document.hidden) return;
    // Single-page shops change the page without loading it.
    if (this.path !== location.pathname) {
      this.path = location.pathname;
      this.seconds = 0;
      this.asked.clear();
    }
    this.seconds += 1;
    this.look(false);
  }

  look(leaving) {
    const due = this.triggers.find((trigger) => !this.asked.has(trigger.name) && this.isDue(trigger, leaving));
    if (due && this.isCalm()) this.ask(due);
  }

  isDue({ matches, after_seconds: after, exit_intent: onExit, cart, requires_consent: needsConsent }, leaving) {
    return matches.test(location.pathname) && this.seconds >= after && (!onExit || leaving)
      && (!needsConsent || !!this.app.visitor()) && cartFits(cart, this.app.cart);
  }

  /** Nobody is in the middle of something: no open chat, no conversation going on, nobody writing. */
  isCalm() {
    const { app } = this;
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    const writes = focused?.isContentEditable || focused?.matches?.('input:not([type=button],[type=submit],[type=checkbox],[type=radio]),textarea,select');
    const last = app.messages[app.messages.length - 1];
    const goesOn = app.outbox.length > 0 || app.loading || (last && Date.now() - last.created_at < GOING_ON_MS);
    return !document.hidden && !app.isOpen && !this.shown && !this.asking && !writes && !goesOn && Date.now() - this.typedAt > WRITING_MS;
  }

  /** Asks for a trigger by its name; the page's own code may do so whenever it likes. */
  async ask({ name }) {
    const { app } = this;
    const id = app.visitor();
    const visitor = id || this.guest();
    this.asked.add(name);
    this.asking = true;
    try {
      const answer = await this.tell({ event: 'due', trigger: name, visitor, consented: !!id, locale: app.lang });
      if (answer.exposure) this.remember({ exposure: answer.exposure, visitor, at: Date.now() });
      if (answer.show && this.isStillCalm()) this.show(name, visitor, answer);
      return answer;
    } catch (error) {
      emit('error', { code: 'proactive', detail: error.message });
      return null;
    } finally {
      this.asking = false;
    }
  }

  isStillCalm() {
    this.asking = false;
    return this.isCalm();
  }

  /** A run that the page asked for, whatever its conditions in the browser; consent, hold-out and the limit a day hold. */
  trigger(name) {
    return this.isCalm() ? this.ask({ name }) : null;
  }

  tell(what) {
    const { app } = this;
    return app.rest('POST', '/proactive', { website_token: app.websiteToken, ...what });
  }

  // ---- the message

  show(name, visitor, { exposure, message, campaign }) {
    const { app } = this;
    const { strings } = app;
    this.shown = { name, visitor, exposure, message };
    const words = h('button', { type: 'button', class: 'teaser-text', onclick: () => this.clicked() }, h('span', { class: 'sr', text: app.config.name + ': ' }), message);
    const close = h('button', { type: 'button', class: 'icon', 'aria-label': strings.dismiss, title: strings.dismiss, onclick: () => this.dismissed() }, icon('close'));
    this.box = h('div', { class: 'teaser', role: 'status', onkeydown: (event) => event.key === 'Escape' && this.dismissed() });
    app.view.sk.insertBefore(this.box, app.view.panel);
    // A region that is there before its text is read out.
    setTimeout(() => this.box?.append(words, close), 50);
    emit('proactive', { trigger: name, campaign, message });
  }

  clicked() {
    const { name, visitor, exposure, message } = this.shown;
    this.take();
    this.tell({ event: 'clicked', exposure, visitor }).catch(() => {});
    this.app.putFirst({ text: message, visitor, exposure });
    emit('proactive-clicked', { trigger: name });
    this.app.toggle('open');
  }

  dismissed() {
    const { exposure, visitor } = this.shown;
    const hadFocus = this.box.contains(this.app.view.root.activeElement);
    this.take();
    if (hadFocus) this.app.view.launcher.focus();
    this.tell({ event: 'dismissed', exposure, visitor }).catch(() => {});
  }

  take() {
    this.shown = null;
    this.box?.remove();
    this.box = null;
  }

  /** The chat was opened beside the message: that is an answer to it. */
  opened() {
    if (this.shown) this.clicked();
  }

  replied() {
    for (const { exposure, visitor, at } of this.remembered()) {
      if (Date.now() - at < EFFECT_MS) this.tell({ event: 'replied', exposure, visitor }).catch(() => {});
    }
    this.write('exposures', null);
  }

  // ---- what this tab remembers, so that the effect can be told also on the next page

  remembered() {
    return this.read('exposures') || [];
  }

  remember(exposure) {
    this.write('exposures', [...this.remembered(), exposure].slice(-20));
  }

  /** Stands for a shopper who did not agree to be remembered, in this tab only. */
  guest() {
    let guest = this.read('guest') || this.guestId;
    if (!guest) {
      guest = 'v_' + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
      this.write('guest', guest);
    }
    return this.guestId = guest;
  }

  read(name) {
    try {
      return JSON.parse(sessionStorage.getItem(`${this.app.store.key}:${name}`));
    } catch {
      return null;
    }
  }

  write(name, value) {
    const key = `${this.app.store.key}:${name}`;
    try {
      if (value === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(value));
    } catch { /* storage is blocked: it lasts as long as the page */ }
  }
}

/** Whether a cart is such as a trigger wants. What the page does not tell fits no limit. */
function cartFits({ min_pieces: least, max_pieces: most, min_total: from, max_total: to }, { pieces, total }) {
  const count = pieces ?? 0;
  const within = (low, high, value) => (low == null || value >= Number(low)) && (high == null || value <= Number(high));
  const hasTotalLimit = from != null || to != null;
  return within(least, most, count) && (!hasTotalLimit || (total != null && within(from, to, total)));
}
