/** Products and offers as cards. All their texts come worded from the server. */

import { buildActions, linkTo } from './actions.js';
import { h, icon } from './dom.js';

/** A row of cards that is swiped, scrolled, or stepped through. */
export function buildShelf(items, message, app) {
  if (!items.length) return null;
  const { strings } = app;
  const cards = items.map((item) => h('li', {}, item.kind === 'offer' ? buildCoupon(item, message, app) : buildProduct(item, message, app)));
  const list = h('ul', { class: 'shelf', role: 'list', tabindex: '0', 'aria-label': strings.cards }, ...cards);
  if (items.length === 1) return list;
  const stepper = (direction, label, name) => h('button', {
    type: 'button', class: 'icon step ' + name, 'aria-label': label, title: label, onclick: () => step(list, direction),
  }, icon(name));
  const before = stepper(-1, strings.cards_before, 'before');
  const after = stepper(1, strings.cards_after, 'after');
  const atEnds = () => {
    const place = Math.abs(list.scrollLeft);
    before.setAttribute('aria-disabled', String(place < 8));
    after.setAttribute('aria-disabled', String(place + list.clientWidth > list.scrollWidth - 8));
  };
  list.addEventListener('scroll', atEnds, { passive: true });
  new ResizeObserver(atEnds).observe(list);
  return h('div', { class: 'shelf-box' }, list, h('div', { class: 'steps' }, before, after));
}

function step(list, direction) {
  const ahead = getComputedStyle(list).direction === 'rtl' ? -direction : direction;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const width = list.firstElementChild.getBoundingClientRect().width + 10;
  list.scrollBy({ left: ahead * width, behavior: calm ? 'instant' : 'smooth' });
}

function buildProduct(item, message, app) {
  return h('article', { class: 'goods' }, buildPicture(item, app),
    h('div', { class: 'goods-text' },
      h('h3', {}, buildTitle(item, app)),
      item.price && buildPrice(item.price, app),
      item.price?.offer && h('p', { class: 'reason', text: item.price.offer }),
      item.stock && h('p', { class: 'stock', text: item.stock }),
      // With a price it only repeats price and reason, for clients that know no more than Chatwoot's fields.
      !item.price && item.description && h('p', { class: 'about', text: item.description }),
      item.reason && h('p', { class: 'reason', text: item.reason })),
    buildActions(item, message, app));
}

/** A coupon: what it is worth, on what condition, until when, and its code. */
function buildCoupon(item, message, app) {
  return h('article', { class: 'goods coupon' },
    h('div', { class: 'goods-text' },
      h('h3', {}, buildTitle(item, app)),
      item.description && h('p', { text: item.description }),
      item.price && buildPrice(item.price, app),
      item.reason && h('p', { class: 'reason', text: item.reason }),
      item.expires && h('p', { class: 'expires', text: item.expires })),
    item.code && h('p', { class: 'code' }, h('span', { class: 'sr', text: app.strings.code + ' ' }), h('code', { text: item.code })),
    buildActions(item, message, app));
}

/** The picture links to where the title does; once is enough for keyboards and screen readers. */
export function buildPicture({ media_url: picture, link }, app) {
  const src = picture && app.markdown.href(picture);
  const image = src && h('img', { src, alt: '', loading: 'lazy', decoding: 'async' });
  if (image) image.addEventListener('error', () => image.replaceWith(icon('page')), { once: true });
  const attributes = link && linkTo(link, app);
  return h(attributes ? 'a' : 'div', { ...attributes, class: 'picture', tabindex: attributes && '-1', 'aria-hidden': attributes && 'true' }, image || icon('page'));
}

export function buildTitle({ title, link }, app) {
  const attributes = link && linkTo(link, app);
  return attributes ? h('a', { ...attributes, text: title }) : h('span', { text: title });
}

export function buildPrice({ now, was }, app) {
  const { strings } = app;
  return h('p', { class: was ? 'price less' : 'price' },
    was && h('span', { class: 'sr', text: strings.price_now + ' ' }), h('b', { text: now }),
    was && h('span', { class: 'sr', text: ` ${strings.price_was} ` }), was && h('s', { text: was }));
}
