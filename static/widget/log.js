/** The transcript: what is shown of a conversation, in order, and how it scrolls. */

import { h, icon } from './dom.js';
import { buildBody } from './body.js';
import { fill } from './words.js';

/** Messages of one sender within this time stand together. */
const GROUP_MS = 5 * 60e3;

export class Log {
  /** @param {object} app @param {import('./view.js').View} view */
  constructor(app, view) {
    this.app = app;
    this.view = view;
    this.nodes = new Map();
    this.list = h('div', { class: 'list' });
    this.dots = h('div', { class: 'typing', hidden: true, 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.scroll = h('div', {
      class: 'scroll', role: 'log', tabindex: '0', 'aria-live': 'polite', 'aria-relevant': 'additions',
      onscroll: () => this.onScroll(), onwheel: () => this.letGo(), ontouchmove: () => this.letGo(), onkeydown: () => this.letGo(), onpointerdown: () => this.letGo(),
    }, this.list, this.dots);
    this.pillText = h('span');
    this.pill = h('button', { type: 'button', class: 'pill', hidden: true, onclick: () => this.toEnd() }, icon('down'), this.pillText);
    this.parts = [this.scroll, h('div', { class: 'pillbox' }, this.pill)];
  }

  /** The language may have changed: everything is built anew. */
  applyConfig() {
    const { strings, lang } = this.app;
    this.clock = new Intl.DateTimeFormat(lang, { hour: 'numeric', minute: '2-digit' });
    this.date = new Intl.DateTimeFormat(lang, { weekday: 'long', day: 'numeric', month: 'long' });
    this.scroll.setAttribute('aria-label', strings.messages_log);
    this.pillText.textContent = strings.new_messages;
    this.pill.setAttribute('aria-label', strings.new_messages);
    this.nodes.clear();
    this.list.replaceChildren();
  }

  // ---- scrolling

  nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < 80;
  }

  onScroll() {
    if (!this.view.host.isConnected) return;
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

  /** @param {boolean} [quiet] leaves the focus where it is */
  toEnd(quiet) {
    this.letGo();
    this.scrollTo(this.scroll.scrollHeight);
    if (quiet !== true) this.view.composer.focus();
  }

  scrollTo(top, atOnce) {
    const calm = atOnce || matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.scroll.scrollTo({ top, behavior: calm ? 'instant' : 'smooth' });
  }

  // ---- drawing

  render() {
    const atEnd = this.nearEnd();
    const count = this.list.childElementCount;
    this.renderRows();
    this.renderTyping();
    if (this.following) this.scrollDown(!this.settled);
    else if (atEnd) this.scrollTo(this.scroll.scrollHeight);
    else if (this.list.childElementCount > count) this.showPill(true, false);
    this.settled = !this.app.loading;
    this.scroll.setAttribute('aria-busy', String(this.app.loading));
  }

  renderTyping() {
    const { typingSender, strings } = this.app;
    const on = !!typingSender;
    if (this.dots.hidden === !on) return;
    this.dots.hidden = !on;
    this.view.announce(on ? fill(strings.typing, { name: typingSender.name || strings.bot }) : '');
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
    const content = app.said?.text || (!all.length && app.returning && config.welcome_back) || config.greeting;
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

  renderRows() {
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
      entry.node.append(h('span', { class: 'sr', text: this.app.strings.you + ': ' }), ...(m.content ? [h('div', { class: 'bubble', text: m.content })] : []));
    } else {
      const name = m.sender?.name || (m.sender?.kind === 'bot' && this.app.strings.bot) || this.app.config.name;
      entry.node.append(h('div', { class: 'who', text: name }), ...buildBody(m, entry, this.app));
    }
    this.addFiles(m, entry.node);
    entry.node.append(this.buildMeta(m, entry, mine));
    return entry;
  }

  /** Files come with a module of their own, which few conversations need. */
  async addFiles(m, row) {
    const files = m.content_attributes?.attachments;
    if (!files?.length) return;
    const box = h('div', { class: 'attached' });
    row.append(box);
    const { buildAttachments } = await import('./attachments.js');
    box.append(...buildAttachments(files, this.app));
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
    const retry = () => { this.app.attempt(item); this.app.paint(); this.view.composer.focus(); };
    fail.append((item.tooLong ? strings.too_long : strings.failed) + ' ',
      h('button', { type: 'button', class: 'link', text: strings.retry, onclick: retry }));
  }

  together(a, b) {
    return !!b && a.message_type === b.message_type && a.sender?.name === b.sender?.name
      && (a.message_type === 'incoming' || a.sender?.kind === b.sender?.kind)
      && Math.abs((a.created_at || 0) - (b.created_at || 0)) < GROUP_MS;
  }
}
