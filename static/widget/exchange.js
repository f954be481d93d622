/** What goes to and fro within a conversation: messages, acknowledgements, typing, reading, thumbs. */

import { Conversation } from './conversation.js';
import { charCount, emit, pageUrl, uuid } from './words.js';

const SEND_TIMEOUT = 20e3;

export class Exchange extends Conversation {
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
    this.view.log.scrollDown();
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
    if (this.loading) return;
    emit('on-message', message);
    const { cart } = message.content_attributes || {};
    if (!cart) return;
    this.setCart(cart);
    emit('cart', cart);
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

  /** What the shopper rated this conversation before: `null` if they did not, or if that can't be known now. */
  async loadCsat() {
    if (this.csat === undefined && this.record) this.csat = (await this.restConversation('GET', '/csat').catch(() => null))?.csat ?? null;
    return this.csat;
  }

  /** Rates the conversation; one rated before, perhaps in another tab, keeps its first rating. */
  async sendCsat(rating, comment) {
    try {
      return await this.restConversation('POST', '/csat', { rating, comment: comment || undefined });
    } catch (error) {
      const known = error.status === 409 && await this.restConversation('GET', '/csat');
      if (known?.csat) return known.csat;
      throw error;
    }
  }

  choose(message, { title, value }) {
    const attributes = { submitted_values: [{ title, value }] };
    if (message.seq) attributes.reply_to = message.id;
    emit('postback', { title, value, message_id: message.id });
    this.post(title, attributes);
    this.view.composer.focus();
  }
}
