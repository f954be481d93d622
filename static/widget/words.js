/** Texts and events: what the page hears, and how texts are counted, filled in and told apart. */

/** Tells the page that something happened. */
export const emit = (name, detail) => window.dispatchEvent(new CustomEvent('shopkeeper:' + name, { detail }));
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
export const charCount = (text) => Array.from(text).length;
// The server takes no longer one; what is cut off is tracking.
export const pageUrl = () => location.href.split('#')[0].slice(0, 2000);

/** A random id; randomUUID is missing on pages served without TLS. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = Array.from(b, (n) => n.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Short fingerprint, so that no personal data has to be stored to see a change. */
export function hash(text) {
  let n = 5381;
  for (const c of text) n = ((n * 33) ^ c.codePointAt(0)) >>> 0;
  return n.toString(36);
}

/** The number in an amount such as 50, `$1,234.50` or `1.234,50 €`; null where there is none. */
export function amountOf(total) {
  if (typeof total === 'number') return total;
  const [figure] = String(total ?? '').match(/\d[\d.,\s']*/) || [];
  if (!figure) return null;
  // One or two digits behind the last mark are decimals; three are thousands.
  const decimals = /[.,](\d{1,2})\s*$/.exec(figure);
  const whole = decimals ? figure.slice(0, decimals.index) : figure;
  return Number(whole.replace(/\D/g, '') + (decimals ? '.' + decimals[1] : ''));
}
