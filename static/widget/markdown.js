/** The subset of Markdown that replies are written in, as DOM nodes: nothing of it is ever read as HTML. */

import { h } from './dom.js';

const INLINE = /\\([\\*_[\]()`])|\*\*(?=\S)([^]+?)\*\*|__(?=\S)([^]+?)__|\*(?=[^\s*])([^*]+)\*|\b_(?=[^\s_])([^_]+)_\b|`([^`]+)`|\[([^\]]+)\]\(\s*([^\s)]+)\s*\)|(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/g;

export class Markdown {
  /** @param {string} base address that relative links start from */
  constructor(base) {
    this.base = base + '/';
  }

  /** A safe absolute address, or null: scripts and unknown schemes never become links. */
  href(link) {
    try {
      const url = new URL(link, this.base);
      return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
    } catch {
      return null;
    }
  }

  link(text, address) {
    const href = this.href(address);
    if (!href) return document.createTextNode(text);
    const web = !href.startsWith('mailto:');
    return h('a', { href, target: web && '_blank', rel: web && 'noopener', text });
  }

  inline(parent, text) {
    let last = 0;
    for (const m of text.matchAll(INLINE)) {
      parent.append(text.slice(last, m.index));
      last = m.index + m[0].length;
      const [all, escaped, bold, bold2, em, em2, code, label, address, bare] = m;
      if (escaped) parent.append(escaped);
      else if (bold || bold2) parent.append(this.inline(h('strong'), bold || bold2));
      else if (em || em2) parent.append(this.inline(h('em'), em || em2));
      else if (code) parent.append(h('code', { text: code }));
      else if (label) parent.append(this.link(label.replace(/\*\*/g, ''), address));
      else parent.append(this.link(all, bare));
    }
    parent.append(text.slice(last));
    return parent;
  }

  /** Paragraphs and lists, line by line. Indented lines go on with the list item above. */
  render(source) {
    const out = document.createDocumentFragment();
    let list = null;
    let open = null;
    for (const line of source.replace(/\r\n?/g, '\n').split('\n')) {
      const item = /^\s*(?:[-*•]|(\d{1,4})[.)])\s+(.+)$/.exec(line);
      if (!line.trim()) {
        open = null;
      } else if (item) {
        const tag = item[1] ? 'OL' : 'UL';
        if (list?.tagName !== tag) out.append(list = h(tag, { start: item[1] > 1 && item[1] }));
        list.append(open = this.inline(h('li'), item[2]));
      } else if (open && (open.tagName === 'P' || /^\s/.test(line))) {
        open.append(h('br'));
        this.inline(open, line.trim());
      } else {
        list = null;
        out.append(open = this.inline(h('p'), line.replace(/^#+\s+(.*)$/, '**$1**')));
      }
    }
    return out;
  }
}
