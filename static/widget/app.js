/** The widget: starts it, and does what the page asks of it. */

import { Exchange } from './exchange.js';
import { View } from './view.js';
import { amountOf, emit, hash } from './words.js';

export class App extends Exchange {
  /** Asks the server how the shop wants its widget and shows it; `onReady` is called once it stands. */
  async boot(onReady, attempt = 0) {
    try {
      await this.loadConfig();
    } catch (error) {
      emit('error', { code: 'config', detail: error.message });
      if (attempt < 4 && !(error.status < 500)) setTimeout(() => this.boot(onReady, attempt + 1), 2e3 * 3 ** attempt);
      return;
    }
    if (!document.body) await new Promise((done) => document.addEventListener('DOMContentLoaded', done));
    this.view = new View(this);
    this.listen();
    this.outbox = this.store.outbox().map((item) => ({ ...item, inFlight: false }));
    const record = this.store.read();
    if (record) this.adopt(record, true);
    this.ready = true;
    if (this.config.proactive?.length) this.withProactive().catch((error) => emit('error', { code: 'load', detail: error.message }));
    onReady();
    this.flush();
    this.paint();
    emit('ready');
  }

  async loadConfig() {
    const query = new URLSearchParams({ website_token: this.websiteToken });
    if (this.locale) query.set('locale', this.locale);
    this.config = await this.rest('GET', '/config?' + query);
    this.strings = this.config.strings;
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

  // ---- messages of the shop's own accord

  /** Most pages need none of it: it is loaded where there is something to say. */
  withProactive() {
    this.proactive ||= import('./proactive.js').then(({ Proactive }) => new Proactive(this));
    return this.proactive;
  }

  /** The number under which the shopper agreed to be remembered: told by the page, or kept by the demo shop's own pages. */
  visitor() {
    if (this.visitorId !== undefined) return this.visitorId;
    try {
      const known = JSON.parse(localStorage.getItem(this.store.key + ':visitor'));
      return known?.id && !known.erase ? known.id : null;
    } catch {
      return null;
    }
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

  // ---- what the page may call, through window.$shopkeeper

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

  /**
   * Has one of the shop's own messages shown now, if the shopper is not in the middle of something and has not had it
   * often enough; some shoppers are kept without it.
   * @param {string} name of a `[[proactive]]` in the server's configuration
   */
  async triggerCampaign(name) {
    return (await this.withProactive()).trigger(name);
  }

  /** Says what is in the cart, for the shop's own messages. @param {{pieces?: number, total?: number|string}} cart */
  setCart({ pieces, total } = {}) {
    this.cart = { pieces, total: amountOf(total) };
  }

  /**
   * Says by what number the shopper agreed to be remembered, or (null) that they did not.
   * @param {string|null} id `v_` and 32 hexadecimal digits
   */
  setVisitor(id) {
    this.visitorId = id;
  }

  /** Forgets the conversation and the user, for example when the customer signs out. */
  reset() {
    this.user = null;
    this.attributes = {};
    this.forget(false);
  }
}
