/** The box that messages are written in. */

import { h, icon } from './dom.js';
import { charCount, fill } from './words.js';

export class Composer {
  constructor(app) {
    this.app = app;
    this.input = h('textarea', {
      rows: '1', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'limit',
      oninput: () => this.onInput(), onkeydown: (event) => this.onKey(event),
    });
    this.go = h('button', { type: 'submit', class: 'icon go' }, icon('send'));
    this.brand = h('span', { class: 'brand' });
    this.warning = h('span', { id: 'limit', class: 'over', role: 'alert' });
    this.count = h('span', { class: 'count' });
    this.field = h('div', { class: 'field' }, this.input, this.go);
    this.form = h('form', { onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.field, h('div', { class: 'under' }, this.brand, this.warning, this.count));
  }

  applyConfig() {
    const { strings, lang } = this.app;
    this.number = new Intl.NumberFormat(lang);
    this.input.placeholder = strings.placeholder;
    this.input.setAttribute('aria-label', strings.placeholder);
    this.go.setAttribute('aria-label', strings.send);
    this.brand.textContent = strings.powered_by;
    this.onInput(true);
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
    this.brand.hidden = near || !app.strings.powered_by;
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
    this.onInput(true);
    this.focus();
  }
}
