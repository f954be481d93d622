/** Elements and icons. */

/** Builds an element. `on…` keys are listeners, `text` is text, the rest are attributes. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'text') node.textContent = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

const ICONS = {
  chat: 'M20.5 11.6a8.3 8.3 0 0 1-12 7.4l-5 1.5 1.5-4.8a8.3 8.3 0 1 1 15.5-4.1ZM8.5 10h7M8.5 13.5h4.5',
  down: 'm5.5 9 6.5 6.5L18.5 9', close: 'm6.5 6.5 11 11m0-11-11 11', send: 'M12 19V5.5M6 11.2l6-6 6 6',
  thumb: 'M7.5 10.5V20H4v-9.500zm0 0L11.3 3c1.5 0 2.3 1 2.1 2.400L12.9 9h5.600a2 2 0 0 1 2 2.300l-1.1 7a2 2 0 0 1-2 1.700H7.5',
  before: 'M14.5 6 8.500 12l6 6', after: 'm9.5 6 6 6-6 6',
  more: 'M5 12h.01M12 12h.01M19 12h.01', clip: 'm19.5 11.500-7.700 7.700a4.600 4.600 0 0 1-6.500-6.500l8-8a3.100 3.100 0 0 1 4.400 4.400l-7.900 7.900a1.500 1.500 0 0 1-2.200-2.200l7.200-7.200',
  mic: 'M12 3.500a2.700 2.700 0 0 0-2.700 2.700v5a2.700 2.700 0 0 0 5.400 0v-5A2.700 2.700 0 0 0 12 3.500ZM6 11a6 6 0 0 0 12 0M12 17v3.500', photo: 'M4 5.500h16v13H4zm0 10 4.500-4.500 4 4 2.500-2.500 5 5M15.500 9h.01',
  page: 'M6 3.500h8l4 4v13H6zm8 0v4h4M9 12h6m-6 4h6', out: 'm8 16 8-8m-6.5 0H16v6.5',
};

export function icon(name, flipped) {
  const make = (tag, attrs, parent) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const key in attrs) node.setAttribute(key, attrs[key]);
    return parent ? parent.appendChild(node).parentNode : node;
  };
  const svg = make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' });
  return make('path', { d: ICONS[name], ...(flipped && { transform: 'rotate(180 12 12)' }) }, svg);
}
