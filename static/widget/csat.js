/** How satisfied the shopper is: 1 to 5, once a conversation, with a comment if they like. */

import { h } from './dom.js';
import { fill } from './words.js';

const SCALE = [1, 2, 3, 4, 5];

/** The question, or what was answered before. Texts of the message's `prompts` stand before the widget's own. */
export function buildCsat(message, app) {
  const { strings } = app;
  const prompts = message.content_attributes?.prompts || {};
  const texts = {
    question: message.content || strings.csat_question, comment: strings.csat_comment, send: strings.csat_send,
    thanks: strings.csat_thanks, labels: SCALE.map((n) => strings['csat_' + n]), ...prompts,
  };
  const box = h('div', { class: 'csat' });
  const show = ({ rating }) => box.replaceChildren(buildResult(rating, texts));
  box.append(buildForm(texts, message, app, (rated) => {
    app.csat = rated;
    show(rated);
    app.view.announce(resultText(rated.rating, texts));
    app.view.composer.focus();
  }));
  if (app.csat) show(app.csat);
  else app.loadCsat().then((known) => known && show(known));
  return box;
}

function buildForm(texts, message, app, done) {
  const { strings } = app;
  const error = h('p', { class: 'fail', role: 'alert' });
  const comment = h('textarea', { rows: '2', maxlength: '2000', 'aria-label': texts.comment, placeholder: texts.comment });
  const send = h('button', { type: 'submit', class: 'act main', text: texts.send });
  const more = h('div', { class: 'csat-more', hidden: true }, comment, send, error);
  const choices = SCALE.map((n) => h('label', {},
    h('input', { type: 'radio', name: 'csat-' + message.id, value: n, required: true, onchange: () => { more.hidden = false; more.scrollIntoView({ block: 'nearest' }); } }),
    h('b', { text: n, 'aria-hidden': 'true' }), h('span', { class: 'sr', text: `${n}, ${texts.labels[n - 1]}` })));
  const form = h('form', { class: 'csat-form' },
    h('fieldset', {}, h('legend', { text: texts.question }), h('div', { class: 'scale' }, ...choices),
      h('p', { class: 'ends', 'aria-hidden': 'true' }, h('span', { text: texts.labels[0] }), h('span', { text: texts.labels[4] }))),
    more);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const rating = Number(new FormData(form).get('csat-' + message.id));
    if (!rating || send.disabled) return;
    send.disabled = true;
    error.textContent = '';
    try {
      done(await app.sendCsat(rating, comment.value.trim()));
    } catch {
      error.textContent = strings.csat_failed;
      send.disabled = false;
    }
  });
  return form;
}

function resultText(rating, texts) {
  return fill(texts.thanks, { n: rating, label: texts.labels[rating - 1] });
}

function buildResult(rating, texts) {
  const marks = SCALE.map((n) => h('i', { class: n <= rating ? 'on' : '' }));
  return h('p', { class: 'csat-result' }, h('span', { class: 'marks', 'aria-hidden': 'true' }, ...marks), resultText(rating, texts));
}
