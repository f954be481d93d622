/** Reads the bot's replies aloud with the voice of the shopper's device, once they have asked for it. */

import { emit } from './words.js';

export class ReadAloud {
  static possible = 'speechSynthesis' in window && 'SpeechSynthesisUtterance' in window;

  constructor(app) {
    this.app = app;
    this.key = app.store.key + ':aloud';
    this.on = ReadAloud.possible && this.remembered();
    window.addEventListener('shopkeeper:on-message', ({ detail }) => this.say(detail));
    window.addEventListener('shopkeeper:closed', () => this.hush());
    window.addEventListener('pagehide', () => this.hush());
  }

  remembered() {
    try {
      return localStorage.getItem(this.key) === 'on';
    } catch {
      return false;
    }
  }

  toggle() {
    this.on = !this.on;
    if (!this.on) this.hush();
    try {
      if (this.on) localStorage.setItem(this.key, 'on');
      else localStorage.removeItem(this.key);
    } catch { /* storage is blocked: it lasts as long as the page */ }
    this.app.view.announce(this.on ? this.app.strings.aloud_on : this.app.strings.aloud_off);
  }

  hush() {
    if (this.on || window.speechSynthesis?.speaking) window.speechSynthesis?.cancel();
  }

  say(message) {
    if (message.message_type === 'incoming') return this.hush();
    if (!this.on || !this.app.isOpen || document.hidden) return;
    const text = this.words(message);
    if (!text) return;
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = this.app.lang;
    utterance.onerror = ({ error }) => !['canceled', 'interrupted'].includes(error) && emit('error', { code: 'read_aloud', detail: error });
    speechSynthesis.speak(utterance);
  }

  /** A message without its marks; of cards, what they are called and cost. */
  words({ content, content_attributes: attributes }) {
    const box = document.createElement('div');
    box.append(this.app.markdown.render(content || ''));
    const texts = [...box.querySelectorAll('p,li')].map((node) => node.textContent);
    for (const { title, price } of attributes?.items || []) if (title !== content) texts.push([title, price?.now].filter(Boolean).join(', '));
    return texts.filter(Boolean).join('. ');
  }
}
