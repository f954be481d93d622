/** Photos and documents: chosen, looked over, sent; and shown where a message has them. */

import { API } from './link.js';
import { h, icon } from './dom.js';
import { fill, uuid, pageUrl } from './words.js';

/** Width of a shown picture, in CSS pixels. */
const SHOWN = 240;

const isPicture = (kind) => kind !== 'pdf';

function size(bytes, app) {
  const mega = bytes >= 1e6;
  const format = { style: 'unit', unit: mega ? 'megabyte' : 'kilobyte', maximumFractionDigits: mega ? 1 : 0 };
  return new Intl.NumberFormat(app.lang, format).format(Math.max(1, bytes / (mega ? 1e6 : 1e3)));
}

/**
 * Shows the chosen files, says what is wrong with those that can't be sent, and sends the others.
 * @param {File[]} files @param {object} app @param {() => void} close takes the form away
 */
export function buildUploadForm(files, app, close) {
  const { strings, view, config } = app;
  const { attachment_bytes: most, attachment_kinds: kinds } = config.limits;
  const wrong = (file) => file.size > most ? fill(strings.attach_too_large, { size: size(most, app) }) : kinds.includes(file.type) ? '' : strings.attach_kind;
  const rows = files.map((file) => ({ file, problem: wrong(file), echo: uuid() }));
  const list = h('ul', { class: 'files' }, ...rows.map((row) => row.node = h('li', {}, icon(row.file.type.startsWith('image/') ? 'photo' : 'page'),
    h('span', {}, `${row.file.name} (${size(row.file.size, app)})`), row.note = h('span', { class: 'fail', role: 'alert', text: row.problem }))));
  const send = h('button', { type: 'submit', class: 'act main', text: strings.attach_send });
  const leave = () => { close(); view.composer.focus(); };
  const open = () => rows.filter((row) => !row.problem && !row.sent);
  const form = h('form', {}, h('p', { text: strings.attach_check }), list, h('p', { class: 'hint', text: strings.attach_hint }),
    h('div', { class: 'sheet-actions' }, h('button', { type: 'button', class: 'act', text: strings.cancel, onclick: leave }), send));
  send.disabled = !open().length;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    view.announce(strings.attaching);
    send.textContent = strings.attaching;
    for (const row of open()) await upload(row, app);
    send.textContent = strings.attach_send;
    send.disabled = !open().length;
    if (!rows.some((row) => !row.sent)) leave();
    else (send.disabled ? form.querySelector('button') : send).focus();
  });
  setTimeout(() => (send.disabled ? form.querySelector('button') : send).focus());
  return form;
}

/** Sends one file as a message; `row.sent` or `row.note` say what became of it. */
async function upload(row, app) {
  const { strings } = app;
  row.note.textContent = '';
  try {
    const form = new FormData();
    form.append('echo_id', row.echo);
    form.append('page_url', pageUrl());
    form.append('file', row.file, row.file.name);
    await app.haveConversation();
    const { message } = await app.restConversation('POST', '/attachments', form);
    row.sent = true;
    row.node.remove();
    app.accept(message);
    app.advance();
    app.paint();
    app.view.log.scrollDown();
  } catch ({ status }) {
    if (status === 415) row.problem = strings.attach_kind;
    if (status === 409) row.problem = strings.attach_too_many;
    row.note.textContent = row.problem || strings.attach_failed;
  }
}

/** The files of a message. They are asked for with the conversation's token, so that an address alone opens nothing. */
export function buildAttachments(attachments, app) {
  return attachments.map((attachment) => isPicture(attachment.kind) ? buildPicture(attachment, app) : buildDocument(attachment, app));
}

async function load({ id }, app) {
  const url = `${app.base}${API}/conversations/${encodeURIComponent(app.record.id)}/attachments/${encodeURIComponent(id)}`;
  const response = await fetch(url, { headers: { Authorization: 'Bearer ' + app.record.token }, credentials: 'omit' });
  if (!response.ok) throw new Error('HTTP ' + response.status);
  return response.blob();
}

/** Drawn on a canvas: a picture by address would need the page's policy to allow it. */
function buildPicture(attachment, app) {
  const box = h('div', { class: 'photo', role: 'img', 'aria-label': attachment.name }, icon('photo'));
  load(attachment, app).then(async (blob) => {
    const bitmap = await createImageBitmap(blob);
    const scale = Math.min(1, SHOWN * devicePixelRatio / bitmap.width);
    const canvas = h('canvas', { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    box.replaceChildren(canvas);
    app.paint();
  }).catch(() => box.replaceWith(buildDocument(attachment, app)));
  return box;
}

function buildDocument(attachment, app) {
  const error = h('span', { class: 'fail', role: 'alert' });
  const button = h('button', { type: 'button', class: 'document', onclick: async () => {
    error.textContent = '';
    try {
      const href = URL.createObjectURL(await load(attachment, app));
      h('a', { href, download: attachment.name }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60e3);
    } catch {
      error.textContent = app.strings.attachment_gone;
    }
  } }, icon('page'), h('span', { text: `${attachment.name} (${size(attachment.bytes, app)})` }));
  return h('div', {}, button, error);
}
