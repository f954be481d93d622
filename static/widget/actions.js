/** What can be done with a card: follow its link, send what its button stands for, copy its code. */

import { h } from './dom.js';
import { fill } from './words.js';

/** A page of this shop opens here, where the chat goes on; any other one beside it. */
export function linkTo(link, app) {
  const href = app.markdown.href(link);
  if (!href) return null;
  const here = href.startsWith(location.origin + '/');
  return { href, target: !here && '_blank', rel: !here && 'noopener' };
}

export function buildActions(item, message, app) {
  const buttons = (item.actions || []).map((action, index) => buildAction(action, index, item, message, app)).filter(Boolean);
  return buttons.length > 0 && h('div', { class: 'actions' }, ...buttons);
}

function buildAction({ type, text, uri, payload }, index, item, message, app) {
  const of = { class: index ? 'act' : 'act main', text };
  // "Add to cart" three times tells nobody who hears it what is added.
  const named = { ...of, type: 'button', 'aria-label': `${text}: ${item.title}` };
  switch (type) {
    case 'link': {
      const attributes = uri && linkTo(uri, app);
      return attributes && h('a', { ...of, ...attributes, 'aria-label': named['aria-label'] });
    }
    case 'postback': return h('button', { ...named, onclick: () => app.choose(message, { title: text, value: payload }) });
    case 'copy': {
      const button = h('button', { ...named, onclick: () => copy(payload || item.code, button, text, app) });
      return button;
    }
    default: return null;
  }
}

async function copy(code, button, text, app) {
  const { strings, view } = app;
  const done = await toClipboard(code, view);
  button.textContent = done ? strings.copied : text;
  view.announce('');
  // The region was emptied first: the same words twice in a row are said twice.
  setTimeout(() => view.announce(fill(done ? strings.copied_code : strings.copy_failed, { code })), 50);
  setTimeout(() => { button.textContent = text; }, 2500);
}

/** Whether the text is on the clipboard. Pages without TLS have the old way only. */
async function toClipboard(text, view) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = h('textarea', { class: 'sr', 'aria-hidden': 'true', tabindex: '-1' });
    const focused = view.root.activeElement;
    box.value = text;
    view.sk.append(box);
    box.select();
    const done = document.execCommand('copy');
    box.remove();
    focused?.focus();
    return done;
  }
}
