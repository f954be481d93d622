/** The menu of the header: what can be done with a conversation beside talking. */

import { h, icon } from './dom.js';
import { ReadAloud } from './read_aloud.js';

export class Menu {
  /** @param {object} app @param {import('./view.js').View} view */
  constructor(app, view) {
    this.app = app;
    this.view = view;
    this.aloud = new ReadAloud(app);
    const entry = (onclick) => h('button', { type: 'button', onclick: () => { this.open(false); onclick(); } });
    this.transcript = entry(() => this.askForAddress());
    this.reading = entry(() => { this.aloud.toggle(); this.render(); this.button.focus(); });
    this.list = h('div', { class: 'menu', id: 'menu', hidden: true }, this.transcript, this.reading);
    this.button = h('button', { type: 'button', class: 'icon', 'aria-expanded': 'false', 'aria-controls': 'menu', onclick: () => this.open(this.list.hidden) }, icon('more'));
    this.node = h('div', { class: 'menu-box', onkeydown: (event) => this.onKey(event), onfocusout: (event) => this.onFocusOut(event) }, this.button, this.list);
  }

  applyConfig() {
    const { strings } = this.app;
    this.button.setAttribute('aria-label', strings.menu);
    this.button.title = strings.menu;
    this.transcript.textContent = strings.transcript;
    this.render();
  }

  render() {
    const { app, aloud } = this;
    this.transcript.hidden = !app.messages.length;
    this.reading.hidden = !ReadAloud.possible;
    this.reading.textContent = aloud.on ? app.strings.aloud_stop : app.strings.aloud_start;
    this.node.hidden = this.transcript.hidden && this.reading.hidden;
  }

  open(open) {
    this.list.hidden = !open;
    this.button.setAttribute('aria-expanded', String(open));
    if (open) this.list.querySelector('button:not([hidden])')?.focus();
  }

  onKey(event) {
    if (event.key !== 'Escape' || this.list.hidden) return;
    // It is the menu that closes, not the chat.
    event.stopPropagation();
    event.preventDefault();
    this.open(false);
    this.button.focus();
  }

  onFocusOut(event) {
    if (!this.node.contains(event.relatedTarget)) this.open(false);
  }

  async askForAddress() {
    const { buildTranscriptForm } = await import('./transcript.js');
    this.view.showSheet(buildTranscriptForm(this.app, () => this.view.showSheet(null)));
  }
}
