/** A conversation as this browser has it: begun, taken up again, let go; and who the shopper is. */

import { API, Link } from './link.js';
import { Markdown } from './markdown.js';
import { Kept } from './kept.js';
import { emit, hash, pageUrl } from './words.js';

export class Conversation {
  /** @param {{websiteToken: string, base: string, locale?: string}} start `base`: the server's address, without a slash at its end */
  constructor({ websiteToken, base, locale }) {
    this.websiteToken = websiteToken;
    this.base = base;
    this.settings = window.shopkeeperSettings || {};
    this.locale = this.settings.locale || locale || (this.settings.useBrowserLanguage ? navigator.language : '');
    this.store = new Kept(websiteToken);
    this.link = new Link(this);
    this.markdown = new Markdown(this.base);
    this.user = null;
    this.attributes = {};
    this.epoch = 0;
    this.isOpen = this.ready = false;
    this.outbox = [];
    this.cart = {};
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
    this.csat = undefined;
    this.said = null;
  }

  // ---- REST

  async rest(method, path, body) {
    const headers = {};
    const form = body instanceof FormData;
    if (body && !form) headers['Content-Type'] = 'application/json';
    if (this.record && path.startsWith('/conversations/')) headers.Authorization = 'Bearer ' + this.record.token;
    const response = await fetch(this.base + API + path, {
      method, headers, body: form ? body : body && JSON.stringify(body), credentials: 'same-origin', cache: 'no-store',
    });
    const data = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return data;
    throw Object.assign(new Error(data?.detail || data?.title || 'HTTP ' + response.status), { status: response.status, problem: data });
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
      this.record = record;
      await this.tellSaid();
      if (epoch !== this.epoch) return;
      this.adopt(record, false);
      emit('on-start-conversation', conversation);
    } catch (error) {
      this.createFailed(error);
    } finally {
      this.creating = false;
      if (epoch !== this.epoch) this.flush();
    }
  }

  /** Begins a conversation where there is none yet. */
  async haveConversation() {
    if (!this.record) await this.createConversation();
    if (!this.record) throw new Error('no conversation');
  }

  /**
   * Takes up what the shop said of its own accord: it becomes the shop's own word in the conversation.
   * @param {{text: string, visitor: string, exposure: string}} said
   */
  putFirst(said) {
    this.said = said;
    if (this.record) this.tellSaid();
  }

  async tellSaid() {
    const { said } = this;
    if (!said) return;
    const { visitor, exposure } = said;
    // The shopper's answer is worth more than what it answers.
    await this.restConversation('POST', '/proactive', { visitor, exposure }).catch(() => {});
    this.said = null;
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
}
