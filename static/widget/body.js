/** What a message of the shop shows, by the kind of its content. */

import { buildShelf } from './cards.js';
import { buildComparison } from './comparison.js';
import { buildCsat } from './csat.js';
import { h, icon } from './dom.js';

/**
 * The nodes of a message's body.
 * @param {object} m the message @param {object} entry its row: `chips` is set where it offers choices @param {object} app
 */
export function buildBody(m, entry, app) {
  const items = m.content_attributes?.items || [];
  const onCard = m.content_type === 'article' && items.some((item) => item.title === m.content);
  const spoken = m.content && !onCard && m.content_type !== 'input_csat';
  const bubble = spoken && h('div', { class: 'bubble' }, app.markdown.render(m.content));
  const rest = buildItems(m, items, entry, app);
  if (rest || m.content_type === 'text' || !items.length) return [bubble, rest].flat().filter(Boolean);
  // A kind that this version does not know: at least what its items are called.
  const list = h('ul', {}, ...items.map((item) => h('li', { text: item.title || item.label || item.name })));
  if (!bubble) return [h('div', { class: 'bubble' }, list)];
  bubble.append(list);
  return [bubble];
}

function buildItems(m, items, entry, app) {
  switch (m.content_type) {
    case 'article': return items.map((item) => buildSource(item, app));
    case 'cards': return buildShelf(items, m, app);
    case 'comparison': return buildComparison(items, m.content_attributes.rows || [], m, app);
    case 'input_csat': return buildCsat(m, app);
    case 'input_select': return entry.chips = h('div', { class: 'chips' }, ...items.map((item) => buildChip(item, m, app)));
    default: return null;
  }
}

/** The article that an answer comes from. */
function buildSource({ title, description, link }, app) {
  const href = link && app.markdown.href(link);
  return h(href ? 'a' : 'div', { class: 'card', href, target: href && '_blank', rel: href && 'noopener' },
    icon('page'), h('span', {}, h('small', { text: app.strings.source }), h('b', { text: title }), description && h('p', { text: description })),
    href && icon('out'));
}

function buildChip(item, m, app) {
  return h('button', { type: 'button', class: 'chip', text: item.title, onclick: () => app.choose(m, item) });
}
