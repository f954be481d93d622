/** The form that asks where a copy of the chat is to be sent. */

import { h } from './dom.js';
import { fill } from './words.js';

/** @param {object} app @param {() => void} close takes the form away */
export function buildTranscriptForm(app, close) {
  const { strings, view } = app;
  const input = h('input', { type: 'email', required: true, maxlength: '254', autocomplete: 'email', id: 'transcript-email', value: app.user?.email });
  const error = h('p', { class: 'fail', role: 'alert' });
  const send = h('button', { type: 'submit', class: 'act main', text: strings.transcript_send });
  const leave = () => { close(); view.composer.focus(); };
  const form = h('form', {}, h('label', { for: 'transcript-email', text: strings.transcript_email }), input, error,
    h('div', { class: 'sheet-actions' }, h('button', { type: 'button', class: 'act', text: strings.cancel, onclick: leave }), send));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    const email = input.value.trim();
    send.disabled = true;
    error.textContent = '';
    try {
      await app.restConversation('POST', '/transcript', { email });
      leave();
      view.tell(fill(strings.transcript_sent, { email }));
    } catch (problem) {
      error.textContent = problem.status === 422 ? strings.transcript_wrong : problem.status === 429 ? strings.too_often : strings.transcript_failed;
      send.disabled = false;
      input.focus();
    }
  });
  setTimeout(() => input.focus());
  return form;
}
