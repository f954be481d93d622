import { buildActions } from './actions.js';
import { buildPicture, buildPrice, buildTitle } from './cards.js';
import { h } from './dom.js';

/** Products side by side: a column each, a row for each thing that is compared. */
export function buildComparison(items, rows, message, app) {
  if (!items.length) return null;
  const { strings } = app;
  const heads = items.map((item) => h('th', { scope: 'col' }, buildPicture(item, app), buildTitle(item, app), item.price && buildPrice(item.price, app)));
  const body = rows.map(({ label, values }) => h('tr', {}, h('th', { scope: 'row', text: label }), ...items.map((_, column) => buildValue(values?.[column], strings))));
  const actions = items.map((item) => h('td', {}, buildActions(item, message, app)));
  if (items.some((item) => item.actions?.length)) body.push(h('tr', { class: 'last' }, h('th', { scope: 'row' }, h('span', { class: 'sr', text: strings.comparison_actions })), ...actions));
  const table = h('table', {}, h('caption', { class: 'sr', text: strings.comparison }),
    h('thead', {}, h('tr', {}, h('td'), ...heads)), h('tbody', {}, ...body));
  return h('div', { class: 'compared', role: 'region', tabindex: '0', 'aria-label': strings.comparison }, table);
}

function buildValue(value, strings) {
  const known = value != null && value !== '';
  return h('td', {}, known ? String(value) : h('span', { 'aria-label': strings.comparison_unknown, role: 'img', text: '–' }));
}
