/** The box that messages are written in. */

import { Dictation } from './dictation.js';
import { h, icon } from './dom.js';
import { charCount, fill } from './words.js';

export class Composer {
  /** @param {object} app @param {import('./view.js').View} view */
  constructor(app, view) {
    this.app = app;
    this.view = view;
    this.input = h('textarea', {
      rows: '1', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'limit',
      oninput: () => this.onInput(), onkeydown: (event) => this.onKey(event), onpaste: (event) => this.onPaste(event),
    });
    this.dictation = new Dictation(app, this);
    this.picker = h('input', { type: 'file', hidden: true, multiple: true, onchange: () => this.attach([...this.picker.files]) });
    this.clip = h('button', { type: 'button', class: 'icon tool', onclick: () => this.picker.click() }, icon('clip'));
    this.go = h('button', { type: 'submit', class: 'icon go' }, icon('send'));
    this.brand = h('span', { class: 'brand' });
    this.warning = h('span', { id: 'limit', class: 'over', role: 'alert' });
    this.count = h('span', { class: 'count' });
    this.field = h('div', { class: 'field' }, this.clip, this.picker, this.input, this.dictation.button, this.go);
    this.form = h('form', { onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.field, h('div', { class: 'under' }, this.brand, this.said = h('span', { class: 'said', role: 'status' }), this.warning, this.count));
  }

  applyConfig() {
    const { strings, lang, config: { limits } } = this.app;
    this.number = new Intl.NumberFormat(lang);
    this.input.placeholder = strings.placeholder;
    this.input.setAttribute('aria-label', strings.placeholder);
    this.go.setAttribute('aria-label', strings.send);
    this.brand.textContent = strings.powered_by;
    this.clip.setAttribute('aria-label', strings.attach);
    this.clip.title = strings.attach;
    this.clip.hidden = !limits.attachments;
    this.picker.accept = limits.attachment_kinds.join(',');
    this.dictation.applyConfig();
    this.onInput(true);
  }

  /** Puts a text into the box, as if it were typed. */
  fill(text) {
    this.input.value = text;
    this.onInput();
  }

  /** Says what goes on, below the box. */
  state(text) {
    this.said.textContent = text;
    this.onInput(true);
  }

  /** Shows what was chosen, to be looked over before it is sent. */
  async attach(files) {
    this.picker.value = '';
    if (!files.length) return;
    const { buildUploadForm } = await import('./attachments.js');
    this.view.showSheet(buildUploadForm(files, this.app, () => this.view.showSheet(null)));
  }

  onPaste(event) {
    const files = [...event.clipboardData?.files || []];
    if (!files.length || this.clip.hidden) return;
    event.preventDefault();
    this.attach(files);
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  onKey(event) {
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
    this.brand.hidden = near || !!this.said.textContent || !app.strings.powered_by;
    this.go.setAttribute('aria-disabled', String(over || !size));
    input.setAttribute('aria-invalid', String(over));
    this.grow();
    if (!quiet && input.value) app.noteTyping();
  }

  grow() {
    const { style } = this.input;
    style.height = 'auto';
    style.height = Math.min(140, Math.max(40, this.input.scrollHeight)) + 'px';
  }

  submit() {
    if (!this.app.post(this.input.value)) return;
    this.input.value = '';
    this.said.textContent = '';
    this.onInput(true);
    this.focus();
  }
}
