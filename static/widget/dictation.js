/** Speaking instead of typing, where the browser can listen. What it heard goes into the text box, to be read before it is sent. */

import { h, icon } from './dom.js';

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;

export class Dictation {
  static possible = !!Recognition;

  /** @param {object} app @param {import('./composer.js').Composer} composer */
  constructor(app, composer) {
    this.app = app;
    this.composer = composer;
    this.button = h('button', { type: 'button', class: 'icon tool', 'aria-pressed': 'false', hidden: !Dictation.possible, onclick: () => this.toggle() }, icon('mic'));
    window.addEventListener('shopkeeper:closed', () => this.recognition?.abort());
  }

  applyConfig() {
    this.label();
  }

  label() {
    const { strings } = this.app;
    const text = this.recognition ? strings.speech_stop : strings.speech_start;
    this.button.setAttribute('aria-label', text);
    // Some browsers have speech recognised by their maker: whoever speaks shall know before.
    this.button.title = this.recognition ? text : `${text}. ${strings.speech_where}`;
    this.button.setAttribute('aria-pressed', String(!!this.recognition));
  }

  toggle() {
    if (this.recognition) this.recognition.stop();
    else this.listen();
  }

  listen() {
    const { app, composer } = this;
    const before = composer.input.value.trim();
    const recognition = new Recognition();
    this.failed = null;
    this.heard = '';
    recognition.lang = app.lang;
    recognition.interimResults = true;
    recognition.onresult = ({ results }) => {
      this.heard = [...results].map((result) => result[0].transcript.trim()).join(' ');
      composer.fill([before, this.heard].filter(Boolean).join(' '));
    };
    recognition.onerror = ({ error }) => { this.failed = error; };
    recognition.onend = () => this.ended();
    try {
      recognition.start();
    } catch {
      return;
    }
    this.recognition = recognition;
    this.label();
    composer.state(app.strings.speech_listening);
  }

  ended() {
    const { strings } = this.app;
    this.recognition = null;
    this.label();
    const refused = ['not-allowed', 'service-not-allowed', 'audio-capture'].includes(this.failed);
    const text = refused ? strings.speech_refused : this.heard ? strings.speech_check
      : this.failed === 'aborted' ? '' : this.failed === 'network' ? strings.speech_failed : strings.speech_nothing;
    this.composer.state(text);
    if (this.app.isOpen) this.composer.focus();
  }
}
